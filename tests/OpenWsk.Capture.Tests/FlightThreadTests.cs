// Threads and worlds under flight recorders: whose ring is whose, and what becomes of it when a thread ends.
// It knows nothing about what a ring holds: FlightRecorderTests.cs.
using OpenWsk.Kernel;
using Xunit;

namespace OpenWsk.Capture.Tests;

public sealed class FlightThreadTests
{
    [Fact]
    public void What_several_threads_did_is_in_the_order_of_time()
    {
        using var world = new FlightWorld();
        using var turn = new SemaphoreSlim(0);
        using var back = new SemaphoreSlim(0);
        var other = new Thread(() =>
        {
            for (var i = 0; i < 5; i++)
            {
                turn.Wait();
                world.Call("KeGetCurrentThread");
                back.Release();
            }
        });
        other.Start();
        for (var i = 0; i < 5; i++)
        {
            world.Call("KeGetCurrentIrql");
            turn.Release();
            back.Wait();
        }
        other.Join();
        Assert.Equal(
            Enumerable.Repeat(new[] { "KeGetCurrentIrql", "KeGetCurrentThread" }, 5).SelectMany(x => x),
            world.Recorder.Read().Events.Select(e => e.Text));
    }

    [Fact]
    public void The_ring_of_a_thread_that_ended_is_kept_until_it_is_needed()
    {
        using var world = new FlightWorld();
        var first = RunThread(world);
        Assert.Contains(world.Recorder.Read().Events, e => e.ThreadId == first);
        for (var i = 0; i < FlightLayout.RingCount; i++)
            RunThread(world);
        var events = world.Recorder.Read().Events;
        Assert.DoesNotContain(events, e => e.ThreadId == first);
        Assert.Equal(FlightLayout.RingCount, events.Select(e => e.ThreadId).Distinct().Count());
    }

    [Fact]
    public void More_threads_than_the_file_has_rings_are_recorded_while_the_process_lives()
    {
        using var world = new FlightWorld();
        using var end = new ManualResetEventSlim();
        using var begun = new CountdownEvent(FlightLayout.RingCount + 5);
        var threads = Enumerable.Range(0, FlightLayout.RingCount + 5).Select(_ => new Thread(() =>
        {
            world.Call("KeGetCurrentIrql");
            begun.Signal();
            end.Wait();
            KernelThread.Detach(world.Executive);
        })).ToList();
        threads.ForEach(thread => thread.Start());
        begun.Wait();
        Assert.Equal(threads.Count, world.Recorder.Read().Events.Select(e => e.ThreadId).Distinct().Count());
        end.Set();
        threads.ForEach(thread => thread.Join());
    }

    [Fact]
    public void Two_worlds_on_one_thread_do_not_mix()
    {
        using var one = new FlightWorld();
        using var other = new FlightWorld();
        one.Call("KeGetCurrentIrql");
        one.CallGuest(() => other.Call("KeGetCurrentThread"));
        Assert.Equal(
            ["KeGetCurrentIrql", ""], one.Recorder.Read().Events.Select(e => e.Text));
        Assert.Equal("KeGetCurrentThread", Assert.Single(other.Recorder.Read().Events).Text);
    }

    [Fact]
    public void A_thread_that_was_there_before_the_recorder_is_recorded_from_then_on()
    {
        using var world = new FlightWorld();
        Assert.NotNull(world.Executive.CurrentThread.Flight);
        using var plain = new Host.HostScheduler(new Host.HostClock());
        using var executive = new Executive(
            new WorldPorts(new Host.HostClock(), plain, new Host.HostEntropy()));
        Assert.Null(executive.CurrentThread.Flight);
        using var recorder = new FlightRecorder();
        recorder.Attach(executive);
        Assert.NotNull(executive.CurrentThread.Flight);
    }

    private static int RunThread(FlightWorld world)
    {
        var id = 0;
        var thread = new Thread(() =>
        {
            world.Call("KeGetCurrentIrql");
            id = world.ThreadId;
            KernelThread.Detach(world.Executive);
        });
        thread.Start();
        thread.Join();
        return id;
    }
}
