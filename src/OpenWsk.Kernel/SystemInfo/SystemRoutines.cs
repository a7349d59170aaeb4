// What remains of the kernel's simple services: bug checks by the driver's own wish, looking up routines by
// name, the previous mode, random numbers. It knows nothing about binding: CodeTable gives addresses.
using OpenWsk.Abi;

namespace OpenWsk.Kernel;

/// <summary>System routines of ntoskrnl.</summary>
public static class SystemRoutines
{
    /// <summary>Stops the machine; here the guest.</summary>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full)]
    public static void KeBugCheck(Executive executive, uint BugCheckCode) =>
        KeBugCheckEx(executive, BugCheckCode, 0, 0, 0, 0);

    /// <summary>Stops the machine; here the guest.</summary>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full)]
    public static void KeBugCheckEx(
        Executive executive,
        uint BugCheckCode,
        nuint BugCheckParameter1,
        nuint BugCheckParameter2,
        nuint BugCheckParameter3,
        nuint BugCheckParameter4) =>
        throw executive.BugCheck(
            new BugCheck(
                BugCheckCode,
                BugCheckParameter1,
                BugCheckParameter2,
                BugCheckParameter3,
                BugCheckParameter4)
            {
                Detail = "the driver asked for it with "
                    + $"0x{(ulong)BugCheckParameter1:x}, 0x{(ulong)BugCheckParameter2:x}, "
                    + $"0x{(ulong)BugCheckParameter3:x}, 0x{(ulong)BugCheckParameter4:x}",
            });

    /// <summary>Address of an exported routine or variable of the kernel; NULL when there is none.</summary>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full, MaxIrql = Irql.Passive)]
    public static nuint MmGetSystemRoutineAddress(
        Executive executive, GuestPtr<UNICODE_STRING> SystemRoutineName)
    {
        var name = UnicodeText.Of(SystemRoutineName).ToString();
        if (executive.Routines.Find(Libraries.Ntoskrnl, name) is { } routine)
            return executive.Code.AddressOf(routine);
        return executive.Routines.TryFindVariable(Libraries.Ntoskrnl, name, out var address) ? address : 0;
    }

    /// <summary>KernelMode: no call comes from user mode.</summary>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full, Class = CallClass.Local)]
    public static byte ExGetPreviousMode(Executive executive) => 0;

    /// <summary>A random number below 2^31 - 1; the seed is taken and given back changed.</summary>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full)]
    public static uint RtlRandom(Executive executive, GuestPtr<uint> Seed) => RtlRandomEx(executive, Seed);

    /// <summary>The next of the numbers that follow from a seed.</summary>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full, Class = CallClass.Local)]
    public static uint RtlUniform(Executive executive, GuestPtr<uint> Seed)
    {
        // The linear congruential generator of this routine's page.
        Seed.Value = (uint)(((Seed.Value * 0x7FFF_FFEDul) + 0x7FFF_FFC3) % int.MaxValue);
        return Seed.Value;
    }

    /// <summary>A random number below 2^31 - 1; the seed is taken and given back changed.</summary>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full)]
    public static uint RtlRandomEx(Executive executive, GuestPtr<uint> Seed)
    {
        // The range of this routine's page: [0, MAXLONG-1].
        const uint range = int.MaxValue;
        Span<byte> bytes = stackalloc byte[8];
        executive.Entropy.Fill(bytes);
        Seed.Value = BitConverter.ToUInt32(bytes[4..]) % range;
        return BitConverter.ToUInt32(bytes) % range;
    }
}
