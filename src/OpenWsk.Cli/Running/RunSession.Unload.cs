// The end of a run: drivers are unloaded in reverse order, what they have left running gets the time to meet
// its end, and threads that were stopped leave. It knows nothing about what is left then.
using OpenWsk.Kernel;
using OpenWsk.Loader;

namespace OpenWsk.Cli.Running;

internal sealed partial class RunSession
{
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
