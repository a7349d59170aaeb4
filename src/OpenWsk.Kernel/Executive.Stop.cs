// Stopping the guest: an unimplemented import, a bug check, Ctrl-C twice. Every guest thread leaves at its
// next call or wait; the first reason is kept. It knows nothing about reports: observers make them from the
// event.
using OpenWsk.Ports;
namespace OpenWsk.Kernel;

public sealed partial class Executive
{
    private string? _stopReason;

    /// <summary>Why the guest was stopped; null while it may run.</summary>
    public string? StopReason => Volatile.Read(ref _stopReason);

    /// <summary>Raised once, when the guest is stopped; waits end on it. Handlers must not block.</summary>
    public event Action? Stopped;

    /// <summary>Stops the guest and leaves the guest code of the calling thread.</summary>
    public GuestStoppedException Stop(string reason)
    {
        RequestStop(reason);
        return new GuestStoppedException(StopReason!);
    }

    /// <summary>Stops the guest from outside it.</summary>
    public void RequestStop(string reason)
    {
        if (Interlocked.CompareExchange(ref _stopReason, reason, null) is not null)
            return;
        lock (_services)
            SetSinks(_sinks);
        if (Observes(KernelEventKind.Stopped))
            Emit(KernelEvents.Stopped(reason));
        Stopped?.Invoke();
    }

    /// <summary>Called by the generated entries: takes guest threads out once the guest is stopped.</summary>
    public void ThrowIfStopped()
    {
        if (Volatile.Read(ref _stopReason) is { } reason)
            throw new GuestStoppedException(reason);
    }
}
