// A UDP or raw socket of a transport, and what goes with a datagram beyond its bytes. It knows nothing about
// fixed addresses or about the layout of control information in guest memory.
using OpenWsk.Abi;

namespace OpenWsk.Ports;

/// <summary>A socket that sends and receives datagrams.</summary>
public interface IDatagramSocket : ITransportSocket
{
    /// <summary>
    /// Sends each message of the operation as one datagram to its Destination; true when complete on return.
    /// Errors: STATUS_INVALID_BUFFER_SIZE (too long), STATUS_ACCESS_DENIED (broadcast without SO_BROADCAST),
    /// STATUS_NETWORK_UNREACHABLE, STATUS_HOST_UNREACHABLE, STATUS_INVALID_ADDRESS_COMPONENT (a source that
    /// is not local), STATUS_NOT_SUPPORTED (control that the host cannot do). After an error the datagrams
    /// behind the failing one are not sent.
    /// </summary>
    bool Send(SendOperation operation);

    /// <summary>
    /// Takes one datagram without waiting: STATUS_SUCCESS, also for an empty one; STATUS_PENDING when there
    /// is none; STATUS_PORT_UNREACHABLE when the host reports that (the socket goes on). Bytes that do not
    /// fit are lost and said so in the info.
    /// </summary>
    NTSTATUS TryReceive(Span<byte> destination, out int bytes, out DatagramInfo info);

    /// <summary>
    /// Takes one datagram as <see cref="TryReceive"/> does, but leaves its bytes where they lie, in guest
    /// memory: they stay valid and unchanged until <see cref="Return"/>. It is never truncated and may be
    /// empty. STATUS_NOT_SUPPORTED when the transport has nothing that it could lend now; TryReceive then
    /// says what there is.
    /// </summary>
    NTSTATUS TryLend(out LentBytes lent, out DatagramInfo info)
    {
        lent = default;
        info = default;
        return NTSTATUS.STATUS_NOT_SUPPORTED;
    }

    /// <summary>
    /// Gives a lent datagram back: on any thread, once each, also after <see cref="ITransportSocket.Close"/>.
    /// </summary>
    void Return(in LentBytes lent)
    {
    }

    /// <summary>
    /// Asks for one <see cref="IDatagramEvents.OnReceivable"/> as soon as TryReceive would not say
    /// STATUS_PENDING.
    /// </summary>
    void ArmReceive();
}

/// <summary>What a datagram socket tells its owner, on the dispatcher.</summary>
public interface IDatagramEvents : ISocketEvents
{
    /// <summary>
    /// TryReceive has something to say. Comes once for each <see cref="IDatagramSocket.ArmReceive"/>.
    /// </summary>
    void OnReceivable();
}

/// <summary>What comes with a received datagram; what the host did not tell is absent.</summary>
public readonly record struct DatagramInfo
{
    /// <summary>The sender; for a raw socket with port 0.</summary>
    public EndpointAddress Source { get; init; }

    /// <summary>The address that the datagram was sent to, port 0; family 0 when not known.</summary>
    public EndpointAddress Destination { get; init; }

    /// <summary>Index of the interface that it came in on; 0 when not known.</summary>
    public uint InterfaceIndex { get; init; }

    /// <summary>TTL or hop limit; null when not known.</summary>
    public byte? HopLimit { get; init; }

    /// <summary>TOS or traffic class, ECN in its two low bits; null when not known.</summary>
    public byte? TrafficClass { get; init; }

    /// <summary>
    /// Length of each datagram, but for the last, that the host has joined into this one; 0 when it is one.
    /// </summary>
    public int SegmentBytes { get; init; }

    /// <summary>It was longer than the destination.</summary>
    public bool IsTruncated { get; init; }

    /// <summary>It was sent to a broadcast address.</summary>
    public bool IsBroadcast { get; init; }

    /// <summary>It was sent to a multicast address.</summary>
    public bool IsMulticast { get; init; }
}

/// <summary>What the sender of datagrams asks for, beyond the socket's options.</summary>
public readonly record struct DatagramControl
{
    /// <summary>Source address, port ignored; family 0 to leave the choice to routing.</summary>
    public EndpointAddress Source { get; init; }

    /// <summary>Interface to send on; 0 to leave the choice to routing.</summary>
    public uint InterfaceIndex { get; init; }

    /// <summary>TTL or hop limit; null for the socket's.</summary>
    public byte? HopLimit { get; init; }

    /// <summary>TOS or traffic class without its ECN bits; null for the socket's.</summary>
    public byte? TrafficClass { get; init; }

    /// <summary>ECN codepoint, 0 to 3; null for the socket's.</summary>
    public byte? Ecn { get; init; }

    /// <summary>Cut each message into datagrams of this length (UDP_SEND_MSG_SIZE); 0 for none.</summary>
    public int SegmentBytes { get; init; }
}
