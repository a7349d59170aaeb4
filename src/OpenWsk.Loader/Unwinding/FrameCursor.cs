// One guest frame after the other on one thread: locates the frame's function, goes to the caller, and at the
// end of the guest's frames crosses the C# frames to the guest frames that called them. Where those go on is
// told by the host's words (entry frames, dispatch records) and by the frame that an import thunk left on
// the guest's stack, which the guest can have damaged: it is checked. It calls no handlers; see
// Exceptions/ExceptionDispatcher.cs and StackWalker.cs.
using OpenWsk.Abi;

namespace OpenWsk.Loader;

/// <summary>What a cursor's frame is.</summary>
internal enum FrameKind
{
    /// <summary>A function with unwind information.</summary>
    Function,

    /// <summary>Code without unwind information, which must have left the stack pointer alone.</summary>
    Leaf,

    /// <summary>The end of a stretch of guest frames: the entry thunk, with C# above it.</summary>
    Boundary,

    /// <summary>No code at all: the stack is damaged.</summary>
    Nowhere,
}

/// <summary>A position on a guest's stack. The caller owns the context, which moves with it.</summary>
internal unsafe ref struct FrameCursor(
    NativeCode native, ThreadBlock block, CONTEXT* context, nuint hostRsp, bool isReturnAddress)
{
    private readonly GuestStack _stack = GuestStack.Of(block);

    public CONTEXT* Context { get; } = context;

    /// <summary>The entry frame of the stretch; tells stretches apart.</summary>
    public nuint HostRsp { get; private set; } = hostRsp;

    /// <summary>Whether Rip follows a call, rather than being an instruction that was stopped.</summary>
    public bool IsReturnAddress { get; private set; } = isReturnAddress;

    /// <summary>The image that Rip is in.</summary>
    public MappedImage? Image { get; private set; }

    /// <summary>Rip in the image; within the call when the call is the function's last instruction.</summary>
    public uint Rva { get; private set; }

    /// <summary>Number of the function in the image's table; -1 for a leaf.</summary>
    public int FunctionIndex { get; private set; }

    /// <summary>Finds out what the frame is.</summary>
    public FrameKind Locate()
    {
        FunctionIndex = -1;
        Image = null;
        var address = native.OriginalAddress((nuint)Context->Rip);
        if (native.IsThunk(address))
            return IsReturnAddress ? FrameKind.Boundary : FrameKind.Leaf;
        Image = native.ImageAt(address);
        if (Image is null)
            return IsReturnAddress ? FrameKind.Nowhere : FrameKind.Leaf;
        Rva = (uint)(address - Image.Start);
        var functions = Image.Image.Functions;
        var index = functions.Find(Rva);
        // A call that never returns may be the last instruction of its function.
        if (IsReturnAddress && Rva != 0 && (index < 0 || functions.EntryAt(index).Begin == Rva))
        {
            var before = functions.Find(Rva - 1);
            if (before >= 0)
                (index, Rva) = (before, Rva - 1);
        }
        FunctionIndex = index;
        return index >= 0 ? FrameKind.Function : FrameKind.Leaf;
    }

    /// <summary>Goes to the caller of the frame that was located; false when that cannot be.</summary>
    public bool TryUnwind(out UnwoundFrame frame)
    {
        frame = new UnwoundFrame(Context->Rsp, 0, 0, 0);
        var before = Context->Rsp;
        var isUnwound = FunctionIndex < 0
            ? VirtualUnwinder.TryUnwindLeaf(Context, _stack)
            : VirtualUnwinder.TryUnwind(
                Image!.Image.Functions, Image.Image.Functions.EntryAt(FunctionIndex), Rva, Context, _stack,
                null, IsReturnAddress, out frame);
        IsReturnAddress = true;
        // Callers lie above their callees; anything else would be a circle.
        return isUnwound && Context->Rsp > before && _stack.Contains(Context->Rsp, 0);
    }

    /// <summary>
    /// Goes across C# to the guest frame that called it; false at the thread's first entry.
    /// </summary>
    /// <param name="dispatch">The dispatch that the outer stretch is in, if it is in one.</param>
    /// <param name="routine">Number of the thunk through which it called, else -1.</param>
    public bool TryCross(out DispatchRecord? dispatch, out int routine)
    {
        dispatch = null;
        routine = -1;
        // Our own frame on the thread's own stack: it lives as long as the guest frames below it.
        var outerGuest = *(nuint*)(HostRsp + EntryThunks.OuterGuestRsp);
        var outerHost = *(nuint*)(HostRsp + EntryThunks.OuterHostRsp);
        return outerHost != 0 && TryEnter(outerHost, outerGuest, out dispatch, out routine);
    }

    /// <summary>Goes to the innermost guest frame of a stretch whose guest code is not running.</summary>
    public bool TryEnter(nuint entryFrame, nuint guestRsp, out DispatchRecord? dispatch, out int routine)
    {
        routine = -1;
        HostRsp = entryFrame;
        dispatch = DispatchRecord.Find(block, entryFrame);
        if (dispatch is not null)
        {
            *Context = *dispatch.ResumePoint;
            IsReturnAddress = dispatch.IsAtReturnAddress;
            return true;
        }
        IsReturnAddress = true;
        return ImportFrame.TryRead(_stack, guestRsp, Context, out routine);
    }
}
