// The backlog queries of a connection, and WskSendBacklogEvent. Rules CTLS-44..46, EVT-25..27. How a
// transport sizes its backlog is the transport's own matter.
using System.Buffers.Binary;
using OpenWsk.Abi;
using OpenWsk.TestSupport;
using static OpenWsk.Abi.NTSTATUS;
using static OpenWsk.Abi.WskConstants;

namespace OpenWsk.Provider.Tests;

public sealed class BacklogTests
{
    [ArmTheory]
    [Rule("CTLS-44")]
    [Rule("OPEN-62")]
    [Rule("CTLS-46", Twin.Obeyed)]
    public void CTLS_44_the_ideal_send_backlog_is_a_size(Arm arm) => ContractWorld.Run(arm, world =>
    {
        using var pair = new TestPair(world);
        var (status, bytes, output) = pair.Client.Query(pair.Socket, SIO_WSK_QUERY_IDEAL_SEND_BACKLOG, 8);

        Assert.Equal((STATUS_SUCCESS, (nuint)8), (status, bytes));
        Assert.InRange(BinaryPrimitives.ReadUInt64LittleEndian(output), 1ul, 1ul << 32);
        Assert.Empty(world.Breaches);
    });

    [ArmTheory]
    [Rule("CTLS-45")]
    public void CTLS_45_the_receive_backlog_is_what_waits(Arm arm) => ContractWorld.Run(arm, world =>
    {
        using var pair = new TestPair(world);
        Assert.Equal(0ul, ReceiveBacklog(pair));
        pair.Peer.Send("0123456789"u8);
        // The first bytes are here once one of them is; on loopback all of one send come together.
        Assert.Equal("0", pair.ReceiveText(1));

        Assert.Equal(9ul, ReceiveBacklog(pair));
        Assert.Equal("1234567", pair.ReceiveText(7));
        Assert.Equal(2ul, ReceiveBacklog(pair));
        Assert.Equal("89", pair.ReceiveText(7));
        Assert.Equal(0ul, ReceiveBacklog(pair));
    });

    [ArmTheory]
    [Rule("CTLS-45")]
    public void CTLS_45_what_a_callback_left_still_waits(Arm arm) => ContractWorld.Run(arm, world =>
    {
        using var pair = new TestPair(world);
        pair.Events.OnReceive = call =>
        {
            call.BytesAccepted.Value = 4;
            return STATUS_SUCCESS;
        };
        pair.Client.SetEvents(pair.Socket, WSK_EVENT_RECEIVE);
        pair.Peer.Send("0123456789"u8);
        pair.Events.WaitForReceives(1);
        pair.Client.SetEvents(pair.Socket, WSK_EVENT_RECEIVE | WSK_EVENT_DISABLE);

        Assert.Equal(6ul, ReceiveBacklog(pair));
    });

    [ArmTheory]
    [Rule("CTLS-46", Twin.Violated)]
    [Rule("OPEN-05")]
    [InlineData(SIO_WSK_QUERY_IDEAL_SEND_BACKLOG)]
    [InlineData(SIO_WSK_QUERY_RECEIVE_BACKLOG)]
    public void CTLS_46_a_query_before_the_connection_is_refused_and_reported(Arm arm, uint code) =>
        ContractWorld.Run(arm, world =>
        {
            using var client = new TestClient(world);
            var socket = client.Socket();
            Assert.Equal(STATUS_INVALID_DEVICE_STATE, client.Query(socket, code, 8).Status);
            Assert.Equal(STATUS_SUCCESS, client.Bind(socket, client.Any()));
            Assert.Equal(STATUS_INVALID_DEVICE_STATE, client.Query(socket, code, 8).Status);
            Assert.Equal(["CTLS-46", "CTLS-46"], world.Breaches);
            client.Close(socket);
        });

    [ArmTheory]
    [Rule("CTLS-44")]
    [Rule("CTLS-45")]
    [Rule("CTLS-34")]
    [InlineData(SIO_WSK_QUERY_IDEAL_SEND_BACKLOG)]
    [InlineData(SIO_WSK_QUERY_RECEIVE_BACKLOG)]
    public void CTLS_44_other_categories_and_small_buffers_are_refused(Arm arm, uint code) =>
        ContractWorld.Run(arm, world =>
        {
            using var pair = new TestPair(world);
            var datagram = pair.Client.Open(WSK_FLAG_DATAGRAM_SOCKET);

            Assert.Equal(STATUS_INVALID_DEVICE_REQUEST, pair.Client.Query(datagram, code, 8).Status);
            Assert.Equal(STATUS_BUFFER_TOO_SMALL, pair.Client.Query(pair.Socket, code, 4).Status);
            Assert.Equal(STATUS_REQUEST_NOT_ACCEPTED, pair.Client.QueryInline(pair.Socket, code, 8).Status);
            pair.Client.Close(datagram);
        });

    private static ulong ReceiveBacklog(TestPair pair)
    {
        var (status, bytes, output) = pair.Client.Query(pair.Socket, SIO_WSK_QUERY_RECEIVE_BACKLOG, 8);
        Assert.Equal((STATUS_SUCCESS, (nuint)8), (status, bytes));
        return BinaryPrimitives.ReadUInt64LittleEndian(output);
    }
}
