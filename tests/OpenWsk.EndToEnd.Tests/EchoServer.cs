// A loopback echo server for many short connections: the other end of the endurance tests. It sends back what
// it gets until the peer ends or resets. It knows nothing about drivers.
using System.Net;
using System.Net.Sockets;

namespace OpenWsk.EndToEnd.Tests;

/// <summary>Echoes on a free port.</summary>
internal sealed class EchoServer : IDisposable
{
    private readonly Socket _listener = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
    private readonly Task _accepting;

    public EchoServer()
    {
        _listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        _listener.Listen(512);
        _accepting = AcceptAll();
    }

    public int Port => ((IPEndPoint)_listener.LocalEndPoint!).Port;

    public void Dispose()
    {
        _listener.Dispose();
        _accepting.Wait();
    }

    private async Task AcceptAll()
    {
        try
        {
            while (true)
                _ = Echo(await _listener.AcceptAsync());
        }
        catch (SocketException)
        {
            // The listener was closed: the test is over.
        }
        catch (ObjectDisposedException)
        {
            // The same, noticed a moment earlier.
        }
    }

    private static async Task Echo(Socket connection)
    {
        using (connection)
        {
            var buffer = new byte[256];
            try
            {
                for (int got; (got = await connection.ReceiveAsync(buffer)) != 0;)
                    await connection.SendAsync(buffer.AsMemory(0, got));
            }
            catch (SocketException)
            {
                // The peer has reset the connection, as these tests ask it to.
            }
        }
    }
}
