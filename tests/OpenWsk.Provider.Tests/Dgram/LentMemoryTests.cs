// Memory that the client lends with a datagram call and must keep until the IRP completes: MDLs, control
// information and the places of the answers. Rules DGRAM-13, 38, 39. What is captured during the call:
// SendToTests.cs.
using OpenWsk.Abi;
using OpenWsk.Kernel;
using OpenWsk.TestSupport;
using static OpenWsk.Abi.NTSTATUS;
using static OpenWsk.Abi.WskConstants;

namespace OpenWsk.Provider.Tests;

public sealed class LentMemoryTests
{
    [ArmTheory]
    [Rule("DGRAM-38", Twin.Obeyed)]
    [Rule("DGRAM-39", Twin.Obeyed)]
    public void DGRAM_38_places_that_stay_are_filled(Arm arm) => ContractWorld.Run(arm, world =>
    {
        using var client = new TestClient(world);
        using var peer = DatagramPeer.Open(world);
        var socket = client.Datagram();
        var places = Enumerable.Range(0, 4).Select(_ => Allocate(world, 32)).ToList();
        GuestMemory.Write((nuint)places[1], 32u);
        using var receive = new DatagramReceive(client, socket);
        receive.Start(places[0], places[1], places[2], places[3]);
        peer.Send("x"u8, client.BoundTo(socket));

        Assert.Equal((STATUS_SUCCESS, "x"), (receive.Wait(), receive.Text));
        Assert.Equal(AF_INET, GuestMemory.Read<ushort>((nuint)places[0]));
        Assert.Equal((0u, 0u), (Read(places[1]), Read(places[3])));
        places.ForEach(place => Free(world, place));
        client.Close(socket);
        Assert.Empty(world.Breaches);
    });

    [ArmTheory]
    [Rule("DGRAM-38", Twin.Violated)]
    [Rule("DGRAM-39", Twin.Violated)]
    [InlineData(0, "DGRAM-39")]
    [InlineData(1, "DGRAM-38")]
    [InlineData(2, "DGRAM-38")]
    [InlineData(3, "DGRAM-38")]
    public void DGRAM_38_a_place_that_was_freed_is_not_written(Arm arm, int which, string rule) =>
        ContractWorld.Run(arm, world =>
        {
            using var client = new TestClient(world);
            using var peer = DatagramPeer.Open(world);
            var socket = client.Datagram();
            var places = Enumerable.Range(0, 4).Select(_ => Allocate(world, 32)).ToList();
            using var receive = new DatagramReceive(client, socket);
            receive.Start(places[0], places[1], places[2], places[3]);
            Free(world, places[which]);
            peer.Send("x"u8, client.BoundTo(socket));

            Assert.Equal(STATUS_INVALID_PARAMETER, receive.Wait());
            Assert.Equal([rule], world.Breaches);
            using var next = new DatagramReceive(client, socket).Start();
            Assert.Equal((STATUS_SUCCESS, "x"), (next.Wait(), next.Text));
            places.RemoveAt(which);
            places.ForEach(place => Free(world, place));
            client.Close(socket);
        });

    [ArmTheory]
    [Rule("DGRAM-38", Twin.Violated)]
    [InlineData(true)]
    [InlineData(false)]
    public void DGRAM_38_a_chain_that_was_unlocked_is_not_written(Arm arm, bool isCancelled) =>
        ContractWorld.Run(arm, world =>
        {
            using var client = new TestClient(world);
            using var peer = DatagramPeer.Open(world);
            var socket = client.Datagram();
            using var receive = new DatagramReceive(client, socket).StartBare();
            ref var flags = ref receive.Buf.Value.Mdl.Value.MdlFlags;
            var built = flags;
            flags = 0;
            if (isCancelled)
                receive.Irp.Cancel();
            else
                peer.Send("x"u8, client.BoundTo(socket));

            Assert.Equal(isCancelled ? STATUS_CANCELLED : STATUS_INVALID_PARAMETER, receive.Wait());
            Assert.Equal(["DGRAM-38"], world.Breaches);
            flags = built;
            Assert.True(receive.IsRestUntouched);
            client.Close(socket);
        });

    [ArmTheory]
    [Rule("DGRAM-13", Twin.Obeyed)]
    public void DGRAM_13_what_a_send_needs_stays_until_its_end(Arm arm) => SendAndLose(arm, 0, []);

    [ArmTheory]
    [Rule("DGRAM-13", Twin.Violated)]
    [InlineData(1)]
    [InlineData(2)]
    public void DGRAM_13_what_a_send_needs_is_missed(Arm arm, int lost) =>
        SendAndLose(arm, lost, ["DGRAM-13"]);

    // Loses nothing, the lock of the chain, or the control information before the send ends.
    private static void SendAndLose(Arm arm, int lost, string[] breaches)
    {
        HoldingTransport? transport = null;
        ContractWorld.Run(
            arm,
            world =>
            {
                using var client = new TestClient(world);
                var socket = client.Datagram();
                using var buffer = new TestBuffer(world.Executive, "x"u8);
                using var irp = client.Irp();
                var control = Allocate(world, 24);
                ControlObject.Build(IPPROTO_IP, IP_TOS, 0).CopyTo(GuestMemory.Span((nuint)control, 24));
                ref var flags = ref buffer.Buf.Value.Mdl.Value.MdlFlags;
                var built = flags;
                transport!.IsHolding = true;
                var to = client.Address(client.BoundTo(socket));
                client.SendTo(socket, buffer, to, irp, 0, 24, control);
                flags = lost == 1 ? (short)0 : flags;
                if (lost == 2)
                    Free(world, control);
                transport.Socket.EndAll(STATUS_SUCCESS);

                Assert.Equal(STATUS_SUCCESS, irp.Wait());
                Assert.Equal(breaches, world.Breaches);
                flags = built;
                if (lost != 2)
                    Free(world, control);
                client.Close(socket);
            },
            wrap: (inner, executive) => transport = new HoldingTransport(inner, executive.Scheduler));
    }

    private static uint Read(ulong place) => GuestMemory.Read<uint>((nuint)place);

    private static ulong Allocate(ContractWorld world, ulong lengthBytes) =>
        world.Executive.Routines.Get(Libraries.Ntoskrnl, "ExAllocatePool2").Invoke(
            world.Executive, [0x40, lengthBytes, 0x74736554]);

    private static void Free(ContractWorld world, ulong block) =>
        world.Executive.Routines.Get(Libraries.Ntoskrnl, "ExFreePoolWithTag").Invoke(
            world.Executive, [block, 0]);
}
