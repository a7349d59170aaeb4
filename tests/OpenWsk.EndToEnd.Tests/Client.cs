// A TCP client of the tests: sends bytes, ends its side, reads until the server has ended its own. It knows
// nothing about drivers.
using System.Net;
using System.Net.Sockets;

namespace OpenWsk.EndToEnd.Tests;

/// <summary>What a client does with a server that echoes.</summary>
internal static class Client
{
    // Far longer than any exchange takes: reaching it is a hang.
    private static readonly TimeSpan s_hangGuard = TimeSpan.FromMinutes(2);

    public static Socket Connect(int port, string address = "127.0.0.1")
    {
        var to = new IPEndPoint(IPAddress.Parse(address), port);
        var socket = new Socket(to.AddressFamily, SocketType.Stream, ProtocolType.Tcp)
        {
            ReceiveTimeout = (int)s_hangGuard.TotalMilliseconds,
            SendTimeout = (int)s_hangGuard.TotalMilliseconds,
        };
        socket.Connect(to);
        return socket;
    }

    /// <summary>Sends everything and ends its side while it reads everything that comes back.</summary>
    public static async Task<byte[]> Exchange(int port, byte[] bytes)
    {
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        await socket.ConnectAsync(IPAddress.Loopback, port);
        var sending = SendAll(socket, bytes);
        var received = await ReadToEnd(socket).WaitAsync(s_hangGuard);
        await sending;
        return received;
    }

    /// <summary>Reads only when nothing more can be sent, so that the way is always full.</summary>
    public static byte[] ExchangeReluctantly(int port, byte[] bytes)
    {
        using var socket = Connect(port);
        socket.Blocking = false;
        var received = new List<byte>();
        var buffer = new byte[4096];
        var sent = 0;
        while (sent < bytes.Length)
        {
            sent += socket.Send(bytes.AsSpan(sent), SocketFlags.None, out var error);
            if (error == SocketError.WouldBlock)
                Receive(socket, buffer, received);
        }
        socket.Shutdown(SocketShutdown.Send);
        while (Receive(socket, buffer, received)) { }
        return [.. received];
    }

    /// <summary>
    /// Runs a body that blocks on a thread of its own: the pool's are few, and grow one by one.
    /// </summary>
    public static Task<T> OnThread<T>(Func<T> body) => Task.Factory.StartNew(
        body, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);

    /// <summary>Reads until the server ends its side.</summary>
    public static async Task<byte[]> ReadToEnd(Socket socket)
    {
        using var all = new MemoryStream();
        var buffer = new byte[65536];
        for (int got; (got = await socket.ReceiveAsync(buffer)) != 0;)
            all.Write(buffer, 0, got);
        return all.ToArray();
    }

    /// <summary>Whether the server ends or resets the connection, after whatever it sends.</summary>
    public static async Task<bool> IsEnded(Socket socket)
    {
        try
        {
            await ReadToEnd(socket).WaitAsync(s_hangGuard);
        }
        catch (SocketException e)
        {
            return e.SocketErrorCode == SocketError.ConnectionReset;
        }
        return true;
    }

    private static async Task SendAll(Socket socket, byte[] bytes)
    {
        for (var sent = 0; sent < bytes.Length;)
            sent += await socket.SendAsync(bytes.AsMemory(sent));
        socket.Shutdown(SocketShutdown.Send);
    }

    private static bool Receive(Socket socket, byte[] buffer, List<byte> received)
    {
        Assert.True(socket.Poll(s_hangGuard, SelectMode.SelectRead), "the server sends nothing back");
        var got = socket.Receive(buffer);
        received.AddRange(buffer.AsSpan(0, got));
        return got != 0;
    }
}
