// What an import thunk leaves on the guest's stack while its routine runs, and the guest's registers from it.
// One contract with Machine/ImportThunks.cs. It knows nothing about frames above; see FrameCursor.cs.
using OpenWsk.Abi;

namespace OpenWsk.Loader;

/// <summary>Reads the frame of an import thunk.</summary>
internal static unsafe class ImportFrame
{
    private const int FirstVector = 6;
    private const int VectorCount = 10;

    /// <summary>The context to which the routine will return, without the volatile registers.</summary>
    public static bool TryRead(GuestStack stack, nuint guestRsp, CONTEXT* context, out int routine)
    {
        routine = -1;
        const ulong FrameBytes = ImportThunks.FrameBytes;
        const ulong PushedBytes = ImportThunks.PushedBytes;
        if (!stack.Contains(guestRsp, FrameBytes + PushedBytes + 8) || *(ulong*)guestRsp != FrameBytes)
            return false;
        // Checked above: the whole frame lies on the stack, which is mapped while the thread lives.
        routine = *(int*)(guestRsp + ImportThunks.FrameNumber);
        var pushed = (ulong*)(guestRsp + (nuint)FrameBytes);
        var kept = (ulong*)(guestRsp + ImportThunks.FrameKept);
        context->Rbx = kept[0];
        context->R12 = kept[1];
        context->R13 = kept[2];
        context->R14 = kept[3];
        context->R15 = kept[4];
        context->Rbp = pushed[0];
        context->Rsi = pushed[1];
        context->Rdi = pushed[2];
        context->Rip = pushed[3];
        context->Rsp = guestRsp + FrameBytes + PushedBytes + 8;
        var hasVectors = *(int*)(guestRsp + ImportThunks.FrameHasVectors) != 0;
        var vectors = VirtualUnwinder.Vectors(context);
        for (var i = 0; i < VectorCount; i++)
        {
            vectors[FirstVector + i] =
                hasVectors ? ((M128A*)(guestRsp + ImportThunks.FrameVectors))[i] : default;
        }
        return true;
    }
}
