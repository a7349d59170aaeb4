// Part of SimDatagramSocket: the queue of what has arrived, bounded by SO_RCVBUF, and the joining of equal
// datagrams (UDP_RECV_MAX_COALESCED_SIZE). It knows nothing about how a datagram found this socket.
using OpenWsk.Abi;
using OpenWsk.Ports;
using static OpenWsk.Abi.WskConstants;

namespace OpenWsk.Net.Sim.Datagrams;

internal sealed partial class SimDatagramSocket
{
    private readonly Queue<Arrival> _queue = [];
    private readonly ArmedEvent _receivable;
    private long _queuedBytes;

    public NTSTATUS TryReceive(Span<byte> destination, out int bytes, out DatagramInfo info)
    {
        bytes = 0;
        info = default;
        var status = CheckUsable();
        if (status != NTSTATUS.STATUS_SUCCESS)
            return status;
        if (_queue.Count == 0)
            return NTSTATUS.STATUS_PENDING;
        var first = Take();
        if (first.Status != NTSTATUS.STATUS_SUCCESS)
            return first.Status;
        bytes = Math.Min(destination.Length, first.Payload.Length);
        first.Payload.Span[..bytes].CopyTo(destination);
        info = first.Info with { IsTruncated = bytes < first.Payload.Length };
        if (!info.IsTruncated)
            info = info with { SegmentBytes = JoinEqual(first, destination, ref bytes) };
        return NTSTATUS.STATUS_SUCCESS;
    }

    public void ArmReceive() => _receivable.Arm();

    /// <summary>
    /// A datagram for this socket has arrived; the newest is dropped when the queue is full.
    /// </summary>
    public void Deliver(Packet packet, ReadOnlyMemory<byte> payload, in DatagramInfo info)
    {
        var limit = _options.Number(SOL_SOCKET, SO_RCVBUF);
        if (_queue.Count > 0 && _queuedBytes + Math.Max(1, payload.Length) > limit)
            return;
        Add(new Arrival(NTSTATUS.STATUS_SUCCESS, payload, info with
        {
            Source = Told(packet.Source),
            Destination = Told(packet.Destination.WithoutPort()),
            HopLimit = packet.HopLimit,
            TrafficClass = packet.TrafficClass,
        }));
    }

    /// <summary>A host says that nobody took a datagram of this socket.</summary>
    public void OnPortUnreachable(bool isV6)
    {
        if (_host.TellsPortUnreachable || Option(isV6, IP_RECVERR, IPV6_RECVERR) != 0)
            Add(new Arrival(NTSTATUS.STATUS_PORT_UNREACHABLE, default, default));
    }

    private bool IsReceivable() => _queue.Count > 0 || _failure != NTSTATUS.STATUS_SUCCESS;

    private void Add(in Arrival arrival)
    {
        _queue.Enqueue(arrival);
        _queuedBytes += arrival.QueuedBytes;
        _receivable.Signal();
    }

    private Arrival Take()
    {
        var arrival = _queue.Dequeue();
        _queuedBytes -= arrival.QueuedBytes;
        return arrival;
    }

    // Appends what follows while it is from the same sender in the same way and fits; a shorter one is the
    // last.
    private int JoinEqual(in Arrival first, Span<byte> destination, ref int bytes)
    {
        var limit = IsRaw ? 0 : (int)_options.Number(IPPROTO_UDP, UDP_RECV_MAX_COALESCED_SIZE);
        limit = Math.Min(limit, destination.Length);
        var length = first.Payload.Length;
        var isJoined = false;
        while (length > 0 && _queue.TryPeek(out var next)
            && next.Status == NTSTATUS.STATUS_SUCCESS && next.Info == first.Info
            && next.Payload.Length > 0 && next.Payload.Length <= length
            && bytes + next.Payload.Length <= limit)
        {
            next.Payload.Span.CopyTo(destination[bytes..]);
            bytes += next.Payload.Length;
            isJoined = true;
            Take();
            if (next.Payload.Length < length)
                break;
        }
        return isJoined ? length : 0;
    }

    /// <summary>
    /// What TryReceive says next: a datagram, or the status of a failure that was reported.
    /// </summary>
    private readonly record struct Arrival(NTSTATUS Status, ReadOnlyMemory<byte> Payload, DatagramInfo Info)
    {
        // An empty datagram counts too, so that the queue stays bounded.
        public int QueuedBytes => Math.Max(1, Payload.Length);
    }
}
