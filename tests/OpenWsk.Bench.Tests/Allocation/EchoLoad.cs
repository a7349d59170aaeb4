// A load for a server in another process: messages of 64 bytes over some sockets, one under way on each, and
// two groups of sockets in turn, so that the server has work while answers are read. One thread, blocking
// sockets. It knows nothing about who answers or what is counted.
using System.Net;
using System.Net.Sockets;

namespace OpenWsk.Bench.Tests.Allocation;

/// <summary>Sends messages and waits for their echoes.</summary>
internal sealed class EchoLoad : IDisposable
{
    private const int MessageBytes = 64;
    private const int Groups = 2;
    private const int BurstMessages = 2;
    private static readonly TimeSpan s_hangGuard = TimeSpan.FromSeconds(60);

    private readonly byte[] _message = new byte[MessageBytes];
    private readonly byte[] _answer = new byte[MessageBytes];
    private readonly Socket[][] _groups;

    /// <param name="port">Of 127.0.0.1.</param>
    /// <param name="sockets">Number of connections, or of sockets for datagrams.</param>
    /// <param name="isStream">TCP; otherwise UDP.</param>
    public EchoLoad(int port, int sockets, bool isStream)
    {
        new Random(1).NextBytes(_message);
        var all = Enumerable.Range(0, sockets).Select(_ => Connect(port, isStream));
        _groups = [.. all.Chunk(sockets / Groups)];
    }

    /// <summary>Number of sockets.</summary>
    public int Sockets => _groups.Sum(group => group.Length);

    /// <summary>Sends at least so many messages; all of their echoes have come when it returns.</summary>
    /// <remarks>Errors: SocketException when no answer comes for a minute.</remarks>
    public int Run(int messages)
    {
        Send(_groups[0]);
        var sent = _groups[0].Length;
        for (var next = 1; ; next = (next + 1) % Groups)
        {
            var isLast = sent >= messages;
            if (!isLast)
            {
                Send(_groups[next]);
                sent += _groups[next].Length;
            }
            Receive(_groups[(next + Groups - 1) % Groups]);
            if (isLast)
                return sent;
        }
    }

    /// <summary>Sends on all sockets, more than <see cref="Run"/> ever has under way, and waits.</summary>
    public void Burst()
    {
        for (var i = 0; i < BurstMessages; i++)
        {
            foreach (var group in _groups)
                Send(group);
        }
        for (var i = 0; i < BurstMessages; i++)
        {
            foreach (var group in _groups)
                Receive(group);
        }
    }

    public void Dispose()
    {
        foreach (var socket in _groups.SelectMany(group => group))
            socket.Dispose();
    }

    private static Socket Connect(int port, bool isStream)
    {
        var socket = isStream
            ? new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true }
            : new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
        socket.ReceiveTimeout = (int)s_hangGuard.TotalMilliseconds;
        socket.Connect(new IPEndPoint(IPAddress.Loopback, port));
        return socket;
    }

    private void Send(Socket[] group)
    {
        foreach (var socket in group)
            socket.Send(_message);
    }

    private void Receive(Socket[] group)
    {
        foreach (var socket in group)
        {
            for (var received = 0; received < MessageBytes;)
            {
                var count = socket.Receive(_answer, received, MessageBytes - received, SocketFlags.None);
                if (count == 0)
                    throw new InvalidOperationException("the server ended a connection");
                received += count;
            }
            if (!_answer.AsSpan().SequenceEqual(_message))
                throw new InvalidOperationException("an echo is not what was sent");
        }
    }
}
