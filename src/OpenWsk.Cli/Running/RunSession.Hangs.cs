// Whether a call of the guest comes back, and in words what keeps one that does not, or a world in which
// nothing moves any more. It knows nothing about what the run does then.
namespace OpenWsk.Cli.Running;

internal sealed partial class RunSession
{
    // A call of the guest may take its time, but not more than --hang-after once somebody wants the run to
    // end.
    private async Task<bool> ComesBack(Task call, params Task[] wishes)
    {
        if (wishes.Length != 0)
            await _pace.WaitForAny(null, [call, .. wishes]).ConfigureAwait(false);
        return call.IsCompleted
            || (!_pace.IsStuck && await _pace.WaitForAny(_request.HangAfter, call).ConfigureAwait(false));
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

    private string DescribeStandstill()
    {
        List<string> waiting = [.. _crash.DescribeThreads()];
        if (_world.Provider.PendingIrps.Count is > 0 and var irps)
            waiting.Add($"{irps} IRP{(irps == 1 ? " waits" : "s wait")} for the network");
        return string.Join("; ", waiting.Prepend(_pace.Trouble!));
    }
}
