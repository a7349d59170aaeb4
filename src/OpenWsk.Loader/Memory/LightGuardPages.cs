// Guards by MADV_GUARD_INSTALL and MADV_GUARD_REMOVE: marks in the page tables, so any number of them fits in
// one mapping. It knows nothing about blocks; hosts without it get ProtectedGuardPages.cs.
using OpenWsk.Kernel;
using OpenWsk.Ports;

namespace OpenWsk.Loader;

/// <summary>Guards of Linux 6.13 and later.</summary>
internal sealed class LightGuardPages : IGuardPages
{
    private const nuint PageBytes = 4096;
    private static readonly Lazy<bool> s_isAvailable = new(Probe);

    /// <summary>Whether this host has them.</summary>
    public static bool IsAvailable => s_isAvailable.Value;

    public string Method => "MADV_GUARD_INSTALL";

    public nuint TryReserve(nuint lengthBytes, bool isExecutable)
    {
        var access = Interop.ProtRead | Interop.ProtWrite | (isExecutable ? Interop.ProtExecute : 0);
        var address = GuestRegion.TryMap(lengthBytes, access);
        if (address == 0 || Interop.TryAdvise(address, lengthBytes, Interop.AdviceGuardInstall))
            return address;
        GuestRegion.Unmap(address, lengthBytes);
        return 0;
    }

    public void Release(nuint address, nuint lengthBytes) => GuestRegion.Unmap(address, lengthBytes);

    public bool TryOpen(nuint address, nuint lengthBytes) =>
        Interop.TryAdvise(address, lengthBytes, Interop.AdviceGuardRemove);

    public void Guard(nuint address, nuint lengthBytes)
    {
        var isGuarded = Interop.TryAdvise(address, lengthBytes, Interop.AdviceGuardInstall);
        Invariant.That(isGuarded);
    }

    private static bool Probe()
    {
        var page = GuestRegion.TryMap(PageBytes, Interop.ProtRead | Interop.ProtWrite);
        if (page == 0)
            return false;
        var isAvailable = Interop.TryAdvise(page, PageBytes, Interop.AdviceGuardInstall);
        GuestRegion.Unmap(page, PageBytes);
        return isAvailable;
    }
}
