// The other end of datagrams in a contract test: a plain .NET socket on the host's arm, a socket of the
// transport itself on the simulated one. It knows nothing about WSK.
using System.Net;
using System.Net.Sockets;
using OpenWsk.Abi;
using OpenWsk.Kernel;
using OpenWsk.Ports;

namespace OpenWsk.Provider.Tests;

/// <summary>A UDP peer on loopback; every call waits as long as it must.</summary>
public abstract class DatagramPeer : IDisposable
{
    public abstract EndpointAddress Address { get; }

    public static DatagramPeer Open(ContractWorld world, ushort family = WskConstants.AF_INET) =>
        Open(world, TestClient.Loopback(family));

    public static DatagramPeer Open(ContractWorld world, EndpointAddress local) =>
        world.Network is null ? new HostPeer(local) : new TransportPeer(world, local);

    public abstract void Send(ReadOnlySpan<byte> data, EndpointAddress to);

    public abstract (byte[] Data, EndpointAddress From) Receive();

    public abstract void Dispose();

    private sealed class HostPeer : DatagramPeer
    {
        // Far longer than any of these waits takes: reaching it is a hang, and the test fails with it.
        private const int HangGuardMs = 120_000;
        private readonly Socket _socket;

        public HostPeer(EndpointAddress local)
        {
            var endpoint = local.ToIPEndPoint();
            _socket = new Socket(endpoint.AddressFamily, SocketType.Dgram, ProtocolType.Udp)
            {
                ReceiveTimeout = HangGuardMs,
                EnableBroadcast = true,
            };
            _socket.Bind(endpoint);
        }

        public override EndpointAddress Address => EndpointAddress.From((IPEndPoint)_socket.LocalEndPoint!);

        public override void Send(ReadOnlySpan<byte> data, EndpointAddress to) =>
            Assert.Equal(data.Length, _socket.SendTo(data, to.ToIPEndPoint()));

        public override (byte[] Data, EndpointAddress From) Receive()
        {
            var buffer = new byte[65536];
            EndPoint from = new IPEndPoint(Address.IsV6 ? IPAddress.IPv6Any : IPAddress.Any, 0);
            var count = _socket.ReceiveFrom(buffer, ref from);
            return (buffer[..count], EndpointAddress.From((IPEndPoint)from));
        }

        public override void Dispose() => _socket.Dispose();
    }

    private sealed class TransportPeer : DatagramPeer, IDatagramEvents
    {
        private readonly Executive _executive;
        private readonly ManagedEvent _receivable;
        private readonly IDatagramSocket _socket;

        public TransportPeer(ContractWorld world, EndpointAddress local)
        {
            _executive = world.Executive;
            _receivable = new ManagedEvent(_executive, EVENT_TYPE.SynchronizationEvent);
            world.Transport.CreateDatagram(
                local.Family, WskConstants.SOCK_DGRAM, WskConstants.IPPROTO_UDP, this, out var socket);
            _socket = socket!;
            Assert.Equal(
                NTSTATUS.STATUS_SUCCESS,
                _socket.SetOption(
                    WskConstants.SOL_SOCKET, WskConstants.SO_BROADCAST, BitConverter.GetBytes(1)));
            Assert.Equal(NTSTATUS.STATUS_SUCCESS, _socket.Bind(local, false));
        }

        public override EndpointAddress Address => _socket.LocalAddress;

        public override void Send(ReadOnlySpan<byte> data, EndpointAddress to)
        {
            using var send = new PeerSend(_executive, data.ToArray()) { Destination = to };
            if (!_socket.Send(send))
                send.Wait();
            Assert.Equal(NTSTATUS.STATUS_SUCCESS, send.Status);
        }

        public override (byte[] Data, EndpointAddress From) Receive()
        {
            var buffer = new byte[65536];
            while (true)
            {
                var status = _socket.TryReceive(buffer, out var count, out var info);
                if (status == NTSTATUS.STATUS_SUCCESS)
                    return (buffer[..count], info.Source);
                Assert.Equal(NTSTATUS.STATUS_PENDING, status);
                _socket.ArmReceive();
                _receivable.Wait();
            }
        }

        public void OnReceivable() => _receivable.Set();

        public void OnBroken()
        {
        }

        public override void Dispose()
        {
            _socket.Close();
            _receivable.Dispose();
        }
    }

    private sealed class PeerSend(Executive executive, byte[] data) : SendOperation, IDisposable
    {
        private readonly ManagedEvent _over = new(executive);

        public override int SegmentCount => data.Length == 0 ? 0 : 1;

        public override Memory<byte> Segment(int index) => data;

        public void Wait() => _over.Wait();

        public void Dispose() => _over.Dispose();

        protected override void OnCompleted() => _over.Set();
    }
}
