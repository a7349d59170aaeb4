// Connections made and reset with .NET's sockets, some chains of that at a time.
// It knows nothing about measuring.
using System.Diagnostics;
using System.Net;
using System.Net.Sockets;

namespace OpenWsk.Bench.Serving;

/// <summary>The .NET peer that connects.</summary>
internal sealed class DotnetConnects(int port, int atOnce) : Served
{
    private readonly IPEndPoint _remote = new(IPAddress.Loopback, port);
    private readonly LingerOption _reset = new(true, 0);
    private long _failed;

    protected override (long Done, long Failed) Run(int lengthMs)
    {
        _failed = 0;
        var deadline = Stopwatch.GetTimestamp() + (lengthMs * Stopwatch.Frequency / 1000);
        var chains = Enumerable.Range(0, atOnce).Select(_ => Chain(deadline)).ToArray();
        return (Task.WhenAll(chains).GetAwaiter().GetResult().Sum(), _failed);
    }

    private async Task<long> Chain(long deadline)
    {
        var done = 0L;
        while (Stopwatch.GetTimestamp() < deadline)
        {
            using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
            try
            {
                await socket.ConnectAsync(_remote).ConfigureAwait(false);
                done++;
            }
            catch (SocketException)
            {
                Interlocked.Increment(ref _failed);
            }
            socket.LingerState = _reset;
        }
        return done;
    }
}
