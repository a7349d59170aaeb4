// One run from the first DriverEntry to the account of what is left: load, enter, wait until the work ends,
// unload in reverse order (RunSession.Unload.cs), count. What hangs is described in RunSession.Hangs.cs. It
// knows nothing about the command line and writes nothing.
using OpenWsk.Abi;
using OpenWsk.Capture;
using OpenWsk.Cli.Supervision;
using OpenWsk.Cli.Worlds;
using OpenWsk.Kernel;
using OpenWsk.Loader;
using OpenWsk.Verifier;

namespace OpenWsk.Cli.Running;

/// <summary>Runs drivers.</summary>
internal sealed partial class RunSession
{
    // A stopped driver's threads leave the guest at their next call; one that never calls anything stays.
    private static readonly TimeSpan LeaveTime = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan SettleTime = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan SettleStep = TimeSpan.FromMilliseconds(20);
    private readonly RunRequest _request;
    private readonly RunWorld _world;
    private readonly WorkWatch _watch;
    private readonly Interrupts _interrupts;
    private readonly IPace _pace;
    private readonly Task _length;
    private readonly Task _within;
    private readonly RunReport _report;
    private readonly FlightRecorder _recorder;
    private readonly CrashWatch _crash;
    private readonly List<LoadedDriver> _entered = [];
    private readonly TaskCompletionSource _stopped = new(TaskCreationOptions.RunContinuationsAsynchronously);

    private RunSession(
        RunRequest request, RunWorld world, Interrupts interrupts, FlightRecorder recorder,
        CrashWatch crash)
    {
        _recorder = recorder;
        _crash = crash;
        _request = request;
        _world = world;
        _interrupts = interrupts;
        _pace = world.World.Simulation is null ? new HostPace() : new SimPace(world.World, request.HangAfter);
        _length = _pace.After(request.Length);
        _within = _pace.After(request.Within);
        _watch = new WorkWatch(world.Executive, world.Provider);
        _report =
            new RunReport { Drivers = [.. request.Images.Select(image => new DriverReport(image.Name))] };
        world.Executive.Stopped += () => _stopped.TrySetResult();
    }

    /// <summary>Makes a world, runs, and ends it.</summary>
    /// <remarks>Errors: FailureException when a driver cannot be loaded.</remarks>
    public static async Task<RunReport> Run(RunRequest request)
    {
        using var interrupts = new Interrupts();
        // Not disposed: a thread that hangs in guest code may still write to it while the process ends.
        var recorder = Worker.OpenRecorder();
        try
        {
            var world = request.Simulation is { } settings
                ? RunWorld.Simulate(settings, request.PoolMode, request.Files)
                : RunWorld.Create(request.PoolMode, request.Files, request.Processors, request.Net);
            return await RunIn(world, request, interrupts, recorder).ConfigureAwait(false);
        }
        finally
        {
            recorder.Finish();
        }
    }

    private static async Task<RunReport> RunIn(
        RunWorld world, RunRequest request, Interrupts interrupts, FlightRecorder recorder)
    {
        recorder.Attach(world.Executive);
        var prints = new DebugOutput(request.Prints);
        world.Executive.AddSink(prints);
        world.Drivers.SymbolFolders = request.SymbolFolders;
        var crash = new CrashWatch(world, recorder);
        var trace = request.MakeTrace?.Invoke(world.Drivers.NameAddress);
        if (trace is not null)
            world.Executive.AddSink(trace);
        foreach (var enabling in request.Etw)
            world.Executive.Etw.Enable(enabling);
        var session = new RunSession(request, world, interrupts, recorder, crash);
        var report = await session.Run().ConfigureAwait(false);
        (trace as IDisposable)?.Dispose();
        report.Prints = prints.Kept;
        report.IsLineOpen = prints.IsLineOpen;
        report.Crash = crash.Report;
        if (request.Simulation is { } settings)
            report.Simulation = new(settings.ChosenSeed, world.Executive.Clock.NowNs / 1e9);
        // A thread that hangs in guest code keeps the world: the process ends with it.
        if (report.Hang is null && world.Executive.GuestThreads.Count == 0)
            world.Dispose();
        return report;
    }

    private async Task<RunReport> Run()
    {
        var drivers = Load();
        _report.End = await Enter(drivers).ConfigureAwait(false) ? await Talk().ConfigureAwait(false)
            : _report.Hang is not null ? EndByWish()
            : RunEnd.EntryFailed;
        if (_world.Executive.StopReason is null && _report.Hang is null)
        {
            await Unload(drivers).ConfigureAwait(false);
            if (_report.Hang is null)
                await Settle().ConfigureAwait(false);
        }
        _report.StopReason = _world.Executive.StopReason;
        if (_report.StopReason is not null)
        {
            _report.End = RunEnd.Stopped;
            await WaitForThreads().ConfigureAwait(false);
        }
        for (var i = 0; i < drivers.Count; i++)
            _report.Drivers[i].MissingCalled = [.. drivers[i].Missing.Where(import => import.Calls != 0)];
        _report.Findings = [.. _world.Findings.Findings.Select(Named)];
        _report.LeftBehind = _world.Executive.CollectLeftovers();
        if (_report.Hang is null && _world.Executive.GuestThreads.Count == 0)
            Enumerable.Reverse(drivers).ToList().ForEach(driver => driver.Dispose());
        return _report;
    }

    private Finding Named(Finding finding)
    {
        var executive = _world.Executive;
        var stack = executive.Stacks.Get(finding.StackNumber);
        return finding with { Stack = [.. stack.Select(executive.NameAddress)] };
    }

    private List<LoadedDriver> Load()
    {
        foreach (var stub in _request.Stubs)
            _world.Drivers.AnswerMissing(stub.Routine, stub.Status);
        var drivers = new List<LoadedDriver>();
        foreach (var image in _request.Images)
        {
            var driver = LoadOne(image);
            foreach (var parameter in _request.Parameters.Where(p => p.IsFor(driver.ServiceName)))
                DriverKey.Set(_world.Executive, driver.RegistryPath, parameter);
            _recorder.AddDriver(image.Name, driver.ImageStart, image.SizeBytes);
            drivers.Add(driver);
        }
        return drivers;
    }

    private LoadedDriver LoadOne(DriverImage image)
    {
        try
        {
            return _world.Drivers.Load(image);
        }
        catch (ImageFormatException e)
        {
            throw new FailureException(ExitCodes.NotLoadable, e.Message);
        }
    }

    private async Task<bool> Enter(List<LoadedDriver> drivers)
    {
        for (var i = 0; i < drivers.Count; i++)
        {
            var (driver, report) = (drivers[i], _report.Drivers[i]);
            var entry = Guest<NTSTATUS?>("DriverEntry", () => driver.CallEntry());
            if (!await ComesBack(entry, _interrupts.First, _length, _within).ConfigureAwait(false))
            {
                report.Fate = "hangs in DriverEntry";
                _report.Hang = DescribeHang(DidNotComeBack("DriverEntry", driver.Image.Name));
                return false;
            }
            report.EntryStatus = await entry.ConfigureAwait(false);
            if (report.EntryStatus is not { } status || !status.IsSuccess())
            {
                report.Fate = report.EntryStatus is null ? "stopped in DriverEntry"
                    : "not kept: DriverEntry failed";
                if (report.EntryStatus is not null)
                    driver.Retire();
                return false;
            }
            report.Fate = "running";
            _entered.Add(driver);
        }
        return true;
    }

    private async Task<RunEnd> Talk()
    {
        var conversation = new Conversation(
            _world, _request, _pace, [_stopped.Task, _interrupts.First, _length, _within]);
        var hang = await conversation.Run().ConfigureAwait(false);
        _report.Answers = conversation.Answers;
        _report.Standstill = conversation.Standstill;
        if (hang is null)
            return await WaitForEnd().ConfigureAwait(false);
        _report.Hang = hang;
        return EndByWish();
    }

    private async Task<RunEnd> WaitForEnd()
    {
        if (!_request.IsStaying)
            _watch.Start();
        var hasEnded = await _pace
            .WaitForAny(null, _watch.Ended, _stopped.Task, _interrupts.First, _length, _within)
            .ConfigureAwait(false);
        if (!hasEnded && _pace.IsStuck)
            _report.Hang = DescribeHang(_pace.Trouble!);
        else if (!hasEnded)
            _report.Standstill = DescribeStandstill();
        _watch.Stop();
        return _stopped.Task.IsCompleted ? RunEnd.Stopped
            : _watch.Ended.IsCompleted ? RunEnd.WorkEnded
            : hasEnded || _report.Hang is not null ? EndByWish()
            : RunEnd.Standstill;
    }

    private RunEnd EndByWish() => _interrupts.First.IsCompleted ? RunEnd.Interrupted
        : _within.IsCompleted ? RunEnd.TimeLimit
        : _pace.Trouble is not null && !_length.IsCompleted ? RunEnd.Standstill
        : RunEnd.TimeOver;

    // What the guest ends abnormally is told by StopReason; a thread that ends itself in DriverEntry returns
    // nothing.
    private Task<T?> Guest<T>(string name, Func<T?> call) => _world.OnThread(name, () =>
    {
        // Caught here, so that the task itself ends with the call: a simulated world looks at it.
        try
        {
            return call();
        }
        catch (GuestUnwindException e)
        {
            if (e is not GuestStoppedException)
                _world.Executive.RequestStop($"{name} ended its thread: {e.Message}");
            return default;
        }
    });
}
