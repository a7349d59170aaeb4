// `openwsk bench datapath`: what one echoed message costs above the transport, by a driver with events, by
// one with calls, and by the managed API, with what it allocates. The transport is NullTransport, so that
// neither the system's sockets nor another processor is in the figures. It knows nothing about order and
// printing: Schedule.cs, Results/Report.cs.
using System.Diagnostics;
using OpenWsk.Abi;
using OpenWsk.Host;
using OpenWsk.Kernel;
using OpenWsk.Loader;
using OpenWsk.Ports;
using OpenWsk.Provider;

namespace OpenWsk.Bench.Datapath;

/// <summary>Measures the way of a message from a transport through a client and back.</summary>
internal sealed class DatapathBench : IDisposable
{
    private const ushort KeepPort = 7001;
    private const ushort CopyPort = 7002;
    private const ushort CallPort = 7003;
    private const int MessageBytes = 64;
    private const int Connections = 256;
    private readonly HostScheduler _scheduler;
    private readonly Executive _executive;
    private readonly WskProvider _provider;
    private readonly NullTransport _transport;
    private readonly LoadedDriver _driver;

    public DatapathBench(string driverPath, bool lends)
    {
        var clock = new HostClock();
        _scheduler = new HostScheduler(clock);
        _executive = new Executive(
            new WorldPorts(clock, _scheduler, new HostEntropy()), x => new NativeCode(x));
        _transport = new NullTransport(lends);
        _provider = new WskProvider(_executive, _transport);
        _driver = new DriverHost(_executive).Load(driverPath);
        if (_driver.CallEntry() != NTSTATUS.STATUS_SUCCESS)
            throw new InvalidOperationException($"{driverPath} did not start");
    }

    /// <summary>The benchmark in two stages: received bytes are lent, or copied.</summary>
    public static IEnumerable<Stage> Stages(BenchContext context)
    {
        foreach (var lends in new[] { true, false })
        {
            var how = lends ? "lent" : "copied";
            var bench = new DatapathBench(context.PathOf("bench", "driver", "datapath.sys"), lends);
            yield return new Stage(
                $"datapath-{how}", $"echo of 64 bytes above a transport, received bytes are {how}", "ns",
                IsRate: false,
                [.. bench.Rows().Where(row => row.Name.Contains(context.Only, StringComparison.Ordinal))])
            {
                Resources = bench,
            };
        }
    }

    /// <summary>All rows, in the order in which they are shown.</summary>
    public IReadOnlyList<Row> Rows() =>
    [
        RowOf("events, buffers kept", KeepPort, 170),
        RowOf("events, buffer of its own", CopyPort, 170),
        RowOf("calls", CallPort, null),
    ];

    public void Dispose()
    {
        _provider.Dispose();
        _scheduler.Dispose();
        _driver.Dispose();
        _executive.Dispose();
    }

    private Row RowOf(string name, ushort port, double? goalNs)
    {
        var streams = Array.Empty<NullStream>();
        OnDispatcher(() => streams = _transport.Connect(port, Connections));
        return new Row(name, goalNs, 100_000, null) { Sampled = (size, _) => Echo(streams, size) };
    }

    // One turn of the dispatcher has one message for each connection, as a batch of completions has.
    private Sample Echo(NullStream[] streams, long messages)
    {
        var time = 0.0;
        var turns = Math.Max(1, messages / streams.Length);
        var before = streams[0].SentBytes;
        var allocated = 0L;
        OnDispatcher(() =>
        {
            allocated = GC.GetAllocatedBytesForCurrentThread();
            var start = Stopwatch.GetTimestamp();
            for (var turn = 0L; turn < turns; turn++)
            {
                foreach (var stream in streams)
                    stream.Feed(MessageBytes);
                foreach (var stream in streams)
                    stream.Drain();
            }
            time = Stopwatch.GetElapsedTime(start).TotalNanoseconds;
            allocated = GC.GetAllocatedBytesForCurrentThread() - allocated;
        });
        if (streams[0].SentBytes - before != turns * MessageBytes)
            throw new InvalidOperationException("not every message came back");
        var count = (double)turns * streams.Length;
        return new Sample(time / count) { AllocatedBytes = allocated / count };
    }

    private void OnDispatcher(Action work)
    {
        using var done = new ManualResetEventSlim();
        _scheduler.Post(new Turn(() =>
        {
            work();
            done.Set();
        }));
        done.Wait();
    }

    private sealed class Turn(Action work) : DispatchItem
    {
        public override void Run() => work();
    }
}
