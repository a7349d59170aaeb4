// Memory with guards for the kernel's blocks, by the best means that this host has.
// It knows nothing about blocks; see Memory/LightGuardPages.cs.
using OpenWsk.Ports;

namespace OpenWsk.Loader;

public sealed unsafe partial class NativeCode
{
    // The host's limit on mappings is the process's, so the budget is too.
    private static readonly Lazy<IGuardPages> s_guardPages = new(() =>
        LightGuardPages.IsAvailable ? new LightGuardPages() : new ProtectedGuardPages());

    /// <inheritdoc/>
    public IGuardPages? GuardPages => s_guardPages.Value;
}
