// Exported variables that tell about the system. It knows nothing about routines.
// Drivers import the address of each; the loader binds it.
using OpenWsk.Abi;

namespace OpenWsk.Kernel;

public sealed partial class Executive
{
    // The highest address of user mode on x64 Windows, and where its probes end 64 KB before.
    private const ulong HighestUserAddress = 0x0000_7FFF_FFFE_FFFF;
    internal const ulong UserProbeAddress = 0x0000_7FFF_FFFF_0000;

    // Where the kernel's half of the address space begins on x64.
    private const ulong SystemRangeStart = 0xFFFF_8000_0000_0000;
    private const ulong Utf8CodePage = 65001;

    /// <summary>What is added to local time to get system time; 0 for UTC. Units: 100 ns.</summary>
    /// <remarks>Set by the host program before a driver is loaded.</remarks>
    public long TimeZoneBias100Ns { get; set; }

    private void InitializeSystemVariables()
    {
        AddPointerVariable("NtBuildNumber", VersionRoutines.BuildNumberVariable);
        AddPointerVariable("MmHighestUserAddress", unchecked((nuint)HighestUserAddress));
        AddPointerVariable("MmUserProbeAddress", unchecked((nuint)UserProbeAddress));
        AddPointerVariable("MmSystemRangeStart", unchecked((nuint)SystemRangeStart));
        AddPointerVariable("KeNumberProcessors", (nuint)ProcessorCount);
        AddPointerVariable("KdDebuggerEnabled", 0);
        AddPointerVariable("KdDebuggerNotPresent", 1);
        AddPointerVariable("NtGlobalFlag", 0);
        AddPointerVariable("InitSafeBootMode", 0);
        AddPointerVariable("NlsMbCodePageTag", 1);
        AddPointerVariable("NlsMbOemCodePageTag", 1);
        AddPointerVariable("NlsAnsiCodePage", (nuint)Utf8CodePage);
        AddPointerVariable("NlsOemCodePage", (nuint)Utf8CodePage);
    }
}
