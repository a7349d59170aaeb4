// Fixed remote and destination addresses: where sends go and what is received. Rules DGRAM-06..08, 40, 56,
// 57, CTLS-38..43. That the controls need an IRP and how they read their input is in Ctls/, too.
using OpenWsk.Abi;
using OpenWsk.Ports;
using OpenWsk.TestSupport;
using static OpenWsk.Abi.NTSTATUS;
using static OpenWsk.Abi.WskConstants;

namespace OpenWsk.Provider.Tests;

public sealed class FixedAddressTests
{
    [ArmTheory]
    [Rule("CTLS-38")]
    [Rule("DGRAM-07")]
    [Rule("DGRAM-40")]
    [Rule("DGRAM-08", Twin.Obeyed)]
    [Rule("CTLS-42", Twin.Obeyed)]
    [InlineData(AF_INET)]
    [InlineData(AF_INET6)]
    public void CTLS_38_a_fixed_remote_address_is_destination_and_only_source(Arm arm, ushort family) =>
        ContractWorld.Run(arm, world =>
        {
            using var client = new TestClient(world);
            using var friend = DatagramPeer.Open(world, family);
            using var stranger = DatagramPeer.Open(world, family);
            var socket = client.Datagram(family);
            var here = client.BoundTo(socket);
            Assert.Equal(STATUS_SUCCESS, client.SetRemote(socket, friend.Address));
            using var receive = new DatagramReceive(client, socket).Start();
            Assert.Equal((STATUS_SUCCESS, (nuint)2), client.SendTo(socket, "hi"u8, null));
            Assert.Equal(here, friend.Receive().From);
            stranger.Send("no"u8, here);
            friend.Send("yes"u8, here);

            Assert.Equal((STATUS_SUCCESS, "yes"), (receive.Wait(), receive.Text));
            Assert.True(receive.IsRestUntouched);
            Assert.Empty(world.Breaches);
            client.Close(socket);
        });

    [ArmTheory]
    [Rule("DGRAM-06")]
    [Rule("DGRAM-57")]
    public void DGRAM_57_an_explicit_address_wins_but_its_answers_are_not_delivered(Arm arm) =>
        ContractWorld.Run(arm, world =>
        {
            using var client = new TestClient(world);
            using var friend = DatagramPeer.Open(world);
            using var stranger = DatagramPeer.Open(world);
            var socket = client.Datagram();
            client.SetRemote(socket, friend.Address);
            client.SetSendTo(socket, friend.Address);
            using var receive = new DatagramReceive(client, socket).Start();
            client.SendTo(socket, "hi"u8, stranger.Address);
            stranger.Send("answer"u8, stranger.Receive().From);
            friend.Send("friend"u8, client.BoundTo(socket));

            Assert.Equal((STATUS_SUCCESS, "friend"), (receive.Wait(), receive.Text));
            client.Close(socket);
        });

    [ArmTheory]
    [Rule("CTLS-40")]
    [Rule("DGRAM-56")]
    [Rule("DGRAM-07")]
    public void CTLS_40_a_fixed_destination_leaves_reception_free(Arm arm) => ContractWorld.Run(arm, world =>
    {
        using var client = new TestClient(world);
        using var friend = DatagramPeer.Open(world);
        using var stranger = DatagramPeer.Open(world);
        var socket = client.Datagram();
        Assert.Equal(STATUS_SUCCESS, client.SetSendTo(socket, friend.Address));
        client.SendTo(socket, "hi"u8, null);
        Assert.Equal("hi"u8.ToArray(), friend.Receive().Data);
        using var receive = new DatagramReceive(client, socket).Start();
        stranger.Send("anyone"u8, client.BoundTo(socket));

        Assert.Equal((STATUS_SUCCESS, "anyone"), (receive.Wait(), receive.Text));
        Assert.Equal(stranger.Address, receive.Source);
        client.Close(socket);
    });

    [ArmTheory]
    [Rule("CTLS-39")]
    [Rule("CTLS-41")]
    public void CTLS_39_a_null_address_clears(Arm arm) => ContractWorld.Run(arm, world =>
    {
        using var client = new TestClient(world);
        using var friend = DatagramPeer.Open(world);
        using var stranger = DatagramPeer.Open(world);
        var socket = client.Datagram();
        client.SetRemote(socket, friend.Address);
        client.SetSendTo(socket, stranger.Address);
        client.SendTo(socket, "1"u8, null);
        Assert.Equal("1"u8.ToArray(), stranger.Receive().Data);
        Assert.Equal(STATUS_SUCCESS, client.SetSendTo(socket, null));
        client.SendTo(socket, "2"u8, null);
        Assert.Equal("2"u8.ToArray(), friend.Receive().Data);
        Assert.Equal(STATUS_SUCCESS, client.SetRemote(socket, null));
        Assert.Equal(STATUS_INVALID_PARAMETER, client.SendTo(socket, "3"u8, null).Status);
        Assert.Equal(["DGRAM-08"], world.Breaches);
        using var receive = new DatagramReceive(client, socket).Start();
        stranger.Send("anyone"u8, client.BoundTo(socket));

        Assert.Equal((STATUS_SUCCESS, "anyone"), (receive.Wait(), receive.Text));
        client.Close(socket);
    });

    [ArmTheory]
    [Rule("DGRAM-40")]
    [Rule("CTLS-38")]
    public void DGRAM_40_what_came_under_a_filter_is_judged_by_it(Arm arm) => ContractWorld.Run(arm, world =>
    {
        using var client = new TestClient(world);
        using var friend = DatagramPeer.Open(world);
        using var stranger = DatagramPeer.Open(world);
        var socket = client.Datagram();
        var here = client.BoundTo(socket);
        client.SetRemote(socket, friend.Address);
        stranger.Send("discarded"u8, here);
        friend.Send("kept"u8, here);
        stranger.Send("marker"u8, friend.Address);
        friend.Receive();
        client.SetRemote(socket, null);
        using var first = new DatagramReceive(client, socket).Start();
        using var second = new DatagramReceive(client, socket).Start();
        stranger.Send("open"u8, here);

        Assert.Equal((STATUS_SUCCESS, "kept"), (first.Wait(), first.Text));
        Assert.Equal((STATUS_SUCCESS, "open"), (second.Wait(), second.Text));
        client.Close(socket);
    });

    [ArmTheory]
    [Rule("DGRAM-40")]
    [Rule("RAW-05")]
    public void DGRAM_40_the_callback_is_not_called_for_strangers(Arm arm) => ContractWorld.Run(arm, world =>
    {
        using var pair = new DatagramPair(world);
        using var stranger = DatagramPeer.Open(world);
        pair.Client.SetRemote(pair.Socket, pair.Peer.Address);
        pair.Enable();
        stranger.Send("no"u8, pair.Address);
        pair.FromPeer("yes");
        pair.Events.WaitForDatagrams(1);

        Assert.Equal(["yes"], pair.Events.Texts);
    });

    [ArmTheory]
    [Rule("DGRAM-40")]
    public void DGRAM_40_refused_datagrams_of_strangers_are_discarded_later(Arm arm) =>
        ContractWorld.Run(arm, world =>
        {
            using var pair = new DatagramPair(world, onReceive: _ => STATUS_DATA_NOT_ACCEPTED);
            using var friend = DatagramPeer.Open(world);
            pair.Enable();
            pair.FromPeer("stranger");
            pair.Events.WaitForCalls(1);
            pair.Disable();
            pair.Client.SetRemote(pair.Socket, friend.Address);
            friend.Send("friend"u8, pair.Address);

            Assert.Equal("friend", pair.Receive());
        });

    [ArmTheory]
    [Rule("CTLS-42", Twin.Violated)]
    [InlineData(SIO_WSK_SET_REMOTE_ADDRESS)]
    [InlineData(SIO_WSK_SET_SENDTO_ADDRESS)]
    public void CTLS_42_fixed_addresses_need_a_bound_datagram_socket(Arm arm, uint code) =>
        ContractWorld.Run(arm, world =>
        {
            using var client = new TestClient(world);
            var socket = client.OpenDatagram();
            byte[] address = [2, 0, 0, 9, 127, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0];

            Assert.Equal(
                STATUS_INVALID_DEVICE_STATE,
                client.ControlSocket(socket, WSK_CONTROL_SOCKET_TYPE.WskIoctl, code, 0, address));
            Assert.Equal(["CTLS-42"], world.Breaches);
            client.Close(socket);
        });

    [ArmTheory]
    [Rule("CTLS-43")]
    [Rule("CTLS-08")]
    public void CTLS_43_a_whole_sockaddr_inet_and_any_level_are_taken(Arm arm) =>
        ContractWorld.Run(arm, world =>
        {
            using var client = new TestClient(world);
            using var friend = DatagramPeer.Open(world);
            var socket = client.Datagram();
            var address = new byte[28];
            GuestMemory.Span((nuint)client.Address(friend.Address), 16).CopyTo(address);

            Assert.Equal(
                STATUS_SUCCESS,
                client.ControlSocket(
                    socket, WSK_CONTROL_SOCKET_TYPE.WskIoctl, SIO_WSK_SET_REMOTE_ADDRESS, 0x7FFF, address));
            client.SendTo(socket, "hi"u8, null);
            Assert.Equal("hi"u8.ToArray(), friend.Receive().Data);
            client.Close(socket);
        });
}
