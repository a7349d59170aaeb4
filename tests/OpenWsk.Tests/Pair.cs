// A connection between the managed API and an ordinary TCP socket of the host. It knows nothing about what a
// test sends over it.
using System.Net.Sockets;
using System.Text;

namespace OpenWsk.Tests;

/// <summary>Both ends of a connection.</summary>
internal sealed class Pair : IAsyncDisposable
{
    private Pair(WskConnection ours, Socket theirs)
    {
        Ours = ours;
        Theirs = theirs;
    }

    public WskConnection Ours { get; }

    public Socket Theirs { get; }

    public static async Task<Pair> Make(WskClient client)
    {
        using var peer = new Peer();
        var accepting = peer.Accept();
        var ours = await client.ConnectAsync(peer.Address);
        return new Pair(ours, await accepting);
    }

    public void Send(string text) => Theirs.Send(Encoding.ASCII.GetBytes(text));

    public void Reset()
    {
        Theirs.LingerState = new LingerOption(true, 0);
        Theirs.Dispose();
    }

    /// <summary>Waits until so much has come by callback and was not taken.</summary>
    public async Task UntilKept(int bytes)
    {
        var events = Ours.Operations.Callbacks.Connections(Ours.Context);
        while (!events.Data.TryPeek(out var entry) || entry.Data.Length < bytes)
            await Task.Yield();
    }

    public async ValueTask DisposeAsync()
    {
        await Ours.DisposeAsync();
        Theirs.Dispose();
    }
}
