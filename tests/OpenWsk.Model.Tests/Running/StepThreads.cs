// The guest threads that make the calls of one step at the same time: the runner's own and as many more as a
// step can have calls, started once for a world. It knows nothing about the calls.
using OpenWsk.Abi;
using OpenWsk.Kernel;

namespace OpenWsk.Model.Tests;

/// <summary>Runs calls side by side.</summary>
internal sealed class StepThreads : IDisposable
{
    private readonly Executive _executive;
    private readonly List<Worker> _workers = [];

    public StepThreads(Executive executive) => _executive = executive;

    /// <summary>Makes all calls, the first on this thread, and returns when all have returned.</summary>
    public void Run(IReadOnlyList<Attempt> attempts, IReadOnlyList<Func<NTSTATUS>> calls)
    {
        while (_workers.Count < calls.Count - 1)
            _workers.Add(new Worker(_executive));
        for (var i = 1; i < calls.Count; i++)
        {
            var (attempt, call) = (attempts[i], calls[i]);
            _workers[i - 1].Begin(() => Make(attempt, call));
        }
        if (calls.Count != 0)
            Make(attempts[0], calls[0]);
        for (var i = 1; i < calls.Count; i++)
            _workers[i - 1].End();
    }

    public void Dispose()
    {
        foreach (var worker in _workers)
            worker.Dispose();
    }

    private void Make(Attempt attempt, Func<NTSTATUS> call)
    {
        var thread = _executive.CurrentThread;
        var old = thread.Irql;
        thread.Irql = attempt.Operation.AtDispatch ? Irql.Dispatch : old;
        attempt.Returned = call();
        thread.Irql = old;
    }

    private sealed class Worker : IDisposable
    {
        private readonly ManagedEvent _begins;
        private readonly ManagedEvent _ended;
        private readonly ManagedEvent _gone;
        private Action? _work;

        public Worker(Executive executive)
        {
            _begins = new ManagedEvent(executive, EVENT_TYPE.SynchronizationEvent);
            _ended = new ManagedEvent(executive, EVENT_TYPE.SynchronizationEvent);
            _gone = new ManagedEvent(executive);
            executive.Scheduler.StartThread("step", () => Loop(executive));
        }

        public void Begin(Action work)
        {
            _work = work;
            _begins.Set();
        }

        public void End() => _ended.Wait();

        public void Dispose()
        {
            _work = null;
            _begins.Set();
            _gone.Wait();
            _begins.Dispose();
            _ended.Dispose();
            _gone.Dispose();
        }

        private void Loop(Executive executive)
        {
            while (true)
            {
                _begins.Wait();
                if (_work is not { } work)
                    break;
                work();
                _ended.Set();
            }
            _gone.Set();
            KernelThread.Detach(executive);
        }
    }
}
