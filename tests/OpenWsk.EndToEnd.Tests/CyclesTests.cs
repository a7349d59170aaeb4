// Endurance: 100,000 connections made, used and closed by a driver, from one thread and from eight, with
// nothing left behind: no socket, IRP, MDL, pool or thread, no file descriptor, and no managed memory that
// grows with the count.
using System.Text;
using OpenWsk.Abi;
using OpenWsk.Cli.Worlds;
using OpenWsk.Kernel;
using OpenWsk.Ports;

namespace OpenWsk.EndToEnd.Tests;

[Collection(Alone.Name)]
public sealed class CyclesTests
{
    // What the runtime itself may keep between two measurements: thread-pool threads, tiered code, pooled
    // buffers.
    private const long SlackBytes = 2_000_000;

    [Theory]
    [InlineData(1)]
    [InlineData(8)]
    public void A_hundred_thousand_connections_leave_nothing_behind(int threads)
    {
        using var server = new EchoServer();
        Run(server, threads, cycles: 10_000);
        var before = Measure();
        Run(server, threads, cycles: 100_000);
        var after = Measure();
        Assert.True(
            after.Files <= before.Files + 2, $"file descriptors: {before.Files} before, {after.Files} after");
        Assert.True(
            after.ManagedBytes <= before.ManagedBytes + SlackBytes,
            $"managed bytes: {before.ManagedBytes} before, {after.ManagedBytes} after");
    }

    private static (int Files, long ManagedBytes) Measure() =>
        (Directory.GetFiles("/proc/self/fd").Length, GC.GetTotalMemory(forceFullCollection: true));

    private static void Run(EchoServer server, int threads, int cycles)
    {
        using var world = RunWorld.Create();
        var printed = new PrintedText();
        world.Executive.AddSink(printed);
        SetParameters(world, threads, cycles / threads, server.Port);
        using var driver = world.Drivers.Load(CommandLine.Sample("stress"), "stress");
        Assert.Equal(NTSTATUS.STATUS_SUCCESS, world.OnThread("DriverEntry", driver.CallEntry).Result);
        Assert.True(world.Executive.GuestThreads.WaitUntilIdle(IParker.Never));
        Assert.True(world.OnThread("DriverUnload", driver.CallUnload).Result);
        Assert.Contains($"{cycles} cycles, 0 failed", printed.ToString(), StringComparison.Ordinal);
        Assert.Equal(0, world.Provider.OpenSockets);
        Assert.Empty(world.Provider.PendingIrps);
        Assert.Equal(0, world.Provider.Registrations);
        Assert.Equal(0, world.Executive.Pool.Count);
        Assert.Empty(world.Findings.Findings);
    }

    private static void SetParameters(RunWorld world, int threads, int cycles, int port)
    {
        var registry = world.Executive.Registry;
        var key = RegistryService.ParametersPath("stress");
        registry.SetString(key, "RemoteAddress", "127.0.0.1");
        registry.SetDword(key, "RemotePort", (uint)port);
        registry.SetDword(key, "Threads", (uint)threads);
        registry.SetDword(key, "Cycles", (uint)cycles);
        // An abortive end leaves no TIME_WAIT behind, so that the ports of one minute are enough.
        registry.SetDword(key, "Abortive", 1);
    }

    // What the driver printed.
    private sealed class PrintedText : IEventSink
    {
        private readonly StringBuilder _text = new();

        public void OnEvent(in KernelEvent e)
        {
            if (e.Kind != KernelEventKind.DebugPrint)
                return;
            lock (_text)
                _text.Append(e.Text);
        }

        public override string ToString()
        {
            lock (_text)
                return _text.ToString();
        }
    }
}
