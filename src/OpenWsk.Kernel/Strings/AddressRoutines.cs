// IP addresses as text, as drivers read and write them: for each family and character width, plain and with
// port and scope. Ports are in network order. It knows nothing about the text's grammar: see AddressText.cs.
using OpenWsk.Abi;

namespace OpenWsk.Kernel;

/// <summary>Address conversion routines of ntoskrnl.</summary>
public static partial class AddressRoutines
{
    private const int Ipv4Bytes = 4;
    private const int Ipv6Bytes = 16;

    // The longest text is an IPv6 address with IPv4 tail, scope and port (INET6_ADDRSTRLEN is 65).
    private const int TextMax = 80;

    /// <summary>Writes an IPv4 address; returns where the text ends.</summary>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full, Class = CallClass.Local)]
    public static nuint RtlIpv4AddressToStringA(Executive executive, nuint Addr, nuint S)
    {
        Span<char> text = stackalloc char[TextMax];
        var length = AddressText.WriteIpv4(GuestMemory.Span(Addr, Ipv4Bytes), text);
        return Put(text[..length], S, isWide: false);
    }

    /// <summary>Writes an IPv4 address; returns where the text ends.</summary>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full, Class = CallClass.Local)]
    public static nuint RtlIpv4AddressToStringW(Executive executive, nuint Addr, nuint S)
    {
        Span<char> text = stackalloc char[TextMax];
        var length = AddressText.WriteIpv4(GuestMemory.Span(Addr, Ipv4Bytes), text);
        return Put(text[..length], S, isWide: true);
    }

    /// <summary>Writes an IPv6 address; returns where the text ends.</summary>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full, Class = CallClass.Local)]
    public static nuint RtlIpv6AddressToStringA(Executive executive, nuint Addr, nuint S)
    {
        Span<char> text = stackalloc char[TextMax];
        var length = AddressText.WriteIpv6(GuestMemory.Span(Addr, Ipv6Bytes), text);
        return Put(text[..length], S, isWide: false);
    }

    /// <summary>Writes an IPv6 address; returns where the text ends.</summary>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full, Class = CallClass.Local)]
    public static nuint RtlIpv6AddressToStringW(Executive executive, nuint Addr, nuint S)
    {
        Span<char> text = stackalloc char[TextMax];
        var length = AddressText.WriteIpv6(GuestMemory.Span(Addr, Ipv6Bytes), text);
        return Put(text[..length], S, isWide: true);
    }

    /// <summary>Reads an IPv4 address; Terminator is where it ends.</summary>
    /// <remarks>Errors: STATUS_INVALID_PARAMETER.</remarks>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full, Class = CallClass.Local)]
    public static NTSTATUS RtlIpv4StringToAddressA(
        Executive executive, nuint S, byte Strict, GuestPtr<nuint> Terminator, nuint Addr)
    {
        Span<byte> address = stackalloc byte[Ipv4Bytes];
        var length = AddressText.ReadIpv4(TextAt(S, isWide: false), Strict != 0, address);
        return PutAddress(length, address, Addr, S, Terminator, isWide: false);
    }

    /// <summary>Reads an IPv6 address; Terminator is where it ends.</summary>
    /// <remarks>Errors: STATUS_INVALID_PARAMETER.</remarks>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full, Class = CallClass.Local)]
    public static NTSTATUS RtlIpv6StringToAddressA(
        Executive executive, nuint S, GuestPtr<nuint> Terminator, nuint Addr)
    {
        Span<byte> address = stackalloc byte[Ipv6Bytes];
        var length = AddressText.ReadIpv6(TextAt(S, isWide: false), address);
        return PutAddress(length, address, Addr, S, Terminator, isWide: false);
    }

    /// <summary>Writes an IPv4 address, and a port that is not 0.</summary>
    /// <remarks>Errors: STATUS_INVALID_PARAMETER when it does not fit; the length is set.</remarks>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full, Class = CallClass.Local)]
    public static NTSTATUS RtlIpv4AddressToStringExA(
        Executive executive,
        nuint Address,
        ushort Port,
        nuint AddressString,
        GuestPtr<uint> AddressStringLength)
    {
        Span<char> text = stackalloc char[TextMax];
        var length = AddressText.WriteIpv4(GuestMemory.Span(Address, Ipv4Bytes), text);
        length += WritePort(Port, text[length..]);
        return PutSized(text[..length], AddressString, AddressStringLength, isWide: false);
    }

    /// <summary>Writes an IPv6 address, with a scope and a port that are not 0.</summary>
    /// <remarks>Errors: STATUS_INVALID_PARAMETER when it does not fit; the length is set.</remarks>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full, Class = CallClass.Local)]
    public static NTSTATUS RtlIpv6AddressToStringExA(
        Executive executive,
        nuint Address,
        uint ScopeId,
        ushort Port,
        nuint AddressString,
        GuestPtr<uint> AddressStringLength)
    {
        Span<char> text = stackalloc char[TextMax];
        var length = WriteIpv6(GuestMemory.Span(Address, Ipv6Bytes), ScopeId, Port, text);
        return PutSized(text[..length], AddressString, AddressStringLength, isWide: false);
    }

    /// <summary>Reads an IPv4 address and a port; the text must be nothing else.</summary>
    /// <remarks>Errors: STATUS_INVALID_PARAMETER.</remarks>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full, Class = CallClass.Local)]
    public static NTSTATUS RtlIpv4StringToAddressExA(
        Executive executive, nuint AddressString, byte Strict, nuint Address, GuestPtr<ushort> Port) =>
        ReadIpv4(TextAt(AddressString, isWide: false), Strict != 0, Address, Port);

    /// <summary>Reads an IPv6 address, a scope and a port; the text must be nothing else.</summary>
    /// <remarks>Errors: STATUS_INVALID_PARAMETER.</remarks>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full, Class = CallClass.Local)]
    public static NTSTATUS RtlIpv6StringToAddressExA(
        Executive executive,
        nuint AddressString,
        nuint Address,
        GuestPtr<uint> ScopeId,
        GuestPtr<ushort> Port) =>
        ReadIpv6(TextAt(AddressString, isWide: false), Address, ScopeId, Port);

    /// <summary>Reads an IPv4 address; Terminator is where it ends.</summary>
    /// <remarks>Errors: STATUS_INVALID_PARAMETER.</remarks>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full, Class = CallClass.Local)]
    public static NTSTATUS RtlIpv4StringToAddressW(
        Executive executive, nuint S, byte Strict, GuestPtr<nuint> Terminator, nuint Addr)
    {
        Span<byte> address = stackalloc byte[Ipv4Bytes];
        var length = AddressText.ReadIpv4(TextAt(S, isWide: true), Strict != 0, address);
        return PutAddress(length, address, Addr, S, Terminator, isWide: true);
    }

    /// <summary>Reads an IPv6 address; Terminator is where it ends.</summary>
    /// <remarks>Errors: STATUS_INVALID_PARAMETER.</remarks>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full, Class = CallClass.Local)]
    public static NTSTATUS RtlIpv6StringToAddressW(
        Executive executive, nuint S, GuestPtr<nuint> Terminator, nuint Addr)
    {
        Span<byte> address = stackalloc byte[Ipv6Bytes];
        var length = AddressText.ReadIpv6(TextAt(S, isWide: true), address);
        return PutAddress(length, address, Addr, S, Terminator, isWide: true);
    }

    /// <summary>Writes an IPv4 address, and a port that is not 0.</summary>
    /// <remarks>Errors: STATUS_INVALID_PARAMETER when it does not fit; the length is set.</remarks>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full, Class = CallClass.Local)]
    public static NTSTATUS RtlIpv4AddressToStringExW(
        Executive executive,
        nuint Address,
        ushort Port,
        nuint AddressString,
        GuestPtr<uint> AddressStringLength)
    {
        Span<char> text = stackalloc char[TextMax];
        var length = AddressText.WriteIpv4(GuestMemory.Span(Address, Ipv4Bytes), text);
        length += WritePort(Port, text[length..]);
        return PutSized(text[..length], AddressString, AddressStringLength, isWide: true);
    }

    /// <summary>Writes an IPv6 address, with a scope and a port that are not 0.</summary>
    /// <remarks>Errors: STATUS_INVALID_PARAMETER when it does not fit; the length is set.</remarks>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full, Class = CallClass.Local)]
    public static NTSTATUS RtlIpv6AddressToStringExW(
        Executive executive,
        nuint Address,
        uint ScopeId,
        ushort Port,
        nuint AddressString,
        GuestPtr<uint> AddressStringLength)
    {
        Span<char> text = stackalloc char[TextMax];
        var length = WriteIpv6(GuestMemory.Span(Address, Ipv6Bytes), ScopeId, Port, text);
        return PutSized(text[..length], AddressString, AddressStringLength, isWide: true);
    }

    /// <summary>Reads an IPv4 address and a port; the text must be nothing else.</summary>
    /// <remarks>Errors: STATUS_INVALID_PARAMETER.</remarks>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full, Class = CallClass.Local)]
    public static NTSTATUS RtlIpv4StringToAddressExW(
        Executive executive, nuint AddressString, byte Strict, nuint Address, GuestPtr<ushort> Port) =>
        ReadIpv4(TextAt(AddressString, isWide: true), Strict != 0, Address, Port);

    /// <summary>Reads an IPv6 address, a scope and a port; the text must be nothing else.</summary>
    /// <remarks>Errors: STATUS_INVALID_PARAMETER.</remarks>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full, Class = CallClass.Local)]
    public static NTSTATUS RtlIpv6StringToAddressExW(
        Executive executive,
        nuint AddressString,
        nuint Address,
        GuestPtr<uint> ScopeId,
        GuestPtr<ushort> Port) =>
        ReadIpv6(TextAt(AddressString, isWide: true), Address, ScopeId, Port);
}
