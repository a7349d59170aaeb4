// The memory of one shared page: drivers read it, we write it through a second mapping of the same page.
// Pages go back to a pool of the process and are never unmapped, because a guest thread that outlives its
// world may still read there. It knows nothing about what the page says; see SharedPage.cs.
namespace OpenWsk.Loader;

/// <summary>One page that the guest may only read.</summary>
internal sealed unsafe class SharedPageMemory
{
    private static readonly Stack<SharedPageMemory> s_free = new();
    private readonly nuint _toWrite;

    private SharedPageMemory()
    {
        var file = Interop.TryMakeMemoryFile("openwsk-page", SharedPage.PageBytes);
        if (file < 0)
        {
            // A host without memfd: a driver that writes to the page is not caught.
            const int Private = Interop.MapPrivate | Interop.MapAnonymous;
            Address = Interop.Map(
                0, SharedPage.PageBytes, Interop.ProtRead | Interop.ProtWrite, Private);
            _toWrite = Address;
            return;
        }
        const int Write = Interop.ProtRead | Interop.ProtWrite;
        _toWrite = Interop.Map(0, SharedPage.PageBytes, Write, Interop.MapShared, file);
        Address = Interop.Map(0, SharedPage.PageBytes, Interop.ProtRead, Interop.MapShared, file);
        Interop.Close(file);
    }

    /// <summary>Where the guest reads it.</summary>
    public nuint Address { get; }

    /// <summary>A page with any contents.</summary>
    public static SharedPageMemory Rent()
    {
        lock (s_free)
        {
            if (s_free.TryPop(out var page))
                return page;
        }
        return new SharedPageMemory();
    }

    /// <summary>Gives the page to the next world.</summary>
    public void Return()
    {
        lock (s_free)
            s_free.Push(this);
    }

    /// <summary>A member of the page, to be written. The page stays mapped for ever.</summary>
    public ref T Member<T>(int offset) where T : unmanaged => ref *(T*)(_toWrite + (nuint)offset);
}
