// One run from the first DriverEntry to the account of what is left: load, enter, wait until the work ends,
// unload in reverse order, count. It knows nothing about the command line and writes nothing.
using OpenWsk.Abi;
using OpenWsk.Capture;
using OpenWsk.Cli.Supervision;
using OpenWsk.Cli.Worlds;
using OpenWsk.Kernel;
using OpenWsk.Loader;
using OpenWsk.Verifier;

namespace OpenWsk.Cli.Running;

/// <summary>Runs drivers.</summary>
internal sealed class RunSession
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

    // A call of the guest may take its time, but not more than --hang-after once somebody wants the run to
    // end.
    private async Task<bool> ComesBack(Task call, params Task[] wishes)
    {
        if (wishes.Length != 0)
            await _pace.WaitForAny(null, [call, .. wishes]).ConfigureAwait(false);
        return call.IsCompleted
            || (!_pace.IsStuck && await _pace.WaitForAny(_request.HangAfter, call).ConfigureAwait(false));
    }

    private async Task Unload(List<LoadedDriver> drivers)
    {
        _pace.DropTimes();
        foreach (var driver in Enumerable.Reverse(_entered))
        {
            var report = _report.Drivers[drivers.IndexOf(driver)];
            var unload = Guest<bool?>("DriverUnload", () => driver.CallUnload());
            if (!await ComesBack(unload).ConfigureAwait(false))
            {
                report.Fate = "hangs in DriverUnload";
                _report.Hang = DescribeHang(DidNotComeBack("DriverUnload", driver.Image.Name));
                return;
            }
            var isUnloaded = await unload.ConfigureAwait(false);
            if (isUnloaded == true)
                driver.Retire();
            report.Fate = isUnloaded switch
            {
                true => "unloaded",
                false => "has no DriverUnload",
                null => "stopped in DriverUnload",
            };
        }
    }

    // What a driver has left running meets its end on Windows when it next runs; a while is given to it here,
    // so that the run ends with the bug check that the driver's author would see.
    private async Task Settle()
    {
        var executive = _world.Executive;
        var deadlineNs = executive.Clock.NowNs + (long)SettleTime.TotalNanoseconds;
        while (executive.Clock.NowNs < deadlineNs && !_stopped.Task.IsCompleted
            && IsAnythingUnderWay(executive))
        {
            await _pace.WaitForAny(SettleStep, _stopped.Task).ConfigureAwait(false);
            if (_pace.Trouble is not null)
                return;
        }
        // What was taken from a queue last may be running still.
        var flush = Guest<bool?>("settling", () =>
        {
            executive.Dpcs.Flush();
            return true;
        });
        await _pace.WaitForAny(_request.HangAfter, flush, _stopped.Task).ConfigureAwait(false);
        // The dispatcher does not get to it: the world cannot be ended around what it runs.
        if (!flush.IsCompleted && !_stopped.Task.IsCompleted)
            _report.Hang = DescribeHang("a DPC or a completion routine did not come back in "
                + $"{_request.HangAfter.TotalSeconds:0.###} s");
    }

    private static bool IsAnythingUnderWay(Executive executive) =>
        executive.GuestThreads.Count != 0 || executive.Timers.Armed.Count != 0
        || executive.Dpcs.Count != 0 || executive.Workers.Count != 0;

    private string DescribeStandstill()
    {
        List<string> waiting = [.. _crash.DescribeThreads()];
        if (_world.Provider.PendingIrps.Count is > 0 and var irps)
            waiting.Add($"{irps} IRP{(irps == 1 ? " waits" : "s wait")} for the network");
        return string.Join("; ", waiting.Prepend(_pace.Trouble!));
    }

    private string DidNotComeBack(string routine, string driver) => _pace.Trouble is { } trouble
        ? $"{routine} of {driver} does not come back: {trouble}"
        : $"{routine} of {driver} did not come back in {_request.HangAfter.TotalSeconds:0.###} s";

    // Each thread is told of once: those that were taken out of a loop in the text, the others with their
    // stacks.
    private string DescribeHang(string what)
    {
        var holders = _world.Provider.DescribeRegistrations()
            .Select(holder => $"a registration is held by {holder}");
        // At a standstill nobody runs who could be interrupted.
        var isLooping = _pace.Trouble is null || _pace.IsStuck;
        var loops = isLooping ? _world.Drivers.InterruptThreads(LeaveTime) : [];
        _report.HangingThreads = _world.Drivers.WalkThreads();
        var others = loops.Count + _report.HangingThreads.Count != 0 ? []
            : _world.Executive.GuestThreads.Snapshot().Select(thread => $"thread T{thread.Key} runs");
        return string.Join("; ", holders.Concat(loops).Concat(others).Prepend(what));
    }

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

    private async Task WaitForThreads()
    {
        if (_pace.IsStuck)
            return;
        var deadlineNs = _world.Executive.Clock.NowNs + (long)LeaveTime.TotalNanoseconds;
        var wait = _world.OnThread(
            "waiting", () => _world.Executive.GuestThreads.WaitUntilIdle(deadlineNs));
        await _pace.WaitForAny(null, wait).ConfigureAwait(false);
    }
}
