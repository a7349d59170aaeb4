// Part of SimScheduler: threads that ask again and again instead of waiting. Such a thread can always run,
// so time would stand still for ever while it asks for what only time brings. After some yields in a row in
// which nothing happened at all, time goes on; where nothing is due either, asking on is a proven deadlock.
using System.Runtime.ExceptionServices;

namespace OpenWsk.Simulation;

public sealed partial class SimScheduler
{
    // Enough that a few looks cost no time, few enough that an hour of polling is quick.
    private const int YieldsBeforeTimePasses = 100;

    // No world that is alive asks this often without doing anything else.
    private const int YieldsBeforeDeadlock = 1_000_000;

    private int _fruitlessYields;

    private void NoteProgress()
    {
        _fruitlessYields = 0;
        PollingThread = null;
    }

    private void NoteYield(SimThread thread)
    {
        _fruitlessYields++;
        if (_fruitlessYields >= YieldsBeforeTimePasses && !_deadlines.IsEmpty)
        {
            _clock.AdvanceTo(Math.Min(_deadlines.EarliestNs, _limitNs));
            TakeRipe();
        }
        if (_fruitlessYields < YieldsBeforeDeadlock)
            return;
        if (_isOver is not null)
        {
            PollingThread = thread.Name;
            return;
        }
        _failure ??= ExceptionDispatchInfo.Capture(DescribeDeadlock(thread.Name));
        BeginEnding();
        ThrowIfEnding();
    }
}
