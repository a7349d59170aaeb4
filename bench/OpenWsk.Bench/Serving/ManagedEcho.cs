// TCP echo with our managed API: one async loop for each connection, as DotnetEcho.cs has it.
// It knows nothing about measuring.
using System.Net;

namespace OpenWsk.Bench.Serving;

/// <summary>Ours, as C# code.</summary>
internal static class ManagedEcho
{
    private const int BufferBytes = 4096;

    public static Served Start(int port, string net)
    {
        var host = Worlds.ForClients(net);
        var client = host.Register();
        var listener = client.ListenAsync(new IPEndPoint(IPAddress.Loopback, port)).AsTask().GetAwaiter().GetResult();
        _ = Accept(listener);
        return new ManagedServed(host);
    }

    private static async Task Accept(WskListener listener)
    {
        while (true)
            _ = Echo(await listener.AcceptAsync().ConfigureAwait(false));
    }

    private static async Task Echo(WskConnection connection)
    {
        Memory<byte> buffer = GC.AllocateUninitializedArray<byte>(BufferBytes, pinned: true);
        try
        {
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
