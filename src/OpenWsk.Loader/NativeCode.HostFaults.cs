// Wild pointers that C# used on behalf of the guest: the signal stub has kept the address, the runtime has
// thrown a NullReferenceException, and at the edge of the routine both become the access violation that
// Windows would raise there.
// Divergence from Windows: a null reference of ours looks the same as a null pointer of the driver's; the
// snapshot therefore carries the C# exception with its stack.
using System.Runtime.ExceptionServices;
using OpenWsk.Abi;
using OpenWsk.Kernel;

namespace OpenWsk.Loader;

public sealed unsafe partial class NativeCode
{
    /// <inheritdoc/>
    public BugCheck? ExplainHostFault(Exception exception)
    {
        var block = t_block;
        if (block is null || TakeHostFault(block, exception) is not { } wild)
            return null;
        var thread = executive.CurrentThread;
        var record = FaultTranslator.Translate(wild, wild.Address);
        var kind = KindOf((nuint)wild.Fault.Cr2, wild.Fault.Operation);
        var check = FaultJudge.Direct(wild.Fault, record, wild.Address, thread.Irql, kind, isDriver: false)
            ?? FaultJudge.Unhandled(record, thread.Irql, 0, 0);
        return check with
        {
            Detail = $"{FaultJudge.Verb(wild.Fault.Operation)} {NameAddress((nuint)wild.Fault.Cr2)}, which "
                + $"the driver has given, in {wild.Routine}",
            Snapshot = new FaultSnapshot
            {
                Context = default,
                Exception = record,
                ThreadId = thread.Id,
                ThreadName = thread.Name,
                Irql = thread.Irql,
                Routine = wild.Routine,
                HostException = wild.Original.ToString(),
            },
        };
    }

    private HostFaultException? TakeHostFault(ThreadBlock block, Exception exception)
    {
        if (block.Int32(ThreadBlock.HostFault) == 0)
            return null;
        block.Int32(ThreadBlock.HostFault) = 0;
        return exception is NullReferenceException or AccessViolationException
            ? Describe(block, exception) : null;
    }

    // The routine has returned, or thrown, since a copy of its own ended early: that is what goes on.
    private void RaiseCopyFault(ThreadBlock block)
    {
        block.Request = null;
        t_unwinding = ExceptionDispatchInfo.Capture(TakeCopyFault(block)!);
    }

    // A routine does not call the guest with what it has not got.
    private void ThrowCopyFault(ThreadBlock block)
    {
        var fault = TakeCopyFault(block)!;
        block.Int32(ThreadBlock.Pending) = 0;
        throw fault;
    }

    private HostFaultException? TakeCopyFault(ThreadBlock block)
    {
        if (block.Int32(ThreadBlock.Pending) != ThreadBlock.CopyFailed)
            return null;
        block.Int32(ThreadBlock.HostFault) = 0;
        return Describe(block, new AccessViolationException("a copy by the C library met no memory"));
    }

    private HostFaultException Describe(ThreadBlock block, Exception exception)
    {
        var fault = new FaultInfo(
            0, 0, FaultInfo.PageFault, block.Word(ThreadBlock.HostFaultError),
            block.Word(ThreadBlock.HostFaultAddress));
        if (fault.Cr2 == ulong.MaxValue)
            fault = fault with { Trap = FaultInfo.GeneralProtection };
        var (routine, address) = RoutineOf(block);
        return new HostFaultException(fault, routine, address, exception);
    }

    private (string Name, nuint Address) RoutineOf(ThreadBlock block)
    {
        CONTEXT caller;
        return block.Word(ThreadBlock.HostRsp) != 0 && ImportFrame.TryRead(
            GuestStack.Of(block), block.Word(ThreadBlock.GuestRsp), &caller, out var number)
            ? (NameOfImport(number), _machine.AddressOfImport(number))
            : ("the kernel", 0);
    }
}
