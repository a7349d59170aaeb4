// Sockets of every category as the test client makes them, and their functions by name, read from the very
// dispatch table that the socket points to. It knows the member order of wsk.h and nothing else.
using OpenWsk.Abi;
using static OpenWsk.Abi.NTSTATUS;
using static OpenWsk.Abi.WskConstants;

namespace OpenWsk.Provider.Tests;

public sealed partial class TestClient
{
    private static readonly string[] s_basic = ["WskControlSocket", "WskCloseSocket"];

    private static readonly Dictionary<uint, string[]> s_members = new()
    {
        [WSK_FLAG_BASIC_SOCKET] = s_basic,
        [WSK_FLAG_LISTEN_SOCKET] =
            [.. s_basic, "WskBind", "WskAccept", "WskInspectComplete", "WskGetLocalAddress"],
        [WSK_FLAG_DATAGRAM_SOCKET] =
        [
            .. s_basic, "WskBind", "WskSendTo", "WskReceiveFrom", "WskRelease", "WskGetLocalAddress",
            "WskSendMessages",
        ],
        [WSK_FLAG_CONNECTION_SOCKET] =
        [
            .. s_basic, "WskBind", "WskConnect", "WskGetLocalAddress", "WskGetRemoteAddress", "WskSend",
            "WskReceive", "WskDisconnect", "WskRelease", "WskConnectEx", "WskSendEx", "WskReceiveEx",
        ],
        [WSK_FLAG_STREAM_SOCKET] =
        [
            .. s_basic, "WskBind", "WskAccept", "WskConnect", "WskListen", "WskSend", "WskReceive",
            "WskDisconnect", "WskRelease", "WskGetLocalAddress", "WskGetRemoteAddress", "WskConnectEx",
            "WskSendEx", "WskReceiveEx",
        ],
    };

    // Categories of the sockets that Open made; any other is connection-oriented.
    private readonly Dictionary<nuint, uint> _categories = [];

    /// <summary>WskSocket with a category flag; TCP unless something else is said.</summary>
    public NTSTATUS TryOpen(
        TestIrp irp,
        uint category,
        ushort family = AF_INET,
        ushort type = SOCK_STREAM,
        uint protocol = IPPROTO_TCP,
        ulong context = 0,
        ulong dispatch = 0,
        ulong process = 0,
        ulong thread = 0,
        ulong descriptor = 0) =>
        World.Call(
            Table.WskSocket, Client, family, type, protocol, category, context, dispatch, process, thread,
            descriptor, irp);

    /// <summary>A socket of WskSocket; datagram sockets are UDP unless something else is said.</summary>
    public nuint Open(
        uint category,
        ushort family = AF_INET,
        ushort? type = null,
        uint? protocol = null,
        ulong context = 0,
        ulong dispatch = 0,
        ulong process = 0,
        ulong thread = 0,
        ulong descriptor = 0)
    {
        using var irp = Irp();
        var isDatagram = category == WSK_FLAG_DATAGRAM_SOCKET;
        TryOpen(
            irp, category, family, type ?? (isDatagram ? SOCK_DGRAM : SOCK_STREAM),
            protocol ?? (isDatagram ? IPPROTO_UDP : IPPROTO_TCP), context, dispatch, process, thread,
            descriptor);
        Assert.Equal(STATUS_SUCCESS, irp.Wait());
        _categories[irp.Information] = category;
        return irp.Information;
    }

    /// <summary>The code address of a function in the socket's dispatch table.</summary>
    public nuint Function(nuint socket, string name)
    {
        var category = _categories.GetValueOrDefault(socket, WSK_FLAG_CONNECTION_SOCKET);
        var member = Array.IndexOf(s_members[category], name);
        Assert.True(member >= 0, $"{name} is not in the table of the category");
        var table = new GuestPtr<WSK_SOCKET>(socket).Value.Dispatch;
        return GuestMemory.Read<nuint>(table + (nuint)(member * sizeof(ulong)));
    }
}
