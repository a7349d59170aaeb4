// Stream sockets and their two roles. Rules: group STREAM, CONN-08, CONN-18, CONN-21, LISTEN-07, SOCK-10,
// ADDR-13, ADDR-14, REL-13, DIFF-17, OPEN-06.
using OpenWsk.Abi;
using OpenWsk.Kernel;
using OpenWsk.TestSupport;
using static OpenWsk.Abi.NTSTATUS;
using static OpenWsk.Abi.WskConstants;

namespace OpenWsk.Provider.Tests;

public sealed class StreamTests
{
    private static readonly string[] s_members =
    [
        "WskControlSocket", "WskCloseSocket", "WskBind", "WskAccept", "WskConnect", "WskListen", "WskSend",
        "WskReceive", "WskDisconnect", "WskRelease", "WskGetLocalAddress", "WskGetRemoteAddress",
        "WskConnectEx", "WskSendEx", "WskReceiveEx",
    ];

    [ArmTheory]
    [Rule("SOCK-10")]
    [Rule("STREAM-02")]
    [Rule("STREAM-03")]
    [Rule("STREAM-04")]
    [Rule("STREAM-11")]
    [Rule("CONN-21")]
    [Rule("ADDR-14")]
    [Rule("REL-13")]
    public void STREAM_03_the_table_serves_both_roles(Arm arm) => ContractWorld.Run(arm, world =>
    {
        using var client = new TestClient(world);
        var socket = client.Open(WSK_FLAG_STREAM_SOCKET);
        var table = new GuestPtr<WSK_SOCKET>(socket).Value.Dispatch;

        for (var i = 0; i < s_members.Length; i++)
        {
            Assert.Equal(
                world.Executive.Code.AddressOf(world.Executive.Routines.Get(Libraries.Wsk, s_members[i])),
                GuestMemory.Read<nuint>(table + (nuint)(8 * i)));
        }
        Assert.DoesNotContain("WskInspectComplete", s_members);
        client.Close(socket);
    });

    [ArmTheory]
    [Rule("STREAM-05", Twin.Violated)]
    [InlineData("WskSendEx")]
    [InlineData("WskReceiveEx")]
    public void STREAM_05_the_reserved_members_are_refused_and_reported(Arm arm, string function) =>
        ContractWorld.Run(arm, world =>
        {
            using var stream = new Connected(world);
            var code = stream.Client.Function(stream.Socket, function);

            Assert.Equal(
                STATUS_NOT_SUPPORTED,
                stream.Client.Run(irp => function == "WskSendEx"
                    ? world.Call(code, stream.Socket, 0, 0, 0, 0, irp)
                    : world.Call(code, stream.Socket, 0, 0, 0, 0, 0, irp)));
            Assert.Equal(["STREAM-05"], world.Breaches);
        });

    [ArmTheory]
    [Rule("STREAM-01")]
    [Rule("STREAM-05", Twin.Obeyed)]
    [Rule("STREAM-09", Twin.Obeyed)]
    [Rule("CONN-18")]
    [Rule("CONN-21")]
    [Rule("ADDR-13")]
    [Rule("DIFF-17")]
    [InlineData(false)]
    [InlineData(true)]
    public void STREAM_01_it_becomes_a_connection(Arm arm, bool isEx) => ContractWorld.Run(arm, world =>
    {
        using var stream = new Connected(world, isEx);
        var client = stream.Client;

        Assert.Equal((STATUS_SUCCESS, stream.Peer.LocalAddress), client.RemoteAddress(stream.Socket));
        Assert.Equal((STATUS_SUCCESS, stream.Peer.RemoteAddress), client.LocalAddress(stream.Socket));
        Assert.Equal(STATUS_SUCCESS, Transfer(client, stream.Socket, "WskSend", "question"u8));
        Assert.Equal("question"u8.ToArray(), stream.Peer.Receive(8));
        stream.Peer.Send("answer"u8);
        Assert.Equal(STATUS_SUCCESS, Transfer(client, stream.Socket, "WskReceive", "answer"u8));
        Assert.Empty(world.Breaches);
    });

    [ArmTheory]
    [Rule("CONN-08")]
    [Rule("CONN-18")]
    [Rule("STREAM-01")]
    [Rule("STREAM-09", Twin.Violated)]
    [Rule("OPEN-06")]
    [InlineData(false, "WskListen")]
    [InlineData(true, "WskListen")]
    [InlineData(false, "WskAccept")]
    [InlineData(true, "WskAccept")]
    public void STREAM_09_a_connected_one_neither_listens_nor_accepts(Arm arm, bool isEx, string function) =>
        ContractWorld.Run(arm, world =>
        {
            using var stream = new Connected(world, isEx);
            var client = stream.Client;

            Assert.Equal(
                STATUS_INVALID_DEVICE_STATE,
                client.Run(irp => function == "WskListen"
                    ? client.TryListen(stream.Socket, irp)
                    : client.TryAccept(stream.Socket, irp)));
            Assert.Equal(["STREAM-09"], world.Breaches);
            stream.Peer.Send("on"u8);
            Assert.Equal(STATUS_SUCCESS, Transfer(client, stream.Socket, "WskReceive", "on"u8));
        });

    [ArmTheory]
    [Rule("LISTEN-07")]
    [Rule("STREAM-01")]
    [Rule("STREAM-08", Twin.Violated)]
    [Rule("OPEN-06")]
    [InlineData("WskConnect")]
    [InlineData("WskConnectEx")]
    [InlineData("WskSend")]
    [InlineData("WskReceive")]
    [InlineData("WskDisconnect")]
    public void STREAM_08_a_listening_one_has_no_connection(Arm arm, string function) =>
        ContractWorld.Run(arm, world =>
        {
            using var listener = new TestListener(world, new ListenerOptions { IsStream = true });
            using var buffer = new TestBuffer(world.Executive, "x"u8);
            var code = listener.Client.Function(listener.Socket, function);
            var remote = listener.Client.Address(world.ClosedPort());

            Assert.Equal(
                STATUS_INVALID_DEVICE_STATE,
                listener.Client.Run(irp => function switch
                {
                    "WskConnect" => world.Call(code, listener.Socket, remote, 0, irp),
                    "WskConnectEx" => world.Call(code, listener.Socket, remote, 0, 0, irp),
                    "WskDisconnect" => world.Call(code, listener.Socket, 0, 0, irp),
                    _ => world.Call(code, listener.Socket, buffer, 0, irp),
                }));
            Assert.Equal(["STREAM-08"], world.Breaches);
            // It still listens.
            listener.Connect();
            listener.Accept();
        });

    [ArmTheory]
    [Rule("STREAM-08", Twin.Obeyed)]
    [Rule("STREAM-10")]
    [Rule("ADDR-13")]
    public void STREAM_10_a_listening_one_gives_connection_oriented_sockets(Arm arm) =>
        ContractWorld.Run(arm, world =>
        {
            using var listener = new TestListener(world, new ListenerOptions { IsStream = true });
            var other = listener.Client.Socket();
            var peer = listener.Connect();
            var accepted = listener.Accept();

            Assert.Equal(
                new GuestPtr<WSK_SOCKET>(other).Value.Dispatch,
                new GuestPtr<WSK_SOCKET>(accepted).Value.Dispatch);
            peer.Send("data"u8);
            Assert.Equal("data"u8.ToArray(), listener.Client.Receive(accepted, 4).Data);
            Assert.Equal(STATUS_INVALID_DEVICE_STATE, listener.Client.RemoteAddress(listener.Socket).Status);
            Assert.Empty(world.Breaches);
            listener.Client.Close(other);
        });

    [ArmTheory]
    [Rule("STREAM-12")]
    [InlineData(false)]
    [InlineData(true)]
    public void STREAM_12_a_failed_connect_leaves_both_roles_open(Arm arm, bool listens) =>
        ContractWorld.Run(arm, world =>
        {
            using var client = new TestClient(world);
            var socket = client.Open(WSK_FLAG_STREAM_SOCKET);
            client.Bind(socket, client.Address(TestListener.Loopback(AF_INET)));
            var connect = client.Function(socket, "WskConnect");
            var closed = client.Address(world.ClosedPort());
            Assert.Equal(
                STATUS_CONNECTION_REFUSED, client.Run(irp => world.Call(connect, socket, closed, 0, irp)));

            if (listens)
            {
                Assert.Equal(STATUS_SUCCESS, client.Listen(socket));
                using var peer = world.Connect(client.BoundTo(socket));
                client.Close(client.Accept(socket));
            }
            else
            {
                using var remote = world.Listen();
                var open = client.Address(remote.Address);
                Assert.Equal(STATUS_SUCCESS, client.Run(irp => world.Call(connect, socket, open, 0, irp)));
                remote.Accept().Dispose();
            }
            client.Close(socket);
        });

    [ArmTheory]
    [Rule("STREAM-06")]
    [Rule("STREAM-07")]
    [Rule("STREAM-13")]
    [Rule("DIFF-17")]
    public void STREAM_07_a_connected_one_uses_the_connect_table(Arm arm) => ContractWorld.Run(arm, world =>
    {
        using var stream = new Connected(world);

        Assert.Equal(
            STATUS_SUCCESS,
            stream.Client.SetEvents(stream.Socket, WSK_EVENT_RECEIVE | WSK_EVENT_DISCONNECT));
        stream.Peer.Send("data"u8);
        stream.Peer.ShutdownSend();
        stream.Connections.WaitForBytes(4);
        stream.Connections.WaitForDisconnects(1);
        Assert.Equal(Connected.Context, stream.Connections.Receives[0].Context);
        Assert.Equal(Connected.Context, stream.Connections.Disconnects[0].Context);
        Assert.Equal(STATUS_INVALID_PARAMETER, stream.Client.SetEvents(stream.Socket, WSK_EVENT_ACCEPT));
    });

    [ArmTheory]
    [Rule("STREAM-06")]
    [Rule("STREAM-07")]
    public void STREAM_07_a_listening_one_uses_the_listen_table(Arm arm) => ContractWorld.Run(arm, world =>
    {
        using var listener = new TestListener(
            world, new ListenerOptions { IsStream = true, Events = WSK_EVENT_ACCEPT });
        var peer = listener.Connect();

        Assert.Equal(
            (TestListener.Context, peer.LocalAddress),
            (listener.Events.WaitForAccept().Context, listener.Events.WaitForAccept().Remote));
    });

    [ArmTheory]
    [Rule("STREAM-13")]
    [Rule("CTLC-22")]
    public void STREAM_13_static_events_hold_from_the_connect_on(Arm arm) => ContractWorld.Run(arm, world =>
    {
        using var stream = new Connected(world, staticEvents: WSK_EVENT_ACCEPT | WSK_EVENT_RECEIVE);
        stream.Peer.Send("data"u8);
        stream.Connections.WaitForBytes(4);

        Assert.Equal(
            STATUS_INVALID_DEVICE_REQUEST,
            stream.Client.SetEvents(stream.Socket, WSK_EVENT_RECEIVE | WSK_EVENT_DISABLE));
        Assert.Empty(world.Breaches);
    });

    private static NTSTATUS Transfer(
        TestClient client, nuint socket, string function, ReadOnlySpan<byte> data)
    {
        var executive = client.World.Executive;
        using var buffer = function == "WskSend"
            ? new TestBuffer(executive, data)
            : new TestBuffer(executive, 0, data.Length);
        using var irp = client.Irp();
        client.World.Call(client.Function(socket, function), socket, buffer, 0, irp);
        var status = irp.Wait();
        Assert.Equal((nuint)data.Length, irp.Information);
        Assert.Equal(data.ToArray(), buffer.Contents[..data.Length]);
        return status;
    }

    // A stream socket in its connection role.
    private sealed class Connected : IDisposable
    {
        public const ulong Context = 0xFFFF_A000_0000_0030;
        private readonly IPeerListener _listener;
        private readonly TestListenEvents _events;

        public Connected(ContractWorld world, bool isEx = false, uint staticEvents = 0)
        {
            _listener = world.Listen();
            _events = new TestListenEvents(world.Executive);
            Connections = new TestEvents(world.Executive);
            Client = new TestClient(world);
            if (staticEvents != 0)
            {
                Assert.Equal(
                    STATUS_SUCCESS,
                    Client.Control(WSK_SET_STATIC_EVENT_CALLBACKS, 16, Client.EventControl(staticEvents)));
            }
            var table = Client.Memory(16);
            GuestMemory.Write(table, _events.Table);
            GuestMemory.Write(table + 8, Connections.Table);
            Socket = Client.Open(WSK_FLAG_STREAM_SOCKET, context: Context, dispatch: table);
            Assert.Equal(STATUS_SUCCESS, Client.Bind(Socket, Client.Any()));
            var remote = Client.Address(_listener.Address);
            Assert.Equal(STATUS_SUCCESS, Client.Run(irp => isEx
                ? world.Call(Client.Function(Socket, "WskConnectEx"), Socket, remote, 0, 0, irp)
                : world.Call(Client.Function(Socket, "WskConnect"), Socket, remote, 0, irp)));
            Peer = _listener.Accept();
        }

        public TestClient Client { get; }

        public TestEvents Connections { get; }

        public nuint Socket { get; }

        public IPeer Peer { get; }

        public void Dispose()
        {
            Peer.Dispose();
            Assert.Equal(STATUS_SUCCESS, Client.Close(Socket));
            Client.Dispose();
            _events.Dispose();
            Connections.Dispose();
            _listener.Dispose();
        }
    }
}
