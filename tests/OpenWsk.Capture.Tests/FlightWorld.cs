// A world with a kernel, a flight recorder and time that the test sets; guest code is C# with a code address.
// It knows nothing about what is recorded.
using OpenWsk.Host;
using OpenWsk.Kernel;
using OpenWsk.Ports;

namespace OpenWsk.Capture.Tests;

/// <summary>A recorded world.</summary>
internal sealed class FlightWorld : IDisposable
{
    private readonly HostScheduler _scheduler = new(new HostClock());

    public FlightWorld(string? path = null)
    {
        Recorder = new FlightRecorder(path);
        Executive = new Executive(new WorldPorts(Clock, _scheduler, new HostEntropy()));
        Recorder.Attach(Executive);
    }

    public SteppedClock Clock { get; } = new();

    public Executive Executive { get; }

    public FlightRecorder Recorder { get; }

    public int ThreadId => Executive.CurrentThread.Id;

    /// <summary>The last events without the thread, which is the only one.</summary>
    public IReadOnlyList<string> Lines =>
    [
        .. FlightText.Lines(Recorder.Read(), address => $"code {address & 0xFFF:x}")
            .Select(line => line.Replace($" T{ThreadId} PASSIVE_LEVEL", "", StringComparison.Ordinal)),
    ];

    /// <summary>Calls a routine as a driver without machine code would.</summary>
    public ulong Call(string name, params ulong[] arguments) =>
        Executive.Routines.Get(Libraries.Ntoskrnl, name).Invoke(Executive, arguments);

    /// <summary>Calls C# code as guest code.</summary>
    public ulong CallGuest(Func<ulong> body, params ulong[] arguments)
    {
        var address = Executive.Code.Register(_ => body());
        return Executive.Code.Call(address, arguments);
    }

    public void Dispose()
    {
        _scheduler.Dispose();
        Executive.Dispose();
        Recorder.Dispose();
    }

    /// <summary>A clock of which each look takes a millisecond, so no two things happen at once.</summary>
    internal sealed class SteppedClock : IClock
    {
        private long _looks;

        public long NowNs => Interlocked.Increment(ref _looks) * 1_000_000;

        public long SystemTime100Ns => 0;
    }
}
