// setjmp and longjmp as compilers call them. A jump is an unwinding: __finally blocks and destructors on the
// way run, and C# frames between are unwound by an exception of their own. It knows nothing about frames; see
// ExceptionDispatcher.Unwind.cs.
using OpenWsk.Abi;
using OpenWsk.Kernel;

namespace OpenWsk.Loader;

/// <summary>Jumps of the C runtime.</summary>
public static unsafe class JumpRoutines
{
    /// <summary>STATUS_LONGJUMP.</summary>
    internal const uint LongJump = 0x80000026;

    /// <summary>Keeps the place of the call for longjmp, with the caller's frame; returns 0.</summary>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full)]
    public static int _setjmpex(Executive executive, nuint Buffer, nuint Frame) => Keep(Buffer, Frame);

    /// <summary>Keeps the place of the call for longjmp, as _setjmpex does; returns 0.</summary>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full)]
    public static int _setjmp(Executive executive, nuint Buffer, nuint Frame) => Keep(Buffer, Frame);

    /// <summary>
    /// Has the call of setjmp return once more, with Value, or with 1 for 0. With a frame in the buffer all
    /// handlers on the way clean up.
    /// </summary>
    /// <remarks>Errors: a bug check when the function that called setjmp is not on the stack.</remarks>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full)]
    public static void longjmp(Executive executive, nuint Buffer, int Value)
    {
        var buffer = GuestMemory.Read<JUMP_BUFFER>(Buffer);
        var record = new EXCEPTION_RECORD
        {
            ExceptionCode = (NTSTATUS)LongJump,
            ExceptionAddress = (nuint)buffer.Rip,
            NumberParameters = 1,
        };
        record.ExceptionInformation[0] = Buffer;
        var isSilent = buffer.Frame == 0;
        NativeCode.Request(new LongJumpRequest(
            isSilent ? ulong.MaxValue : buffer.Frame, buffer.Rsp, isSilent, buffer,
            Value == 0 ? 1ul : (uint)Value, record));
    }

    // The frame of the import thunk has the registers to which the call returns.
    private static int Keep(nuint buffer, nuint frame)
    {
        CONTEXT context = default;
        if (NativeCode.CallersBlock is { } block && ImportFrame.TryRead(
            GuestStack.Of(block), block.Word(ThreadBlock.GuestRsp), &context, out _))
            GuestMemory.Write(buffer, JUMP_BUFFER.Of(&context, frame));
        return 0;
    }
}
