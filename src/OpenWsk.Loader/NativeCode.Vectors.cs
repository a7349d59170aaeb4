// Whether import thunks of this world keep xmm6 to xmm15, which only the Microsoft convention preserves.
// Keeping them is a third of a call's cost, and most drivers never touch them: then nobody could tell. From
// the first image on that may, all threads of the world keep them. It knows nothing about how that is told
// from an image's bytes; see Patching/VectorStores.cs.
namespace OpenWsk.Loader;

public sealed unsafe partial class NativeCode
{
    private bool _keepsVectors;

    // Frames that are on stacks already belong to images that leave the registers alone.
    private void LookForVectors(MappedImage mapped)
    {
        if (Volatile.Read(ref _keepsVectors) || !VectorStores.MayBeIn(mapped.Image))
            return;
        Volatile.Write(ref _keepsVectors, true);
        // A thread that is attached meanwhile is either in the list or sees the flag.
        Interlocked.MemoryBarrier();
        foreach (var block in _blocks.Values)
            Volatile.Write(ref block.Int32(ThreadBlock.KeepsVectors), 1);
    }

    // After the block is in the list.
    private void TellVectors(ThreadBlock block)
    {
        Interlocked.MemoryBarrier();
        if (Volatile.Read(ref _keepsVectors))
            Volatile.Write(ref block.Int32(ThreadBlock.KeepsVectors), 1);
    }
}
