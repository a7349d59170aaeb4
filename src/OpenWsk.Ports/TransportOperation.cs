// Operations that a transport carries out and completes on the dispatcher: connects, disconnects, sends. They
// are reusable and allocate nothing. They know nothing about IRPs; the provider's requests derive from them.
using OpenWsk.Abi;

namespace OpenWsk.Ports;

/// <summary>An operation that a transport completes exactly once. Reusable after completion.</summary>
public abstract class TransportOperation : DispatchItem
{
    /// <summary>Outcome; valid at completion.</summary>
    public NTSTATUS Status { get; set; }

    /// <summary>For the transport that runs the operation; nobody else touches it.</summary>
    public object? TransportState { get; set; }

    /// <summary>Called on the dispatcher when the operation has completed.</summary>
    protected abstract void OnCompleted();

    public sealed override void Run() => OnCompleted();
}

/// <summary>
/// A send: the bytes to send, as segments of guest memory that stay valid until completion. On a stream the
/// messages do not matter; on a datagram socket each message is one datagram.
/// </summary>
public abstract class SendOperation : TransportOperation
{
    /// <summary>Number of segments, over all messages.</summary>
    public abstract int SegmentCount { get; }

    /// <summary>Number of datagrams, at least 1.</summary>
    public virtual int MessageCount => 1;

    /// <summary>Whether a stream is not to wait for more before it sends this and all before it.</summary>
    public bool IsUndelayed { get; set; }

    /// <summary>Where datagrams go; family 0 on a stream.</summary>
    public EndpointAddress Destination { get; set; }

    /// <summary>What the datagrams of this send want beyond the socket's options.</summary>
    public DatagramControl Control { get; set; }

    /// <summary>The bytes of one segment; none is empty.</summary>
    public abstract Memory<byte> Segment(int index);

    /// <summary>
    /// Where one segment lies, for a transport that hands addresses on; allocates nothing. Address 0 says
    /// that the bytes are no guest memory and only <see cref="Segment"/> has them.
    /// </summary>
    public virtual GuestSegment SegmentAt(int index) => default;

    /// <summary>
    /// Index behind the last segment of a message; a message of no segments is an empty datagram.
    /// </summary>
    public virtual int MessageEnd(int message) => SegmentCount;
}
