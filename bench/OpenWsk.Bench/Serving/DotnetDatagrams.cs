// UDP echo with .NET's sockets, without an allocation for a datagram: the overloads with SocketAddress.
// It knows nothing about measuring.
using System.Net;
using System.Net.Sockets;

namespace OpenWsk.Bench.Serving;

/// <summary>The .NET peer for datagrams.</summary>
internal static class DotnetDatagrams
{
    private const int RoomBytes = 4 << 20;

    public static Served Start(int port)
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp)
        {
            ReceiveBufferSize = RoomBytes,
        };
        socket.Bind(new IPEndPoint(IPAddress.Loopback, port));
        _ = Echo(socket);
        return Serving.Instance;
    }

    private static async Task Echo(Socket socket)
    {
        Memory<byte> buffer = GC.AllocateUninitializedArray<byte>(65_536, pinned: true);
        var peer = new SocketAddress(AddressFamily.InterNetwork);
        while (true)
        {
            var count = await socket.ReceiveFromAsync(buffer, SocketFlags.None, peer).ConfigureAwait(false);
            await socket.SendToAsync(buffer[..count], SocketFlags.None, peer).ConfigureAwait(false);
        }
    }
}
