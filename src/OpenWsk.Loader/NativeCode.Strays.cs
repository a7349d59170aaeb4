// A driver that jumped into the middle of our machine code, as a corrupted table of functions leads it. Where
// that is the way back out of a routine, nothing has asked for what the code does there, and this is how it
// shows. Windows would run whatever of the kernel lies there; here it ends as an instruction that is none. It
// knows nothing about jumps to where there is no code: those fault.
using OpenWsk.Abi;
using OpenWsk.Kernel;

namespace OpenWsk.Loader;

public sealed unsafe partial class NativeCode
{
    // The context is the caller's, unless the jump was none of a call.
    private GuestStoppedException StopStray(ThreadBlock block, CONTEXT* context)
    {
        var record = StrayRecord((nuint)context->Rip);
        var check = JudgeStray(block, record) with
        {
            Snapshot = Snapshot(block, context, &record, null),
        };
        MakeRoom(block, context);
        return executive.BugCheck(check);
    }

    // It has left the guest already.
    private GuestStoppedException StopStrayed(ThreadBlock block) =>
        executive.BugCheck(JudgeStray(block, StrayRecord(0)));

    private static EXCEPTION_RECORD StrayRecord(nuint address) => new()
    {
        ExceptionCode = NTSTATUS.STATUS_ILLEGAL_INSTRUCTION,
        ExceptionAddress = address,
    };

    private BugCheck JudgeStray(ThreadBlock block, in EXCEPTION_RECORD record)
    {
        var place = record.ExceptionAddress == 0 ? ""
            : $" by what it called or jumped to before {NameAddress((nuint)record.ExceptionAddress)}";
        return FaultJudge.Unhandled(record, block.Owner!.Irql, 0, 0) with
        {
            Detail = "the driver ran into the middle of the kernel's code, not to the start of a routine,"
                + place,
        };
    }
}
