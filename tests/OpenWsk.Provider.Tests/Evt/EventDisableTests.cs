// Disabling a callback while it is running: the request comes from inside the callback itself, so that
// nothing has to be held up. Rules EVT-08..10, CTLS-02, CTLS-03. Idle callbacks: EventControlTests.cs.
using OpenWsk.Abi;
using OpenWsk.TestSupport;
using static OpenWsk.Abi.NTSTATUS;
using static OpenWsk.Abi.WskConstants;

namespace OpenWsk.Provider.Tests;

public sealed class EventDisableTests
{
    [ArmTheory]
    [Rule("EVT-08")]
    [Rule("EVT-10")]
    [Rule("CTLS-02")]
    [Rule("EVT-05")]
    public void EVT_08_with_an_irp_it_ends_when_the_callback_has_returned(Arm arm) =>
        ContractWorld.Run(arm, world =>
        {
            using var pair = new TestPair(world);
            using var irp = pair.Client.Irp();
            var asked = STATUS_UNSUCCESSFUL;
            var isRunning = false;
            var wasRunning = true;
            irp.OnCompletion = () => wasRunning = isRunning;
            pair.Events.OnReceive = _ =>
            {
                isRunning = true;
                asked = pair.Client.SetEvents(pair.Socket, WSK_EVENT_RECEIVE | WSK_EVENT_DISABLE, irp);
                isRunning = false;
                return STATUS_SUCCESS;
            };
            pair.Client.SetEvents(pair.Socket, WSK_EVENT_RECEIVE);
            pair.Peer.Send("x"u8);

            Assert.Equal(STATUS_SUCCESS, irp.Wait());
            Assert.Equal((STATUS_PENDING, false), (asked, wasRunning));
            Assert.Equal((1, (nuint)0, true), (irp.Completions, irp.Information, irp.PendingReturned));
            pair.Peer.Send("yz"u8);
            pair.Peer.ShutdownSend();
            Assert.Equal("yz", pair.ReceiveText(2, WSK_FLAG_WAITALL));
            Assert.Equal("x"u8.ToArray(), pair.Events.Shown);
            Assert.Empty(world.Breaches);
        });

    [ArmTheory]
    [Rule("EVT-09")]
    [Rule("CTLS-03")]
    public void EVT_09_without_an_irp_it_says_that_the_callback_is_running(Arm arm) =>
        ContractWorld.Run(arm, world =>
        {
            using var pair = new TestPair(world);
            var asked = new List<NTSTATUS>();
            pair.Events.OnReceive = _ =>
            {
                // Another callback is not running, whatever this one does.
                asked.Add(pair.Client.SetEvents(pair.Socket, WSK_EVENT_DISCONNECT | WSK_EVENT_DISABLE));
                asked.Add(pair.Client.SetEvents(pair.Socket, WSK_EVENT_RECEIVE | WSK_EVENT_DISABLE));
                return STATUS_SUCCESS;
            };
            pair.Client.SetEvents(pair.Socket, WSK_EVENT_RECEIVE | WSK_EVENT_DISCONNECT);
            pair.Peer.Send("x"u8);
            pair.Events.WaitForReceives(1);
            pair.Peer.Send("y"u8);
            pair.Peer.ShutdownSend();
            Assert.Equal("y", pair.ReceiveText(1));
            Assert.Equal((STATUS_SUCCESS, 0), pair.ReceiveCount(1));
            asked.Add(pair.Client.SetEvents(pair.Socket, WSK_EVENT_RECEIVE | WSK_EVENT_DISABLE));

            Assert.Equal([STATUS_SUCCESS, STATUS_EVENT_PENDING, STATUS_SUCCESS], asked);
            Assert.Equal("x"u8.ToArray(), pair.Events.Shown);
            Assert.Empty(pair.Events.Disconnects);
            Assert.Empty(world.Breaches);
        });

    [ArmTheory]
    [Rule("EVT-08")]
    [Rule("CLOSE-07")]
    public void EVT_08_a_close_in_the_callback_does_not_end_the_disable_early(Arm arm) =>
        ContractWorld.Run(arm, world =>
        {
            using var pair = new TestPair(world);
            using var disable = pair.Client.Irp();
            using var close = pair.Client.Irp();
            var order = new List<string>();
            disable.OnCompletion = () => order.Add("disabled");
            close.OnCompletion = () => order.Add("closed");
            pair.Events.OnReceive = _ =>
            {
                pair.Client.SetEvents(pair.Socket, WSK_EVENT_RECEIVE | WSK_EVENT_DISABLE, disable);
                pair.Close(close);
                order.Add("returns");
                return STATUS_SUCCESS;
            };
            pair.Client.SetEvents(pair.Socket, WSK_EVENT_RECEIVE);
            pair.Peer.Send("x"u8);

            Assert.Equal(STATUS_SUCCESS, close.Wait());
            Assert.Equal(STATUS_SUCCESS, disable.Status);
            Assert.Equal(["returns", "disabled", "closed"], order);
        });
}
