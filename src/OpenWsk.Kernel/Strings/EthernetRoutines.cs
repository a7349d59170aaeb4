// Ethernet addresses (DL_EUI48) as text, both ways, 8-bit and 16-bit: six pairs of digits with hyphens
// between. It knows nothing about IP addresses: see AddressRoutines.cs.
using OpenWsk.Abi;

namespace OpenWsk.Kernel;

/// <summary>Ethernet address routines of ntoskrnl.</summary>
public static class EthernetRoutines
{
    private const int AddressBytes = 6;

    /// <summary>Writes an Ethernet address; returns the end of the text.</summary>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full, Class = CallClass.Local)]
    public static nuint RtlEthernetAddressToStringA(Executive executive, nuint Addr, nuint S) =>
        Write(Addr, S, 1);

    /// <summary>Reads an Ethernet address of pairs of digits; tells where it ends.</summary>
    /// <remarks>Errors: STATUS_INVALID_PARAMETER, with the place that is wrong.</remarks>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full, Class = CallClass.Local)]
    public static NTSTATUS RtlEthernetStringToAddressA(
        Executive executive, nuint S, GuestPtr<nuint> Terminator, nuint Addr) =>
        Read(S, Terminator, Addr, 1);

    /// <summary>Writes an Ethernet address; returns the end of the text.</summary>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full, Class = CallClass.Local)]
    public static nuint RtlEthernetAddressToStringW(Executive executive, nuint Addr, nuint S) =>
        Write(Addr, S, 2);

    /// <summary>Reads an Ethernet address of pairs of digits; tells where it ends.</summary>
    /// <remarks>Errors: STATUS_INVALID_PARAMETER, with the place that is wrong.</remarks>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full, Class = CallClass.Local)]
    public static NTSTATUS RtlEthernetStringToAddressW(
        Executive executive, nuint S, GuestPtr<nuint> Terminator, nuint Addr) =>
        Read(S, Terminator, Addr, 2);

    private static nuint Write(nuint address, nuint text, int unitBytes)
    {
        for (var i = 0; i < AddressBytes; i++)
        {
            var value = GuestMemory.Read<byte>(address + (nuint)i);
            Put(ref text, "0123456789ABCDEF"[value >> 4], unitBytes);
            Put(ref text, "0123456789ABCDEF"[value & 15], unitBytes);
            if (i < AddressBytes - 1)
                Put(ref text, '-', unitBytes);
        }
        var end = text;
        Put(ref text, '\0', unitBytes);
        return end;
    }

    private static NTSTATUS Read(nuint text, GuestPtr<nuint> terminator, nuint address, int unitBytes)
    {
        Span<byte> bytes = stackalloc byte[AddressBytes];
        var isValid = true;
        for (var i = 0; isValid && i < AddressBytes; i++)
        {
            isValid = i == 0 || At(text, unitBytes) == '-';
            if (isValid && i != 0)
                text += (nuint)unitBytes;
            for (var digit = 0; isValid && digit < 2; digit++)
            {
                var c = At(text, unitBytes);
                isValid = char.IsAsciiHexDigit(c);
                if (!isValid)
                    break;
                bytes[i] = (byte)((bytes[i] << 4) | Convert.ToInt32(c.ToString(), 16));
                text += (nuint)unitBytes;
            }
        }
        terminator.Value = text;
        if (!isValid)
            return NTSTATUS.STATUS_INVALID_PARAMETER;
        bytes.CopyToGuest(GuestMemory.Span(address, AddressBytes));
        return NTSTATUS.STATUS_SUCCESS;
    }

    private static char At(nuint address, int unitBytes) =>
        unitBytes == 1 ? (char)GuestMemory.Read<byte>(address) : GuestMemory.Read<char>(address);

    private static void Put(ref nuint text, char c, int unitBytes)
    {
        if (unitBytes == 1)
            GuestMemory.Write(text, (byte)c);
        else
            GuestMemory.Write(text, c);
        text += (nuint)unitBytes;
    }
}
