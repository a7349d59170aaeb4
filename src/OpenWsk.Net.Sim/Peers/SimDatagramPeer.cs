// A datagram socket for scripted peers: blocking calls from threads of the world, over the same socket that a
// provider has. It knows nothing about the provider.
using System.Net;
using OpenWsk.Abi;
using OpenWsk.Ports;

namespace OpenWsk.Net.Sim.Peers;

/// <summary>
/// A scripted peer's UDP or raw socket. Calls block the calling thread of the world in virtual time.
/// </summary>
public sealed class SimDatagramPeer : IDatagramEvents
{
    private readonly Waiters _waiters;
    private readonly IDatagramSocket _socket;
    private bool _isReceivable;

    internal SimDatagramPeer(SimHost host, in EndpointAddress local, ushort type, uint protocol)
    {
        _waiters = new Waiters(host.Scheduler);
        Require(host.Transport.CreateDatagram(local.Family, type, protocol, this, out var socket));
        _socket = socket!;
        var status = _socket.Bind(local, isShared: false);
        if (status != NTSTATUS.STATUS_SUCCESS)
            _socket.Close();
        Require(status);
    }

    public EndpointAddress LocalAddress => _socket.LocalAddress;

    /// <summary>Sends one datagram to "10.0.0.1:53" or "[fd00::1]:53".</summary>
    /// <remarks>Errors: throws <see cref="SimConnectionException"/> with the status of the failure.</remarks>
    public void Send(string destination, ReadOnlySpan<byte> source) =>
        Send(EndpointAddress.From(IPEndPoint.Parse(destination)), source);

    /// <summary>Sends one datagram.</summary>
    /// <remarks>Errors: throws <see cref="SimConnectionException"/> with the status of the failure.</remarks>
    public void Send(
        in EndpointAddress destination, ReadOnlySpan<byte> source, DatagramControl control = default)
    {
        var operation = new OneMessage(source.ToArray()) { Destination = destination, Control = control };
        _socket.Send(operation);
        Require(operation.Status);
    }

    /// <summary>Takes a datagram if there is one.</summary>
    public bool TryReceive(Span<byte> destination, out int bytes, out DatagramInfo info)
    {
        var status = _socket.TryReceive(destination, out bytes, out info);
        if (status == NTSTATUS.STATUS_PENDING)
            return false;
        Require(status);
        return true;
    }

    /// <summary>Waits for a datagram and takes it; says how many bytes of it there are.</summary>
    /// <remarks>Errors: throws <see cref="SimConnectionException"/> with the status of the failure.</remarks>
    public int Receive(Span<byte> destination, out DatagramInfo info)
    {
        int bytes;
        while (!TryReceive(destination, out bytes, out info))
        {
            _isReceivable = false;
            _socket.ArmReceive();
            _waiters.WaitWhile(() => !_isReceivable);
        }
        return bytes;
    }

    /// <summary>Sets an option of the socket; throws where it cannot be set.</summary>
    public void SetOption(uint level, uint name, ReadOnlySpan<byte> value) =>
        Require(_socket.SetOption(level, name, value));

    /// <summary>Sets an option of the socket that is a ULONG; throws where it cannot be set.</summary>
    public void SetOption(uint level, uint name, uint value) =>
        SetOption(level, name, BitConverter.GetBytes(value));

    /// <summary>Joins a multicast group on the default interface.</summary>
    public void Join(string group)
    {
        var address = IPAddress.Parse(group).GetAddressBytes();
        if (address.Length == 4)
            SetOption(WskConstants.IPPROTO_IP, WskConstants.IP_ADD_MEMBERSHIP, [.. address, 0, 0, 0, 0]);
        else
            SetOption(WskConstants.IPPROTO_IPV6, WskConstants.IPV6_ADD_MEMBERSHIP, [.. address, 0, 0, 0, 0]);
    }

    /// <summary>Closes the socket; what it had not received is gone.</summary>
    public void Close() => _socket.Close();

    void IDatagramEvents.OnReceivable() => Wake();

    void ISocketEvents.OnBroken() => Wake();

    private void Wake()
    {
        _isReceivable = true;
        _waiters.Wake();
    }

    private static void Require(NTSTATUS status)
    {
        if (status != NTSTATUS.STATUS_SUCCESS)
            throw new SimConnectionException(status);
    }

    private sealed class OneMessage(byte[] bytes) : SendOperation
    {
        public override int SegmentCount => bytes.Length == 0 ? 0 : 1;

        public override Memory<byte> Segment(int index) => bytes;

        protected override void OnCompleted() =>
            throw new InvalidOperationException("A datagram's send completes on return.");
    }
}
