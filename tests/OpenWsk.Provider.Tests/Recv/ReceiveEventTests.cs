// WskReceiveEvent: what it is given, what its answers do, and how it goes with WskReceive. Rules RECV-16,
// 19..41. Retained data: Rel/. Which callbacks are enabled when: Sconn/SocketConnectEventTests.cs.
using OpenWsk.Abi;
using OpenWsk.Kernel;
using OpenWsk.TestSupport;
using static OpenWsk.Abi.NTSTATUS;
using static OpenWsk.Abi.WskConstants;

namespace OpenWsk.Provider.Tests;

public sealed class ReceiveEventTests
{
    [ArmTheory]
    [Rule("RECV-23")]
    [Rule("RECV-28")]
    [Rule("RECV-29")]
    [Rule("RECV-33")]
    [Rule("RECV-37")]
    [Rule("MDL-15")]
    [Rule("MDL-16")]
    [Rule("MDL-17")]
    [Rule("MDL-05")]
    [Rule("IRQL-10")]
    [Rule("EVT-32")]
    [Rule("RECV-38", Twin.Obeyed)]
    [Rule("RECV-39", Twin.Obeyed)]
    public void RECV_23_an_indication_describes_its_data_and_acceptance_consumes_it(Arm arm) =>
        ContractWorld.Run(arm, world =>
        {
            using var pair = new TestPair(world);
            var seen = new List<(nuint Preset, int Mapped, uint Count)>();
            pair.Events.OnReceive = call =>
            {
                ref var indication = ref call.Indication.Value;
                var mdl = indication.Buffer.Mdl;
                // MmGetSystemAddressForMdlSafe takes MappedSystemVa when one of these is set.
                const int mapped = MDL_MAPPED_TO_SYSTEM_VA | MDL_SOURCE_IS_NONPAGED_POOL;
                seen.Add((call.BytesAccepted.Value, mdl.Value.MdlFlags & mapped, mdl.Value.ByteCount));
                Assert.True(indication.Next.IsNull);
                Assert.Equal(indication.Buffer.Length, call.BytesIndicated);
                Assert.True(mdl.Value.Next.IsNull);
                return STATUS_SUCCESS;
            };
            pair.Client.SetEvents(pair.Socket, WSK_EVENT_RECEIVE);
            var data = Enumerable.Range(0, 100_000).Select(i => (byte)(i * 3)).ToArray();
            pair.Peer.Send(data);
            pair.Events.WaitForBytes(data.Length);

            Assert.True(data.AsSpan().SequenceEqual(pair.Events.Shown));
            var calls = pair.Events.Receives;
            Assert.Equal(calls.Select(c => c.BytesIndicated), seen.Select(s => s.Preset));
            Assert.All(seen, s => Assert.NotEqual(0, s.Mapped));
            Assert.All(seen.Zip(calls), both => Assert.True(both.First.Count >= both.Second.BytesIndicated));
            Assert.All(calls, c => Assert.Equal(Irql.Dispatch, c.Irql));
            Assert.All(calls, c => Assert.Equal(
                WSK_FLAG_AT_DISPATCH_LEVEL, c.Flags & WSK_FLAG_AT_DISPATCH_LEVEL));
            Assert.Empty(world.Breaches);
        });

    [ArmTheory]
    [Rule("RECV-30")]
    [Rule("RECV-31")]
    [Rule("RECV-32")]
    [Rule("DIFF-12")]
    public void RECV_30_what_was_not_accepted_comes_first_and_callbacks_wait_for_a_receive(Arm arm) =>
        ContractWorld.Run(arm, world =>
        {
            using var pair = new TestPair(world);
            var isPartial = true;
            pair.Events.OnReceive = call =>
            {
                if (isPartial)
                    call.BytesAccepted.Value = 2;
                return STATUS_SUCCESS;
            };
            pair.Peer.Send("abcdef"u8);
            Assert.Equal("a", pair.ReceiveText(1));
            pair.Client.SetEvents(pair.Socket, WSK_EVENT_RECEIVE);
            pair.Events.WaitForReceives(1);
            Assert.Equal("bcdef"u8.ToArray(), pair.Events.Shown);
            isPartial = false;
            pair.Peer.Send("ghi"u8);

            // The rest first, by the receive; no callback came meanwhile; then callbacks go on.
            Assert.Equal("d", pair.ReceiveText(1));
            pair.Events.WaitForBytes(5 + 5);
            Assert.Equal("bcdefefghi"u8.ToArray(), pair.Events.Shown);
        });

    [ArmTheory]
    [Rule("RECV-16")]
    [Rule("RECV-35")]
    [Rule("RECV-36")]
    public void RECV_35_refused_data_stays_and_a_zero_length_receive_brings_the_callback_back(Arm arm) =>
        ContractWorld.Run(arm, world =>
        {
            using var pair = new TestPair(world);
            var answer = STATUS_DATA_NOT_ACCEPTED;
            pair.Events.OnReceive = call =>
            {
                // Ignored with every status but success.
                call.BytesAccepted.Value = answer == STATUS_SUCCESS ? call.BytesIndicated : 1;
                return answer;
            };
            pair.Peer.Send("abcdef"u8);
            Assert.Equal("a", pair.ReceiveText(1));
            pair.Client.SetEvents(pair.Socket, WSK_EVENT_RECEIVE);
            pair.Events.WaitForReceives(1);
            Assert.Equal("b", pair.ReceiveText(1));
            pair.Events.WaitForReceives(2);
            answer = STATUS_SUCCESS;
            using var nothing = new TestBuffer(world.Executive, 0);
            Assert.Equal(STATUS_SUCCESS, pair.Client.Run(irp => pair.Receive(nothing, irp)));
            pair.Events.WaitForReceives(3);

            var shown = pair.Events.Receives.Select(r => System.Text.Encoding.ASCII.GetString(r.Data));
            Assert.Equal(["bcdef", "cdef", "cdef"], shown);
            Assert.Empty(world.Breaches);
        });

    [ArmTheory(Arm.Sim)]
    [Rule("RECV-31")]
    [Rule("RECV-35")]
    [InlineData(STATUS_SUCCESS)]
    [InlineData(STATUS_DATA_NOT_ACCEPTED)]
    public void RECV_31_no_callback_comes_before_the_client_has_received(Arm arm, NTSTATUS answer) =>
        ContractWorld.Run(arm, world =>
        {
            using var pair = new TestPair(world);
            pair.Events.OnReceive = call =>
            {
                call.BytesAccepted.Value = 0;
                return answer;
            };
            pair.Client.SetEvents(pair.Socket, WSK_EVENT_RECEIVE);
            pair.Peer.Send("abc"u8);
            pair.Events.WaitForReceives(1);
            pair.Peer.Send("def"u8);
            using var never = new ManagedEvent(world.Executive);
            world.StaysUnset(never);

            Assert.Single(pair.Events.Receives);
        });

    [ArmTheory]
    [Rule("RECV-30")]
    [Rule("RECV-35")]
    [InlineData(0)]
    [InlineData(2)]
    public void RECV_35_a_receive_that_the_callback_posts_gets_what_the_callback_leaves(
        Arm arm, int accepted) =>
        ContractWorld.Run(arm, world =>
        {
            using var pair = new TestPair(world);
            using var buffer = new TestBuffer(world.Executive, 0, 16);
            using var irp = pair.Client.Irp();
            var posted = STATUS_UNSUCCESSFUL;
            pair.Events.OnReceive = call =>
            {
                if (pair.Events.Receives.Count == 0)
                    posted = pair.Receive(buffer, irp);
                call.BytesAccepted.Value = (nuint)accepted;
                return accepted == 0 ? STATUS_DATA_NOT_ACCEPTED : STATUS_SUCCESS;
            };
            pair.Client.SetEvents(pair.Socket, WSK_EVENT_RECEIVE);
            pair.Peer.Send("abcdef"u8);

            Assert.Equal(STATUS_SUCCESS, irp.Wait());
            Assert.Equal(STATUS_PENDING, posted);
            Assert.Equal("abcdef"u8[accepted..].ToArray(), buffer.Contents[..(int)irp.Information]);
            Assert.Empty(world.Breaches);
        });

    [ArmTheory]
    [Rule("RECV-19")]
    [Rule("OBS-17")]
    public void RECV_19_a_queued_receive_goes_before_the_callback(Arm arm) => ContractWorld.Run(arm, world =>
    {
        using var pair = new TestPair(world);
        using var buffer = new TestBuffer(world.Executive, 0, 3);
        using var irp = pair.Client.Irp();
        pair.Receive(buffer, irp);
        pair.Client.SetEvents(pair.Socket, WSK_EVENT_RECEIVE);
        pair.Peer.Send("abcdef"u8);

        Assert.Equal(STATUS_SUCCESS, irp.Wait());
        pair.Events.WaitForBytes(6 - (int)irp.Information);
        Assert.Equal("abcdef"u8.ToArray(), buffer.Contents[..(int)irp.Information].Concat(pair.Events.Shown));
        Assert.Equal((nuint)3, irp.Information);
    });

    // On the simulated network data cannot come while the dispatcher is held: it is the dispatcher that
    // brings it.
    [ArmTheory(Arm.Host)]
    [Rule("RECV-19")]
    public void RECV_19_data_for_a_queued_receive_is_not_shown_when_callbacks_are_looked_at_first(Arm arm) =>
        ContractWorld.Run(arm, world =>
        {
            using var pair = new TestPair(world);
            using var buffer = new TestBuffer(world.Executive, 0, 8);
            using var ask = pair.Client.Irp();
            using var receive = pair.Client.Irp();
            using var inside = new ManagedEvent(world.Executive);
            var gate = new CallbackGate(world.Executive);
            ask.OnCompletion = () =>
            {
                inside.Set();
                gate.Wait();
            };
            world.Call(
                TestClient.Functions(pair.Socket).WskGetLocalAddress, pair.Socket, pair.Client.Memory(28),
                ask);
            inside.Wait();
            pair.Receive(buffer, receive);
            pair.Client.SetEvents(pair.Socket, WSK_EVENT_RECEIVE);
            pair.Peer.Send("abc"u8);
            pair.Peer.ShutdownSend();
            gate.Open();

            Assert.Equal((STATUS_SUCCESS, (nuint)3), (receive.Wait(), receive.Information));
            ask.Wait();
            Assert.Empty(pair.Events.Receives);
        });

    [ArmTheory]
    [Rule("RECV-38", Twin.Violated)]
    [Rule("OPEN-30")]
    public void RECV_38_accepting_more_than_indicated_is_taken_as_all_and_reported(Arm arm) =>
        ContractWorld.Run(arm, world =>
        {
            using var pair = new TestPair(world);
            pair.Events.OnReceive = call =>
            {
                call.BytesAccepted.Value = call.BytesIndicated + 1;
                return STATUS_SUCCESS;
            };
            pair.Client.SetEvents(pair.Socket, WSK_EVENT_RECEIVE);
            pair.Peer.Send("abc"u8);
            pair.Events.WaitForBytes(3);
            pair.Peer.Send("def"u8);
            pair.Events.WaitForBytes(6);

            Assert.Equal("abcdef"u8.ToArray(), pair.Events.Shown);
            Assert.Contains("RECV-38", world.Breaches);
        });

    [ArmTheory]
    [Rule("RECV-39", Twin.Violated)]
    [Rule("OPEN-31")]
    public void RECV_39_another_answer_is_a_refusal_and_reported(Arm arm) => ContractWorld.Run(arm, world =>
    {
        using var pair = new TestPair(world);
        pair.Events.OnReceive = _ => STATUS_UNSUCCESSFUL;
        pair.Client.SetEvents(pair.Socket, WSK_EVENT_RECEIVE);
        pair.Peer.Send("abc"u8);
        pair.Events.WaitForBytes(3);
        pair.Client.SetEvents(pair.Socket, WSK_EVENT_RECEIVE | WSK_EVENT_DISABLE);

        Assert.Equal("abc", pair.ReceiveText(3, WSK_FLAG_WAITALL));
        Assert.All(world.Breaches, rule => Assert.Equal("RECV-39", rule));
        Assert.NotEmpty(world.Breaches);
    });

    [ArmTheory]
    [Rule("RECV-40")]
    [Rule("OBS-19")]
    [Rule("OPEN-28")]
    public void RECV_40_callbacks_of_a_socket_are_serial(Arm arm) => ContractWorld.Run(arm, world =>
    {
        using var pair = new TestPair(world);
        var running = 0;
        var overlaps = 0;
        pair.Events.OnReceive = _ =>
        {
            overlaps += Interlocked.Increment(ref running) == 1 ? 0 : 1;
            Interlocked.Decrement(ref running);
            return STATUS_SUCCESS;
        };
        pair.Client.SetEvents(pair.Socket, WSK_EVENT_RECEIVE);
        for (var i = 0; i < 50; i++)
        {
            // Enabling again while data comes in starts another look at the socket.
            pair.Peer.Send([(byte)i]);
            pair.Client.SetEvents(pair.Socket, WSK_EVENT_RECEIVE);
        }
        pair.Events.WaitForBytes(50);

        Assert.Equal(Enumerable.Range(0, 50).Select(i => (byte)i), pair.Events.Shown);
        Assert.Equal(0, overlaps);
    });
}
