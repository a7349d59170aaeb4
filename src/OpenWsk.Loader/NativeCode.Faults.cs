// Exceptions in guest code of one world: faults of its instructions, wild pointers that C# used on its
// behalf, raises of routines. Each becomes an EXCEPTION_RECORD with a CONTEXT, goes to the dispatcher of
// exceptions unless Windows would not let a handler see it, and is a bug check when nobody handles it. It
// knows nothing about signals (Machine/SignalStub.cs) or about unwinding (Exceptions/).
using System.Runtime.CompilerServices;
using System.Runtime.ExceptionServices;
using System.Runtime.InteropServices;
using OpenWsk.Abi;
using OpenWsk.Kernel;

namespace OpenWsk.Loader;

public sealed unsafe partial class NativeCode
{
    // Status, direction, trap and identification flags: what a handler may set in a context.
    private const ulong GuestFlags = 0x20_0DD5;
    private const nuint MarkerBytes = 0x20;

    /// <summary>Finds handlers; without one every exception is a bug check.</summary>
    internal IExceptionDispatcher? Exceptions { get; set; }

    /// <summary>Called by FaultThunks on the host's stack: 1 goes on in the guest, 0 leaves it.</summary>
    [UnmanagedCallersOnly]
    internal static ulong OnException()
    {
        var block = t_block!;
        try
        {
            if (block.Owner is { } owner)
                return ((NativeCode)owner.Executive.Code.Native!).Dispatch(block) ? 1ul : 0;
            throw new GuestStoppedException("the world has ended");
        }
        catch (Exception e)
        {
            Leave(block, e);
            return 0;
        }
    }

    private static void Leave(ThreadBlock block, Exception going)
    {
        t_unwinding = ExceptionDispatchInfo.Capture(going);
        block.Int32(ThreadBlock.Pending) = ThreadBlock.Abandon;
    }

    [SkipLocalsInit]
    private bool Dispatch(ThreadBlock block)
    {
        // A fault in guest code that the dispatcher calls uses the block again.
        var words = stackalloc byte[sizeof(CONTEXT) + 16];
        var context = (CONTEXT*)(((nuint)words + 15) & ~(nuint)15);
        *context = *block.FaultContext;
        var fault = FaultInfo.Of(block);
        if (fault.Signal == 0 && block.Int32(ThreadBlock.Pending) == ThreadBlock.CopyFailed)
            RaiseCopyFault(block);
        block.Int32(ThreadBlock.Pending) = 0;
        if (fault.Signal == ThreadBlock.KickMark
            || fault.Signal != 0 && PrivilegedInstructions.TryEmulate(block, fault, context))
        {
            GoOnUnlessKicked(block, context);
            return true;
        }
        Complete(context);
        if (fault.Signal == 0 && block.Request is { } request)
        {
            var asked = request is RaiseRequest { Record: var r }
                ? r with { ExceptionAddress = (nuint)context->Rip } : default;
            return Decide(block, fault, context, &asked, null);
        }
        var raise = fault.Signal == 0 ? TakeRaise() ?? throw StopStray(block, context) : null;
        if (raise is HostFaultException wild)
            fault = wild.Fault;
        var routine = (raise as HostFaultException)?.Address ?? (nuint)context->Rip;
        var record = raise is null ? FaultTranslator.Translate(fault, ref *context)
            : FaultTranslator.Translate(raise, routine);
        record.ExceptionAddress = OriginalAddress(record.ExceptionAddress);
        return Decide(block, fault, context, &record, raise as HostFaultException);
    }

    private bool Decide(
        ThreadBlock block, in FaultInfo fault, CONTEXT* context, EXCEPTION_RECORD* record,
        HostFaultException? wild)
    {
        if (JudgeDirect(block, fault, context, record, wild is null) is { } check)
            throw Stop(block, check, context, record, wild);
        MakeRoom(block, context);
        var result = Exceptions?.Dispatch(block, context, record) ?? DispatchResult.Unhandled;
        switch (result)
        {
            case DispatchResult.Resume:
                GoOnUnlessKicked(block, context);
                return true;
            case DispatchResult.Abandon:
                Invariant.That(t_unwinding is not null);
                block.Int32(ThreadBlock.Pending) = ThreadBlock.Abandon;
                return false;
            default:
                *(EXCEPTION_RECORD*)((nint)block.Gs + ThreadBlock.Record) = *record;
                var irql = block.Owner!.Irql;
                var unhandled = FaultJudge.Unhandled(
                    *record, irql, block.Gs + unchecked((nuint)ThreadBlock.Record),
                    block.Gs + unchecked((nuint)ThreadBlock.Context));
                throw Stop(block, unhandled, context, record, wild);
        }
    }

    private BugCheck? JudgeDirect(
        ThreadBlock block, in FaultInfo fault, CONTEXT* context, EXCEPTION_RECORD* record, bool isDriver)
    {
        if (fault.Signal != 0 && (block.IsInGuard(fault.Cr2) && fault.IsPageFault
            || !block.IsOnStack(context->Rsp)))
        {
            return FaultJudge.StackGone(context->Rsp, context->Rip);
        }
        if (fault.IsPageFault
            && JudgeUnloaded((nuint)fault.Cr2, fault.Operation, context->Rip) is { } unloaded)
        {
            return unloaded;
        }
        var kind = fault.IsPageFault ? KindOf((nuint)fault.Cr2, fault.Operation) : AddressKind.User;
        return FaultJudge.Direct(
            fault, *record, record->ExceptionAddress, block.Owner!.Irql, kind, isDriver);
    }

    /// <summary>What a call of an address that is no code comes to.</summary>
    private BugCheck JudgeCall(nuint target)
    {
        const ulong fetch = 0x10;
        if (JudgeUnloaded(target, FaultJudge.Execute, 0) is { } unloaded)
            return unloaded;
        var fault = new FaultInfo(0, 0, FaultInfo.PageFault, fetch, target);
        var record = FaultTranslator.Translate(
            new GuestRaiseException(NTSTATUS.STATUS_ACCESS_VIOLATION, fault.Operation, target), target);
        var irql = executive.CurrentThread.Irql;
        var kind = KindOf(target, fault.Operation);
        var check = FaultJudge.Direct(fault, record, target, irql, kind, isDriver: true)
            ?? FaultJudge.Unhandled(record, irql, 0, 0);
        return check with
        {
            Detail = $"the driver had {NameWithSection(target)} called, where there is no code",
        };
    }

    private GuestStoppedException Stop(
        ThreadBlock block, BugCheck check, CONTEXT* context, EXCEPTION_RECORD* record,
        HostFaultException? wild)
    {
        var snapshot = Snapshot(block, context, record, wild);
        // Routines that the driver wants called at a bug check run below the frame that failed.
        MakeRoom(block, context);
        return executive.BugCheck(check with
        {
            Detail = Explain(block, check, context, record, wild),
            Snapshot = snapshot,
        });
    }

    // Guest code that the dispatcher calls runs below the frame that faulted; stack walks find the context
    // there.
    private static void MakeRoom(ThreadBlock block, CONTEXT* context)
    {
        var free = (nuint)context->Rsp & ~(nuint)15;
        if (!block.IsOnStack(free - MarkerBytes))
            free = *(nuint*)(block.Word(ThreadBlock.HostRsp) + EntryThunks.OuterGuestRsp);
        PutMarker(block, free, context);
    }

    /// <summary>Moves the place below which the dispatcher calls guest code further down.</summary>
    internal static void KeepAbove(ThreadBlock block, nuint lowest) =>
        PutMarker(block, lowest, *(CONTEXT**)(block.Word(ThreadBlock.GuestRsp) + 8));

    private static void PutMarker(ThreadBlock block, nuint free, CONTEXT* context)
    {
        free -= MarkerBytes;
        ((ulong*)free)[0] = ThreadBlock.DispatchMarker;
        ((ulong*)free)[1] = (ulong)context;
        block.Word(ThreadBlock.GuestRsp) = free;
    }

    private static void GoOnAt(ThreadBlock block, CONTEXT* context)
    {
        ContextRegisters.Copy(context, block.FaultContext);
        // Reserved bits of MXCSR would fault when it is loaded.
        *(uint*)((byte*)block.FaultContext + 0x118) &= 0xFFFF;
        block.Word(ThreadBlock.ResumeFlags) = (nuint)(context->EFlags & GuestFlags);
        block.Int32(ThreadBlock.Pending) = 0;
    }

    private static void Complete(CONTEXT* context)
    {
        const ushort kernelCode = 0x10;
        const ushort kernelStack = 0x18;
        const ushort userData = 0x2B;
        context->ContextFlags = WdmConstants.CONTEXT_FULL | WdmConstants.CONTEXT_SEGMENTS;
        context->MxCsr = *(uint*)((byte*)context + 0x118);
        context->SegCs = kernelCode;
        context->SegSs = kernelStack;
        context->SegDs = context->SegEs = context->SegGs = userData;
        context->SegFs = 0x53;
    }

    private static GuestRaiseException? TakeRaise()
    {
        var raise = t_unwinding?.SourceException as GuestRaiseException;
        t_unwinding = null;
        return raise;
    }
}
