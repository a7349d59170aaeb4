// A KEVENT of our own, for parts of the kernel and the provider that block their caller or that hand an event
// to the guest. It knows nothing about waiting: see WaitService.cs.
using OpenWsk.Abi;

namespace OpenWsk.Kernel;

/// <summary>An event in the guest heap. Dispose it when nobody waits for it any more.</summary>
public sealed class ManagedEvent : IDisposable
{
    private readonly Executive _executive;

    public ManagedEvent(
        Executive executive, EVENT_TYPE type = EVENT_TYPE.NotificationEvent, bool isSet = false)
    {
        _executive = executive;
        Address = executive.Heap.Allocate(24);
        DispatcherObject.Initialize<KEVENT>(Address, (KOBJECTS)type, isSet ? 1 : 0);
    }

    /// <summary>Address of the KEVENT; 0 once disposed.</summary>
    public nuint Address { get; private set; }

    public bool IsSet => Volatile.Read(ref DispatcherObject.State(Address)) != 0;

    public void Set() => _executive.Waits.SetEvent(Address);

    public void Reset() => _executive.Waits.ResetEvent(Address);

    /// <summary>Waits without a deadline.</summary>
    public void Wait() => _executive.Waits.Wait(Address, Ports.IParker.Never);

    /// <summary>Waits until the clock reaches the deadline; false when it did.</summary>
    public bool Wait(long deadlineNs) =>
        _executive.Waits.Wait(Address, deadlineNs) != NTSTATUS.STATUS_TIMEOUT;

    public void Dispose()
    {
        if (Address != 0)
            _executive.Heap.Free(Address);
        Address = 0;
    }
}
