// How routines of C# and the dispatcher of exceptions reach the guest code of the calling thread: a request
// instead of a return, a call of a filter, and giving guest frames up. It knows nothing about frames; see
// Exceptions/.
using System.Runtime.ExceptionServices;
using OpenWsk.Abi;
using OpenWsk.Kernel;

namespace OpenWsk.Loader;

public sealed unsafe partial class NativeCode
{
    private ExceptionDispatcher? _dispatcher;
    private nuint _cHandlerThunk;

    internal ExceptionDispatcher Dispatcher => _dispatcher ??= new ExceptionDispatcher(this);

    /// <summary>The address that images import as __C_specific_handler.</summary>
    internal nuint CHandlerThunk =>
        _cHandlerThunk != 0 ? _cHandlerThunk : _cHandlerThunk = Bind(LoaderExports.CHandler);

    /// <summary>The thread's block while a routine runs that guest code has called, else null.</summary>
    internal static ThreadBlock? CallersBlock =>
        t_block is { } block && block.Word(ThreadBlock.HostRsp) != 0 ? block : null;

    /// <inheritdoc/>
    public bool CanAccess(nuint address, bool isWrite)
    {
        if (!GuestCopy.TryRead(address, out byte _))
            return false;
        if (!isWrite)
            return true;
        try
        {
            // Writes what is there, whatever another thread writes meanwhile. The stub lets the runtime throw
            // where guest code has called us; elsewhere the address is our own.
            Interlocked.CompareExchange(ref GuestMemory.Ref<byte>(address), 0, 0);
            return true;
        }
        catch (Exception e) when (e is NullReferenceException or AccessViolationException)
        {
            if (t_block is { } block)
                block.Int32(ThreadBlock.HostFault) = 0;
            return false;
        }
    }

    /// <summary>Calls a filter, a handler or a cleaning block below the frames of an exception.</summary>
    internal ulong CallGuest(ThreadBlock block, nuint target, ReadOnlySpan<ulong> arguments) =>
        CallOn(block, target, arguments);

    /// <summary>
    /// Has the dispatcher do something for the guest code that called the running routine. The routine
    /// returns after this, and what it returns is lost.
    /// </summary>
    /// <remarks>Errors: GuestRaiseException when no guest code called it.</remarks>
    internal static void Request(DispatchRequest request)
    {
        var block = CallersBlock;
        if (block is null)
        {
            throw request is RaiseRequest raise
                ? new GuestRaiseException(raise.Record.ExceptionCode)
                : new InvalidOperationException("no guest code has called this routine");
        }
        block.Request = request;
        block.Int32(ThreadBlock.Pending) = ThreadBlock.Raise;
    }

    /// <summary>Gives up the guest frames of the innermost entry; the exception goes on above them.</summary>
    internal void AbandonWith(Exception exception)
    {
        var block = t_block;
        Invariant.That(block is not null && block.Word(ThreadBlock.HostRsp) != 0);
        t_unwinding = ExceptionDispatchInfo.Capture(exception);
        block!.Int32(ThreadBlock.Pending) = ThreadBlock.Abandon;
    }
}
