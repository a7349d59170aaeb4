// Peers on the host: plain .NET sockets on loopback, blocking, with a guard against hanging tests.
// They know nothing about WSK. Their twin on the simulated network is SimPeers.cs.
using System.Net;
using System.Net.Sockets;
using OpenWsk.Abi;
using OpenWsk.Ports;
using OpenWsk.TestSupport;

namespace OpenWsk.Provider.Tests;

/// <summary>Loopback peers of the operating system.</summary>
internal sealed class HostPeers : IPeerNetwork, IDisposable
{
    // Far longer than any of these waits takes: reaching it is a hang, and the test fails with it.
    private const int HangGuardMs = 120_000;
    private readonly List<Socket> _reserved = [];

    public IPeerListener Listen(ushort family) => new Listener(Bind(family));

    // A port that is bound but does not listen refuses connections and is given to nobody else.
    public EndpointAddress ClosedPort(ushort family)
    {
        var socket = Bind(family);
        _reserved.Add(socket);
        return EndpointAddress.From((IPEndPoint)socket.LocalEndPoint!);
    }

    public EndpointAddress FreePort(ushort family) => EndpointAddress.From(Loopback(family), OwnPorts.Next());

    // A listener whose queue is full drops SYNs: with a backlog of 0 one connection fills it.
    public EndpointAddress Silent(ushort family)
    {
        var listener = Bind(family);
        listener.Listen(0);
        var filler = new Socket(listener.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        filler.Connect(listener.LocalEndPoint!);
        // The filler knows that it is connected a moment before the listener does.
        Assert.True(listener.Poll(TimeSpan.FromMilliseconds(HangGuardMs), SelectMode.SelectRead));
        _reserved.Add(listener);
        _reserved.Add(filler);
        return EndpointAddress.From((IPEndPoint)listener.LocalEndPoint!);
    }

    public IPeer? TryConnect(in EndpointAddress remote)
    {
        var endpoint = remote.ToIPEndPoint();
        var socket = new Socket(endpoint.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            socket.Connect(endpoint);
            return new Peer(socket);
        }
        catch (SocketException e) when (e.SocketErrorCode == SocketError.ConnectionReset)
        {
            // It stood, and was reset before this thread was told so.
            return new Peer(socket, isReset: true);
        }
        catch (SocketException e)
        {
            socket.Dispose();
            Assert.Equal(SocketError.ConnectionRefused, e.SocketErrorCode);
            return null;
        }
    }

    // The system answers for whoever listens, so a connection that was asked for stands at once.
    public IPeer BeginConnect(in EndpointAddress remote)
    {
        var peer = TryConnect(remote);
        Assert.NotNull(peer);
        return peer;
    }

    public void Dispose() => _reserved.ForEach(s => s.Dispose());

    private static IPAddress Loopback(ushort family) =>
        family == WskConstants.AF_INET ? IPAddress.Loopback : IPAddress.IPv6Loopback;

    private static Socket Bind(ushort family)
    {
        var address = Loopback(family);
        var socket = new Socket(address.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        socket.Bind(new IPEndPoint(address, 0));
        return socket;
    }

    private sealed class Listener : IPeerListener
    {
        private readonly Socket _socket;

        public Listener(Socket socket)
        {
            _socket = socket;
            _socket.ReceiveTimeout = HangGuardMs;
            _socket.Listen(128);
        }

        public EndpointAddress Address => EndpointAddress.From((IPEndPoint)_socket.LocalEndPoint!);

        public IPeer Accept() => new Peer(_socket.Accept());

        public void Dispose() => _socket.Dispose();
    }

    private sealed class Peer : IPeer
    {
        private readonly Socket _socket;
        private readonly bool _isReset;

        public Peer(Socket socket, bool isReset = false)
        {
            _socket = socket;
            _isReset = isReset;
            _socket.ReceiveTimeout = _socket.SendTimeout = HangGuardMs;
            _socket.NoDelay = true;
        }

        public EndpointAddress RemoteAddress => EndpointAddress.From((IPEndPoint)_socket.RemoteEndPoint!);

        public EndpointAddress LocalAddress => EndpointAddress.From((IPEndPoint)_socket.LocalEndPoint!);

        public void WaitUntilConnected() => Assert.True(_isReset || _socket.Connected);

        public bool IsTurnedAway() => !ReadsEnd();

        public void Send(ReadOnlySpan<byte> data)
        {
            while (!data.IsEmpty)
                data = data[_socket.Send(data)..];
        }

        public byte[] Receive(int lengthBytes)
        {
            var data = new byte[lengthBytes];
            for (var at = 0; at < lengthBytes;)
            {
                var got = _socket.Receive(data.AsSpan(at));
                Assert.NotEqual(0, got);
                at += got;
            }
            return data;
        }

        public bool ReadsEnd()
        {
            if (_isReset)
                return false;
            var rest = new byte[4096];
            try
            {
                while (_socket.Receive(rest) != 0)
                {
                }
                return true;
            }
            catch (SocketException e)
            {
                Assert.Equal(SocketError.ConnectionReset, e.SocketErrorCode);
                return false;
            }
        }

        public void ShutdownSend() => _socket.Shutdown(SocketShutdown.Send);

        public void Finish()
        {
            _socket.LingerState = new LingerOption(true, HangGuardMs / 1000);
            _socket.Close();
        }

        public void Reset()
        {
            _socket.LingerState = new LingerOption(true, 0);
            _socket.Close();
        }

        public void Dispose() => _socket.Dispose();
    }
}
