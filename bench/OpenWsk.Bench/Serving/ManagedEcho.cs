// TCP echo with our managed API: one async loop for each connection, as DotnetEcho.cs has it.
// It knows nothing about measuring.
using System.Net;

namespace OpenWsk.Bench.Serving;

/// <summary>Ours, as C# code.</summary>
internal static class ManagedEcho
{
    /// <param name="isInline">Continues on the dispatcher instead of the thread pool.</param>
    public static Served Start(int port, string net, int bufferBytes, bool isInline)
    {
        var host = Worlds.ForClients(
            net, isInline ? WskContinuations.Dispatcher : WskContinuations.ThreadPool);
        var client = host.Register();
        var local = new IPEndPoint(IPAddress.Loopback, port);
        _ = Accept(client.ListenAsync(local).AsTask().GetAwaiter().GetResult(), bufferBytes);
        return new ManagedServed(host);
    }

    private static async Task Accept(WskListener listener, int bufferBytes)
    {
        while (true)
            _ = Echo(await listener.AcceptAsync().ConfigureAwait(false), bufferBytes);
    }

    private static async Task Echo(WskConnection connection, int bufferBytes)
    {
        Memory<byte> buffer = GC.AllocateUninitializedArray<byte>(bufferBytes, pinned: true);
        try
        {
            await connection.SetOptionAsync(WskOptions.NoDelay, true).ConfigureAwait(false);
            while (await connection.ReceiveAsync(buffer).ConfigureAwait(false) is var count and not 0)
                await connection.SendAsync(buffer[..count]).ConfigureAwait(false);
        }
        catch (WskException)
        {
            // The load resets its connections at the end.
        }
        await connection.DisposeAsync().ConfigureAwait(false);
    }

    private sealed class ManagedServed(WskHost host) : Served
    {
        public override int OpenSockets => host.Provider.OpenSockets;
    }
}
