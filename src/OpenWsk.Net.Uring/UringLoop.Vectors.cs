// The memory for sends of several segments, reused: a connection has none of its own. The ring's thread only.
// It knows nothing about what is sent. Next: Interop/SendVectors.cs.
using System.Runtime.InteropServices;
using OpenWsk.Net.Uring.Interop;

namespace OpenWsk.Net.Uring;

internal sealed unsafe partial class UringLoop
{
    private SendVectors* _freeVectors;

    /// <summary>Memory for one send; given back when its last completion has come.</summary>
    public SendVectors* RentVectors()
    {
        var vectors = _freeVectors;
        if (vectors == null)
        {
            return (SendVectors*)NativeMemory.Alloc((nuint)SendVectors.Bytes);
        }
        _freeVectors = vectors->Next;
        return vectors;
    }

    /// <summary>Takes it back.</summary>
    public void ReturnVectors(SendVectors* vectors)
    {
        vectors->Next = _freeVectors;
        _freeVectors = vectors;
    }

    private void FreeVectors()
    {
        while (_freeVectors != null)
        {
            var vectors = _freeVectors;
            _freeVectors = vectors->Next;
            NativeMemory.Free(vectors);
        }
    }
}
