// A TCP address on loopback that answers no SYN: a listener whose backlog is full, so that Linux drops the
// next attempts, as a host behind a firewall would.
// It knows nothing about the transport under test.
using System.Net;
using System.Net.Sockets;
using OpenWsk.Ports;

namespace OpenWsk.Net.Host.Tests;

/// <summary>A listener that nobody can connect to.</summary>
internal sealed class SilentListener : IDisposable
{
    private readonly Socket _listener = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
    private readonly List<Socket> _fill = [];

    public SilentListener()
    {
        _listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        _listener.Listen(0);
        Address = EndpointAddress.From((IPEndPoint)_listener.LocalEndPoint!);

        // A backlog of 0 holds one connection; more attempts make sure of it whatever the system rounds to.
        for (var i = 0; i < 8; i++)
        {
            var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
            var connect = socket.ConnectAsync(_listener.LocalEndPoint!);
            _ = connect.ContinueWith(task => task.Exception, TaskScheduler.Default);
            _fill.Add(socket);
        }

        // Full it is only when the first of them has come.
        Assert.True(_listener.Poll(Waiting.HangGuard, SelectMode.SelectRead), "Nobody fills the backlog.");
    }

    public EndpointAddress Address { get; }

    public void Dispose()
    {
        _fill.ForEach(socket => socket.Dispose());
        _listener.Dispose();
    }
}
