// Exported variables that tell about the system. It knows nothing about routines.
// Drivers import the address of each; the loader binds it.
using OpenWsk.Abi;

namespace OpenWsk.Kernel;

public sealed partial class Executive
{
    // The highest address of user mode on x64 Windows, and where its probes end 64 KB before.
    private const ulong HighestUserAddress = 0x0000_7FFF_FFFE_FFFF;
    internal const ulong UserProbeAddress = 0x0000_7FFF_FFFF_0000;

    private void InitializeSystemVariables()
    {
        AddPointerVariable("NtBuildNumber", VersionRoutines.BuildNumberVariable);
        AddPointerVariable("MmHighestUserAddress", unchecked((nuint)HighestUserAddress));
        AddPointerVariable("MmUserProbeAddress", unchecked((nuint)UserProbeAddress));
        AddPointerVariable("KeNumberProcessors", 1);
    }
}
