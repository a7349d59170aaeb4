// Ports that belong to the asking test alone: beyond those that the system gives to whoever asks for any, in
// blocks of which each is one test process's. Tests that leave a port free and need it free take theirs from
// here: whoever binds it later or expects that nobody answers there. A port that the system had chosen would
// be anybody's as soon as it is free. It binds nothing that stays.
using System.Net;
using System.Net.Sockets;

namespace OpenWsk.TestSupport;

/// <summary>Hands out ports, each once in a process.</summary>
public static class OwnPorts
{
    // The model's worlds have ports of their own, from 15,000 on (ModelWorld.cs).
    private const int First = 2_000;
    private const int Last = 14_999;
    private const int BlockPorts = 100;

    private static readonly Lock s_gate = new();

    private static int s_block = Environment.ProcessId % Blocks;
    private static int s_next;
    private static int s_end;

    private static int Blocks => (Last + 1 - First) / BlockPorts;

    /// <summary>A port that is free for TCP and UDP, and that nobody else gets.</summary>
    public static ushort Next()
    {
        lock (s_gate)
        {
            while (true)
            {
                if (s_next == s_end)
                    ClaimBlock();
                var port = s_next++;
                if (IsFree(port))
                    return (ushort)port;
            }
        }
    }

    private static void ClaimBlock()
    {
        for (var tries = 0; tries < Blocks; tries++)
        {
            s_block = (s_block + 1) % Blocks;
            if (!Claim.TryMake($"ports-{s_block}"))
                continue;
            s_next = First + (s_block * BlockPorts);
            s_end = s_next + BlockPorts;
            return;
        }
        throw new InvalidOperationException("Every block of ports is some test process's.");
    }

    private static bool IsFree(int port) =>
        CanBind(IPAddress.Any, SocketType.Stream, port)
        && CanBind(IPAddress.Any, SocketType.Dgram, port)
        && (!Socket.OSSupportsIPv6
            || (CanBind(IPAddress.IPv6Any, SocketType.Stream, port)
                && CanBind(IPAddress.IPv6Any, SocketType.Dgram, port)));

    // Without a protocol .NET does not let the address be reused, so old connections count as well.
    private static bool CanBind(IPAddress address, SocketType type, int port)
    {
        try
        {
            using var probe = new Socket(address.AddressFamily, type, ProtocolType.Unspecified);
            probe.Bind(new IPEndPoint(address, port));
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }
}
