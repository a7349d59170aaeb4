// The time of a world as .NET's TimeProvider, so that delays and timeouts of C# code follow the world's
// clock: in a simulated world, virtual time. Timers are told where C# goes on. It knows nothing about what
// they are for.
using OpenWsk.Ports;

namespace OpenWsk;

/// <summary>The clock and the timers of one host.</summary>
internal sealed class WorldTime(IClock clock, IScheduler scheduler, Continuations continuations)
    : TimeProvider
{
    private const long NanosecondsPerSecond = 1_000_000_000;

    public override long TimestampFrequency => NanosecondsPerSecond;

    public override TimeZoneInfo LocalTimeZone => TimeZoneInfo.Utc;

    public override long GetTimestamp() => clock.NowNs;

    public override DateTimeOffset GetUtcNow() =>
        new(DateTime.FromFileTimeUtc(clock.SystemTime100Ns), TimeSpan.Zero);

    public override ITimer CreateTimer(
        TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        var timer = new Timer(this, callback, state);
        timer.Change(dueTime, period);
        return timer;
    }

    private sealed class Timer(WorldTime time, TimerCallback callback, object? state) : ITimer
    {
        private readonly Lock _lock = new();
        private Due? _due;
        private TimeSpan _period;
        private bool _isDisposed;

        public bool Change(TimeSpan dueTime, TimeSpan period)
        {
            lock (_lock)
            {
                if (_isDisposed)
                    return false;
                Stop();
                _period = period;
                if (dueTime >= TimeSpan.Zero)
                    Start(dueTime);
                return true;
            }
        }

        public void Dispose()
        {
            lock (_lock)
            {
                _isDisposed = true;
                Stop();
            }
        }

        public ValueTask DisposeAsync()
        {
            Dispose();
            return ValueTask.CompletedTask;
        }

        public void Fire(Due due)
        {
            lock (_lock)
            {
                if (!ReferenceEquals(due, _due))
                    return;
                _due = null;
                if (_period > TimeSpan.Zero)
                    Start(_period);
            }
            callback(state);
        }

        private void Start(TimeSpan span)
        {
            _due = new Due(this, time);
            time.Scheduler.PostAt(time.GetTimestamp() + (span.Ticks * 100), _due);
        }

        private void Stop()
        {
            if (_due is { } due)
                time.Scheduler.CancelPost(due);
            _due = null;
        }
    }

    // One expiry: first on the dispatcher, then where C# goes on. A new one each time, because an old one may
    // be on its way still.
    private sealed class Due(Timer timer, WorldTime time) : DispatchItem, IThreadPoolWorkItem
    {
        public override void Run() => time.Continuations.Post(this);

        public void Execute() => timer.Fire(this);
    }

    private IScheduler Scheduler { get; } = scheduler;

    private Continuations Continuations { get; } = continuations;
}
