// TCP echo with .NET's sockets as their documentation shows it: one async loop for each connection, a buffer
// of its own, nothing allocated for a message. It knows nothing about measuring.
using System.Net;
using System.Net.Sockets;

namespace OpenWsk.Bench.Serving;

/// <summary>The .NET peer.</summary>
internal static class DotnetEcho
{
    private const int Backlog = 4096;

    public static Served Start(int port, int bufferBytes)
    {
        _ = Accept(Listen(port), socket => Echo(socket, bufferBytes));
        return Serving.Instance;
    }

    /// <summary>A listening socket.</summary>
    internal static Socket Listen(int port)
    {
        var listener = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        listener.SetSocketOption(SocketOptionLevel.Socket, SocketOptionName.ReuseAddress, true);
        listener.Bind(new IPEndPoint(IPAddress.Loopback, port));
        listener.Listen(Backlog);
        return listener;
    }

    /// <summary>Serves every connection that comes.</summary>
    internal static async Task Accept(Socket listener, Func<Socket, Task> serve)
    {
        while (true)
        {
            var socket = await listener.AcceptAsync().ConfigureAwait(false);
            socket.NoDelay = true;
            _ = serve(socket);
        }
    }

    private static async Task Echo(Socket socket, int bufferBytes)
    {
        Memory<byte> buffer = GC.AllocateUninitializedArray<byte>(bufferBytes, pinned: true);
        try
        {
            while (await socket.ReceiveAsync(buffer).ConfigureAwait(false) is var count and not 0)
            {
                for (var sent = 0; sent < count;)
                    sent += await socket.SendAsync(buffer[sent..count]).ConfigureAwait(false);
            }
        }
        catch (SocketException)
        {
            // The load resets its connections at the end.
        }
        socket.Dispose();
    }
}
