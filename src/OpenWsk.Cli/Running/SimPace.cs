// The time of a simulated world: it goes on only while somebody waits for it, and when nothing in it can
// happen any more, that is known at once. Driver code that does not come back is noticed in the machine's
// time, because the world's stands still meanwhile. It knows nothing about what is waited for.
using System.Globalization;
using OpenWsk.Ports;
using OpenWsk.Simulation;
using OpenWsk.Testing;

namespace OpenWsk.Cli.Running;

/// <summary>Lets a simulated world go on.</summary>
/// <param name="world">The machine that drivers run on.</param>
/// <param name="patience">How long driver code may run without a turn, in the machine's time.</param>
internal sealed class SimPace(DriverWorld world, TimeSpan patience) : IPace
{
    private readonly SimScheduler _scheduler = world.Simulation!.Scheduler;
    private readonly List<Time> _times = [];

    /// <inheritdoc/>
    public string? Trouble { get; private set; }

    /// <inheritdoc/>
    public bool IsStuck { get; private set; }

    /// <inheritdoc/>
    public Task After(TimeSpan? span)
    {
        var time = new Time();
        if (span is not { } length)
            return time.Ended;
        _times.Add(time);
        world.Executive.Scheduler.PostAt(NowPlus(length), time);
        return time.Ended;
    }

    /// <inheritdoc/>
    public void DropTimes()
    {
        foreach (var time in _times.Where(time => !time.Ended.IsCompleted))
            world.Executive.Scheduler.CancelPost(time);
        _times.Clear();
    }

    /// <inheritdoc/>
    public async Task<bool> WaitForAny(TimeSpan? limit, params Task[] tasks)
    {
        if (IsStuck)
            return false;
        Trouble = null;
        var limitNs = limit is { } length ? NowPlus(length) : IParker.Never;
        var drive = Task.Run(() => _scheduler.Drive(() => tasks.Any(task => task.IsCompleted), limitNs));
        for (var turns = -1L; turns != _scheduler.Turns; await Task.WhenAny(drive, Task.Delay(patience))
            .ConfigureAwait(false))
        {
            turns = _scheduler.Turns;
            if (drive.IsCompleted)
                break;
        }
        if (!drive.IsCompleted)
        {
            IsStuck = true;
            Trouble = "driver code runs without end; the simulated time stands still meanwhile";
            return false;
        }
        if (await drive.ConfigureAwait(false) == DriveEnd.Standstill)
            Trouble = DescribeStandstill();
        return tasks.Any(task => task.IsCompleted);
    }

    private string DescribeStandstill()
    {
        var seconds = (world.Executive.Clock.NowNs / 1e9).ToString("0.000000", CultureInfo.InvariantCulture);
        var poller = _scheduler.PollingThread is { } name ? $", for all that {name} asks again and again"
            : "";
        return $"nothing can happen any more in the simulated world after {seconds} s of its time{poller}";
    }

    private long NowPlus(TimeSpan span) => world.Executive.Clock.NowNs + (long)span.TotalNanoseconds;

    // A wish for the end of the run, at its time.
    private sealed class Time : DispatchItem
    {
        private readonly TaskCompletionSource _ended =
            new(TaskCreationOptions.RunContinuationsAsynchronously);

        public Task Ended => _ended.Task;

        public override void Run() => _ended.TrySetResult();
    }
}
