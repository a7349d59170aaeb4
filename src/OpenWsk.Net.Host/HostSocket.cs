// What every socket of this transport has, whatever its kind: a place in the transport's list, leave for
// others to use its port, and one last word to its owner when the system has taken it away. It knows nothing
// about bytes or datagrams. Next: SystemStream.cs, HostDatagram.cs.
using System.Net.Sockets;
using OpenWsk.Ports;

namespace OpenWsk.Net.Host;

/// <summary>A socket of the host.</summary>
internal abstract class HostSocket
{
    // Nothing of the calling thread's context belongs on the dispatcher, and capturing it costs.
    protected const bool WithoutExecutionContext = true;

    private BrokenItem? _broken;
    private Neighbours<HostSocket> _neighbours;

    protected HostSocket(HostTransport transport)
    {
        Transport = transport;
    }

    /// <summary>The transport that made it.</summary>
    public HostTransport Transport { get; }

    /// <summary>How the transport's set of sockets is linked, which its lock guards.</summary>
    public readonly struct MadeLinks : ILinks<HostSocket>
    {
        public ref Neighbours<HostSocket> Of(HostSocket item) => ref item._neighbours;
    }

    /// <summary>Whether its ports are TCP's; otherwise they are UDP's.</summary>
    public abstract bool IsStream { get; }

    /// <summary>The system's socket; null when there is none at the moment.</summary>
    public abstract SafeSocketHandle? Handle { get; }

    /// <summary>The dispatcher that is told.</summary>
    protected virtual int DispatchProcessor => 0;

    protected IScheduler Scheduler => Transport.Scheduler;

    /// <summary>Whether the owner has been told that the system has taken the socket away.</summary>
    protected bool IsToldBroken => _broken is not null;

    /// <summary>Whom to tell; null when the socket has ended or nobody owns it yet.</summary>
    protected abstract ISocketEvents? Events { get; }

    /// <summary>Lets others use our port; see <see cref="HostTransport.WithSharing"/>.</summary>
    public abstract bool TryAllowReuse(ushort port);

    /// <summary>Takes back what <see cref="TryAllowReuse"/> gave.</summary>
    public abstract void ForbidReuse();

    /// <summary>Tells the owner, once, that the system has taken the socket away.</summary>
    public void TellBroken()
    {
        var item = new BrokenItem(this) { Processor = DispatchProcessor };
        if (Interlocked.CompareExchange(ref _broken, item, null) is null)
        {
            Scheduler.Post(item);
        }
    }

    private sealed class BrokenItem(HostSocket socket) : DispatchItem
    {
        public override void Run() => socket.Events?.OnBroken();
    }
}
