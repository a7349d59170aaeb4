// The shared page of the world, made when the first thread or image needs it.
// It knows nothing about what the page says; see SharedPage/SharedPage.cs.
using OpenWsk.Abi;
using OpenWsk.Kernel;

namespace OpenWsk.Loader;

public sealed unsafe partial class NativeCode : IDisposable
{
    private readonly Lock _pageLock = new();
    private SharedPage? _page;

    /// <summary>KUSER_SHARED_DATA of this world.</summary>
    internal SharedPage Page
    {
        get
        {
            lock (_pageLock)
                return _page ??= new SharedPage(executive.Clock, BuildNumber, executive.ProcessorCount);
        }
    }

    // The upper bits of the variable tell what kind of build it is; the page has the number alone.
    private uint BuildNumber =>
        executive.Routines.TryFindVariable(Libraries.Ntoskrnl, "NtBuildNumber", out var address)
            ? GuestMemory.Read<uint>(address) & 0xFFFF
            : 0;

    /// <summary>
    /// Ends what the world's machine code has running of its own; called at the world's end.
    /// </summary>
    public void Dispose()
    {
        lock (_pageLock)
            _page?.Dispose();
    }
}
