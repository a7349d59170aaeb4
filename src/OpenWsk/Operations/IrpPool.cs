// Keeps finished operations with their IRPs for the next call, so that a send or receive allocates nothing
// once the pool is warm. It also has what every operation needs of its world: the IRP routines, where C# goes
// on, and the callbacks. It knows nothing about what an operation does.
using OpenWsk.Kernel;

namespace OpenWsk;

/// <summary>The operations of one host.</summary>
internal sealed class IrpPool : IDisposable
{
    private readonly Lock _lock = new();
    private readonly List<IrpOperation> _all = [];
    private IrpOperation? _free;
    private bool _isDisposed;

    public IrpPool(Executive executive)
    {
        Executive = executive;
        Callbacks = new CallbackTables(executive, Continuations);
        AllocateIrp = executive.Routines.Get(Libraries.Ntoskrnl, "IoAllocateIrp");
        ReuseIrp = executive.Routines.Get(Libraries.Ntoskrnl, "IoReuseIrp");
        CancelIrp = executive.Routines.Get(Libraries.Ntoskrnl, "IoCancelIrp");
        FreeIrp = executive.Routines.Get(Libraries.Ntoskrnl, "IoFreeIrp");
    }

    public Executive Executive { get; }

    public Continuations Continuations { get; } = new();

    public CallbackTables Callbacks { get; }

    public Routine AllocateIrp { get; }

    public Routine ReuseIrp { get; }

    public Routine CancelIrp { get; }

    public Routine FreeIrp { get; }

    /// <summary>How many operations were ever made: the most that were under way at once.</summary>
    public int Count
    {
        get
        {
            lock (_lock)
                return _all.Count;
        }
    }

    /// <summary>An operation that nobody uses.</summary>
    public IrpOperation Rent()
    {
        lock (_lock)
        {
            ObjectDisposedException.ThrowIf(_isDisposed, this);
            if (_free is { } free)
            {
                _free = free.NextFree;
                free.NextFree = null;
                return free;
            }
        }
        var made = new IrpOperation(this);
        lock (_lock)
            _all.Add(made);
        return made;
    }

    public void Return(IrpOperation operation)
    {
        lock (_lock)
        {
            if (!_isDisposed)
            {
                operation.NextFree = _free;
                _free = operation;
                return;
            }
        }
        operation.Free();
    }

    /// <summary>Frees what nobody uses; what is under way frees itself when it ends.</summary>
    public void Dispose()
    {
        lock (_lock)
        {
            _isDisposed = true;
            for (var free = _free; free is not null; free = free.NextFree)
                free.Free();
            _free = null;
        }
        Callbacks.Dispose();
    }
}
