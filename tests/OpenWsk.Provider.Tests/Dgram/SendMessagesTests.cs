// WskSendMessages: a list of buffers, a datagram each, one IRP. Rules DGRAM-17..22, DIFF-24. What it shares
// with WskSendTo is tested there, too: SendToTests.cs.
using OpenWsk.Abi;
using OpenWsk.Kernel;
using OpenWsk.TestSupport;
using static OpenWsk.Abi.NTSTATUS;
using static OpenWsk.Abi.WskConstants;

namespace OpenWsk.Provider.Tests;

public sealed class SendMessagesTests
{
    [ArmTheory]
    [Rule("DGRAM-17")]
    [Rule("DGRAM-18")]
    [Rule("DGRAM-20")]
    [Rule("DGRAM-22")]
    [InlineData(AF_INET)]
    [InlineData(AF_INET6)]
    public void DGRAM_17_every_buffer_of_the_list_is_a_datagram(Arm arm, ushort family) =>
        ContractWorld.Run(arm, world =>
        {
            using var client = new TestClient(world);
            using var peer = DatagramPeer.Open(world, family);
            var socket = client.Datagram(family);
            using var first = new TestBuffer(world.Executive, 1, 3, 2);
            first.Write(".first"u8);
            using var empty = new TestBuffer(world.Executive, 0);
            using var third = new TestBuffer(world.Executive, "third"u8);
            using var list = new TestBufferList(client, first, empty, third);
            using var irp = client.Irp();

            Assert.Equal(STATUS_PENDING, list.Send(socket, client.Address(peer.Address), irp));
            Assert.Equal((STATUS_SUCCESS, (nuint)9, 1), (irp.Wait(), irp.Information, irp.Completions));
            var received = Enumerable.Range(0, 3).Select(_ => peer.Receive()).ToList();
            Assert.Equal(["firs", "", "third"], received.Select(r => Text(r.Data)));
            Assert.All(received, r => Assert.Equal(client.BoundTo(socket), r.From));
            Assert.Empty(world.Breaches);
            client.Close(socket);
        });

    [ArmTheory]
    [Rule("DGRAM-18")]
    public void DGRAM_18_success_by_return_means_that_the_irp_is_complete(Arm arm) => ContractWorld.Run(
        arm,
        world =>
        {
            using var client = new TestClient(world);
            using var peer = DatagramPeer.Open(world);
            var socket = client.Datagram();
            using var one = new TestBuffer(world.Executive, "one"u8);
            using var two = new TestBuffer(world.Executive, "two!"u8);
            using var list = new TestBufferList(client, one, two);
            using var irp = client.Irp();

            Assert.Equal(STATUS_SUCCESS, list.Send(socket, client.Address(peer.Address), irp));
            Assert.Equal((1, STATUS_SUCCESS, (nuint)7), (irp.Completions, irp.Status, irp.Information));
            Assert.Equal("one", Text(peer.Receive().Data));
            Assert.Equal("two!", Text(peer.Receive().Data));
            client.Close(socket);
        },
        new WskSettings { Completion = CompletionMode.Inline });

    [ArmTheory]
    [Rule("DGRAM-19")]
    [Rule("DIFF-24")]
    public void DGRAM_19_it_fails_as_a_single_send_does(Arm arm) => ContractWorld.Run(arm, world =>
    {
        using var client = new TestClient(world);
        var unbound = client.OpenDatagram();
        var socket = client.Datagram();
        var to = client.Address(client.BoundTo(socket));
        using var one = new TestBuffer(world.Executive, "x"u8);
        using var huge = new TestBuffer(world.Executive, 0, 65508);
        using var list = new TestBufferList(client, one);
        using var tooLong = new TestBufferList(client, one, huge);
        using var empty = new TestBufferList(client);
        using var receive = new DatagramReceive(client, socket).Start();

        Assert.Equal(STATUS_INVALID_DEVICE_STATE, client.Run(irp => list.Send(unbound, to, irp)));
        Assert.Equal(STATUS_INVALID_PARAMETER, client.Run(irp => list.Send(socket, 0, irp)));
        Assert.Equal(
            STATUS_INVALID_PARAMETER,
            client.Run(irp => list.Send(socket, client.Address(TestClient.Loopback(AF_INET6, 9)), irp)));
        Assert.Equal(STATUS_INVALID_PARAMETER, client.Run(irp => empty.Send(socket, to, irp)));
        Assert.Equal(STATUS_INVALID_BUFFER_SIZE, client.Run(irp => tooLong.Send(socket, to, irp)));
        Assert.Equal(["DGRAM-16", "DGRAM-08", "DGRAM-09"], world.Breaches);
        // Not even the message that was short enough has gone out.
        client.SendTo(socket, "last"u8, client.BoundTo(socket));
        Assert.Equal((STATUS_SUCCESS, "last"), (receive.Wait(), receive.Text));
        client.Close(socket);
        client.Close(unbound);
    });

    [ArmTheory]
    [Rule("DGRAM-19")]
    [Rule("MDL-07", Twin.Violated)]
    public void DGRAM_19_a_list_in_a_circle_is_refused(Arm arm) => ContractWorld.Run(arm, world =>
    {
        using var client = new TestClient(world);
        var socket = client.Datagram();
        using var buffer = new TestBuffer(world.Executive, "x"u8);
        using var list = new TestBufferList(client, buffer, buffer);
        list.Last.Value.Next = list.First;

        Assert.Equal(
            STATUS_INVALID_PARAMETER,
            client.Run(irp => list.Send(socket, client.Address(client.BoundTo(socket)), irp)));
        Assert.Equal(["MDL-07"], world.Breaches);
        client.Close(socket);
    });

    [ArmTheory]
    [Rule("DIFF-24")]
    [Rule("IRQL-07", Twin.Obeyed)]
    public void DIFF_24_it_may_be_called_at_dispatch_level(Arm arm) => ContractWorld.Run(arm, world =>
    {
        using var client = new TestClient(world);
        using var peer = DatagramPeer.Open(world);
        var socket = client.Datagram();
        using var buffer = new TestBuffer(world.Executive, "x"u8);
        using var list = new TestBufferList(client, buffer);
        using var irp = client.Irp();
        var to = client.Address(peer.Address);
        world.AtIrql(Irql.Dispatch, () => list.Send(socket, to, irp));

        Assert.Equal(STATUS_SUCCESS, irp.Wait());
        Assert.Equal("x", Text(peer.Receive().Data));
        Assert.Empty(world.Breaches);
        client.Close(socket);
    });

    private static string Text(byte[] data) => System.Text.Encoding.ASCII.GetString(data);
}
