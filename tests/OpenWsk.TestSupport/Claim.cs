// Names of which each is one process's on this machine, until it ends: how test processes that run side by
// side share out what the network has once. It knows nothing about what the names stand for: OwnPorts.cs,
// OwnProtocol.cs, OwnAddress.cs.
using System.Net.Sockets;

namespace OpenWsk.TestSupport;

/// <summary>Names that only one process has.</summary>
internal static class Claim
{
    // Names of sockets end with the process, however it ends, and every network namespace has its own, as it
    // has its own ports.
    private static readonly List<Socket> s_made = [];

    /// <summary>Takes a name; false when a process has it already.</summary>
    public static bool TryMake(string name)
    {
        var socket = new Socket(AddressFamily.Unix, SocketType.Dgram, ProtocolType.Unspecified);
        try
        {
            // A name that begins with a zero is in no folder.
            socket.Bind(new UnixDomainSocketEndPoint("\0openwsk-test-" + name));
        }
        catch (SocketException)
        {
            socket.Dispose();
            return false;
        }
        lock (s_made)
            s_made.Add(socket);
        return true;
    }
}
