// Threads that ask again and again instead of waiting: others run between their looks, and time passes when
// nobody else does anything. Ordinary waiting is in SchedulerTests.
using OpenWsk.Ports;
using OpenWsk.Simulation;
using Xunit;

namespace OpenWsk.Net.Sim.Tests;

public sealed class PollingTests
{
    [Fact]
    public void What_time_brings_comes_to_who_polls_for_it()
    {
        using var world = new SimWorld(1);
        var isDone = false;
        world.Run(() =>
        {
            world.Scheduler.PostAt(5_000_000_000, new Item(() => isDone = true));
            while (!isDone)
                Yield(world);
            Assert.Equal(5_000_000_000, world.Clock.NowNs);
        });
    }

    [Fact]
    public void A_few_looks_take_no_time()
    {
        using var world = new SimWorld(1);
        world.Run(() =>
        {
            world.Scheduler.PostAt(1000, new Item(() => { }));
            for (var i = 0; i < 99; i++)
                Yield(world);
            Assert.Equal(0, world.Clock.NowNs);
            Yield(world);
            Assert.Equal(1000, world.Clock.NowNs);
        });
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Two_that_poll_do_not_keep_each_other_from_the_future(bool isOrderRandom)
    {
        using var world = new SimWorld(1, isOrderRandom ? new RandomStrategy(1) : null);
        var count = 0;
        var isDone = false;
        world.Run(() =>
        {
            world.Scheduler.PostAt(1_000_000, new Item(() => isDone = true));
            world.Scheduler.StartThread("other", () =>
            {
                while (!isDone)
                    Yield(world);
                count++;
            });
            while (!isDone || count == 0)
                Yield(world);
            Assert.Equal(1_000_000, world.Clock.NowNs);
        });
    }

    [Fact]
    public void Others_run_between_two_looks()
    {
        using var world = new SimWorld(1);
        var steps = 0;
        world.Run(() =>
        {
            world.Scheduler.StartThread("worker", () =>
            {
                for (; steps < 10; steps++)
                    Yield(world);
            });
            while (steps < 10)
                Yield(world);
            Assert.Equal(0, world.Clock.NowNs);
        });
    }

    [Fact]
    public void Asking_for_what_nobody_can_bring_is_a_deadlock()
    {
        using var world = new SimWorld(1);
        var e = Assert.Throws<DeadlockException>(() => world.Run(() =>
        {
            while (true)
                Yield(world);
        }));
        Assert.Equal("main", e.PollingThread);
        Assert.Contains("Asks for ever: main", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_datagram_comes_to_who_polls_for_it()
    {
        using var net = new NetworkFixture();
        net.Run(() =>
        {
            var socket = new DatagramSocket(net.World.Scheduler, net.Here.Transport);
            Assert.Equal(Abi.NTSTATUS.STATUS_SUCCESS, socket.Bind("0.0.0.0:5000"));
            net.There.OpenDatagram("10.0.0.2:53").Send("10.0.0.1:5000", [1]);
            while (socket.TryReceive(out _, out _) == Abi.NTSTATUS.STATUS_PENDING)
                Yield(net.World);
            Assert.Equal(NetworkFixture.Millisecond / 2, net.NowNs);
        });
    }

    private static void Yield(SimWorld world) => world.Scheduler.CurrentParker.Park(world.Clock.NowNs);

    private sealed class Item(Action action) : DispatchItem
    {
        public override void Run() => action();
    }
}
