// An ordinary TCP server for tests: a listener of .NET, and the peer of the one connection that a test makes.
// It knows nothing about WSK.
using System.Net;
using System.Net.Sockets;
using OpenWsk.TestSupport;

namespace OpenWsk.Tests;

/// <summary>A listener on loopback.</summary>
internal sealed class Peer : IDisposable
{
    private readonly Socket _listener;

    public Peer(IPAddress? address = null)
    {
        _listener =
            new Socket((address ?? IPAddress.Loopback).AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        _listener.Bind(new IPEndPoint(address ?? IPAddress.Loopback, 0));
        _listener.Listen();
    }

    public IPEndPoint Address => (IPEndPoint)_listener.LocalEndPoint!;

    public Task<Socket> Accept() => _listener.AcceptAsync();

    /// <summary>An address of loopback at which nobody is or comes.</summary>
    public static IPEndPoint NobodyAt() => new(IPAddress.Loopback, OwnPorts.Next());

    /// <summary>Sends back whatever one connection sends, until its end.</summary>
    /// <remarks>
    /// On the thread pool, as a server would: going back to a test's own context allocates.
    /// </remarks>
    public Task Echo() => Task.Run(EchoOne);

    public void Dispose() => _listener.Dispose();

    private async Task EchoOne()
    {
        using var socket = await Accept();
        var buffer = new byte[64 * 1024];
        for (int count; (count = await socket.ReceiveAsync(buffer.AsMemory())) > 0;)
            await socket.SendAsync(buffer.AsMemory(0, count));
        socket.Shutdown(SocketShutdown.Send);
    }
}
