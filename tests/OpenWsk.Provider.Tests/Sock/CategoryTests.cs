// What the five categories are: the table that each one's WSK_SOCKET points to, member by member, and what a
// basic socket cannot do. Rules SOCK-05..10, 12..14, 24, 40, ADDR-14, CONN-21, REL-13. Families and
// protocols: TransportMatrixTests.cs.
using OpenWsk.Abi;
using OpenWsk.Kernel;
using OpenWsk.Ports;
using OpenWsk.TestSupport;
using static OpenWsk.Abi.NTSTATUS;
using static OpenWsk.Abi.WskConstants;

namespace OpenWsk.Provider.Tests;

public sealed class CategoryTests
{
    private const string Basic = "WskControlSocket WskCloseSocket";

    // Member order of the provider's tables in wsk.h.
    private const string Listen = Basic + " WskBind WskAccept WskInspectComplete WskGetLocalAddress";

    private const string Datagram =
        Basic + " WskBind WskSendTo WskReceiveFrom WskRelease WskGetLocalAddress WskSendMessages";

    private const string Connection =
        Basic + " WskBind WskConnect WskGetLocalAddress WskGetRemoteAddress WskSend WskReceive WskDisconnect "
        + "WskRelease WskConnectEx WskSendEx WskReceiveEx";

    private const string Stream =
        Basic + " WskBind WskAccept WskConnect WskListen WskSend WskReceive WskDisconnect WskRelease "
        + "WskGetLocalAddress WskGetRemoteAddress WskConnectEx WskSendEx WskReceiveEx";

    [ArmTheory]
    [Rule("SOCK-05")]
    [Rule("SOCK-06")]
    [Rule("SOCK-12")]
    public void SOCK_05_a_basic_socket_has_the_basic_table(Arm arm) =>
        HasTable(arm, WSK_FLAG_BASIC_SOCKET, Basic);

    [ArmTheory]
    [Rule("SOCK-07")]
    [Rule("SOCK-12")]
    [Rule("ADDR-14")]
    [Rule("REL-13")]
    public void SOCK_07_a_listening_socket_has_the_listen_table(Arm arm) =>
        HasTable(arm, WSK_FLAG_LISTEN_SOCKET, Listen);

    [ArmTheory]
    [Rule("SOCK-08")]
    [Rule("SOCK-12")]
    [Rule("ADDR-14")]
    [Rule("REL-13")]
    public void SOCK_08_a_datagram_socket_has_the_datagram_table(Arm arm) =>
        HasTable(arm, WSK_FLAG_DATAGRAM_SOCKET, Datagram);

    [ArmTheory]
    [Rule("SOCK-09")]
    [Rule("SOCK-12")]
    [Rule("ADDR-14")]
    [Rule("CONN-21")]
    [Rule("REL-13")]
    public void SOCK_09_a_connection_oriented_socket_has_the_connection_table(Arm arm) =>
        HasTable(arm, WSK_FLAG_CONNECTION_SOCKET, Connection);

    [ArmTheory]
    [Rule("SOCK-10")]
    [Rule("SOCK-12")]
    [Rule("ADDR-14")]
    [Rule("CONN-21")]
    [Rule("REL-13")]
    public void SOCK_10_a_stream_socket_has_the_stream_table(Arm arm) =>
        HasTable(arm, WSK_FLAG_STREAM_SOCKET, Stream);

    [ArmTheory]
    [Rule("SOCK-12")]
    [Rule("SOCK-13")]
    [Rule("SOCK-40")]
    [InlineData(WSK_FLAG_BASIC_SOCKET)]
    [InlineData(WSK_FLAG_LISTEN_SOCKET)]
    [InlineData(WSK_FLAG_DATAGRAM_SOCKET)]
    [InlineData(WSK_FLAG_CONNECTION_SOCKET)]
    [InlineData(WSK_FLAG_STREAM_SOCKET)]
    public void SOCK_13_any_socket_is_controlled_and_closed_by_the_basic_members(
        Arm arm, uint category) =>
        ContractWorld.Run(arm, world =>
        {
            using var client = new TestClient(world);
            var socket = client.Open(category);
            var basic = GuestMemory.Read<WSK_PROVIDER_BASIC_DISPATCH>(
                new GuestPtr<WSK_SOCKET>(socket).Value.Dispatch);

            Assert.Equal(STATUS_SUCCESS, client.Run(irp => world.Call(
                basic.WskControlSocket, socket, (ulong)WSK_CONTROL_SOCKET_TYPE.WskSetOption, IP_TTL,
                IPPROTO_IP, 4, Number(client, 33), 0, 0, 0, irp)));
            Assert.Equal(STATUS_SUCCESS, client.Run(irp => world.Call(basic.WskCloseSocket, socket, irp)));
            Assert.Equal(0, world.Provider.OpenSockets);
            Assert.Empty(world.Breaches);
        });

    [ArmTheory]
    [Rule("SOCK-14")]
    public void SOCK_14_a_basic_socket_cannot_be_bound_and_moves_no_data(Arm arm) =>
        ContractWorld.Run(arm, world =>
        {
            using var client = new TestClient(world);
            var basic = client.Open(WSK_FLAG_BASIC_SOCKET);
            var other = client.Socket();

            // The functions of another category's table know that the socket is none of theirs.
            foreach (var name in new[] { "WskBind", "WskSend", "WskReceive", "WskConnect" })
            {
                Assert.Equal(STATUS_INVALID_DEVICE_REQUEST, client.Run(irp => world.Call(
                    client.Function(other, name), basic, client.Any(), 0, irp)));
            }
            Assert.Equal(Enumerable.Repeat("SOCK-37", 4), world.Breaches);
            client.Close(basic);
            client.Close(other);
        });

    [ArmTheory]
    [Rule("SOCK-24", Twin.Obeyed)]
    public void SOCK_24_a_basic_socket_without_context_and_table_is_fine(Arm arm) =>
        ContractWorld.Run(arm, world =>
        {
            using var client = new TestClient(world);
            client.Close(client.Open(WSK_FLAG_BASIC_SOCKET));
            Assert.Empty(world.Breaches);
        });

    [ArmTheory]
    [Rule("SOCK-24", Twin.Violated)]
    [InlineData(0xFFFF_A000_0000_0010ul, false)]
    [InlineData(0ul, true)]
    public void SOCK_24_a_context_or_a_table_of_a_basic_socket_is_reported(
        Arm arm, ulong context, bool hasTable) => ContractWorld.Run(arm, world =>
    {
        using var client = new TestClient(world);
        using var events = new TestEvents(world.Executive);
        client.Close(client.Open(
            WSK_FLAG_BASIC_SOCKET, context: context, dispatch: hasTable ? events.Table : 0));
        Assert.Equal(["SOCK-24"], world.Breaches);
    });

    // Each member is called without an IRP, so that it does nothing, and its name is read from the trace.
    private static void HasTable(Arm arm, uint category, string members) => ContractWorld.Run(arm, world =>
    {
        using var client = new TestClient(world);
        var expected = members.Split(' ');
        var socket = client.Open(category);
        var table = new GuestPtr<WSK_SOCKET>(socket).Value.Dispatch;
        var called = new List<string>();
        world.Watch = e =>
        {
            if (e.Kind == KernelEventKind.Call && e.Routine is Routine { Library: Libraries.Wsk } routine)
                called.Add(routine.Name);
        };
        for (var i = 0; i < expected.Length; i++)
        {
            var member = GuestMemory.Read<nuint>(table + (nuint)(i * sizeof(ulong)));
            Assert.NotEqual(STATUS_SUCCESS, world.Call(member, socket, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0));
        }
        world.Watch = null;

        Assert.Equal(expected, called);
        var beyond = GuestMemory.Read<nuint>(table + (nuint)(expected.Length * sizeof(ulong)));
        Assert.Equal(STATUS_INVALID_DEVICE_REQUEST, world.Call(beyond, socket));
        client.Close(socket);
    });

    private static ulong Number(TestClient client, uint value)
    {
        var memory = client.Memory(8);
        GuestMemory.Write(memory, value);
        return memory;
    }
}
