// What a request of a datagram socket carries beyond its buffers, and a watch over the memory that the client
// must keep until the IRP completes: MDLs and pool blocks that the kernel knows of. Memory that it does not
// know of, such as a stack, cannot be watched. It knows nothing about what is done with the memory.
using System.Runtime.InteropServices;
using OpenWsk.Abi;
using OpenWsk.Kernel;

namespace OpenWsk.Provider;

internal sealed partial class WskRequest
{
    private List<GuestPtr<MDL>>? _lentMdls;
    private List<nuint>? _lentBlocks;

    /// <summary>Where a WskReceiveFrom wants its answers.</summary>
    public ReceiveFromArguments ReceiveFrom { get; set; }

    /// <summary>
    /// Notes the MDLs of the captured buffers, and places that must stay valid as well; nothing when nobody
    /// would hear of their loss.
    /// </summary>
    public void Lend(params ReadOnlySpan<nuint> places)
    {
        if (!provider.Executive.IsObserved)
            return;
        foreach (var place in places)
        {
            if (place != 0 && provider.Executive.Pool.TryGet(place, out _))
                (_lentBlocks ??= []).Add(place);
        }
        if (_plain.Length != 0)
            LendChain(_plain);
        foreach (var buffer in CollectionsMarshal.AsSpan(_buffers))
            LendChain(buffer);
    }

    /// <summary>
    /// A block or MDL that the client has taken back; 0 when everything is still there. Told once.
    /// </summary>
    public nuint FindTakenBack()
    {
        var found = (nuint)0;
        foreach (var block in CollectionsMarshal.AsSpan(_lentBlocks))
            found = provider.Executive.Pool.TryGet(block, out _) ? found : block;
        foreach (var mdl in CollectionsMarshal.AsSpan(_lentMdls))
        {
            const short usable = WskConstants.MDL_PAGES_LOCKED
                | WskConstants.MDL_SOURCE_IS_NONPAGED_POOL
                | WskConstants.MDL_PARTIAL;
            if (!provider.Executive.Mdls.TryGet(mdl, out _) || (mdl.Value.MdlFlags & usable) == 0)
                found = mdl.Address;
        }
        if (found != 0)
            ClearLent();
        return found;
    }

    private void LendChain(in WSK_BUF buffer)
    {
        var left = buffer.Length;
        var here = buffer.Offset;
        for (var mdl = buffer.Mdl; left > 0; mdl = mdl.Value.Next)
        {
            if (provider.Executive.Mdls.TryGet(mdl, out _))
                (_lentMdls ??= []).Add(mdl);
            left -= nuint.Min(left, mdl.Value.ByteCount - here);
            here = 0;
        }
    }

    private void ClearLent()
    {
        _lentMdls?.Clear();
        _lentBlocks?.Clear();
    }
}
