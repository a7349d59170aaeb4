// Runs one sequence in a world: prepares the calls of each step, makes them on as many guest threads at once,
// waits for what answers at once, and lets the judge decide. A call that the judge expects to complete is
// waited for by its completion routine, with a limit on the world's clock that only a hang reaches.
using OpenWsk.Abi;
using OpenWsk.Kernel;
using OpenWsk.Ports;
using OpenWsk.TestSupport;

namespace OpenWsk.Model.Tests;

/// <summary>A run of a sequence.</summary>
internal sealed class SequenceRunner : IDisposable
{
    /// <summary>How long a call may take that must complete; only a hang takes so long.</summary>
    public const long HangNs = 20_000_000_000;

    private readonly ModelWorld _world;
    private readonly long _hangNs;
    private readonly Judge _judge = new();
    private readonly StepThreads _threads;
    private readonly ManagedEvent _something;
    private readonly List<Attempt> _attempts = [];
    private readonly HashSet<Attempt> _taken = [];
    private readonly nuint[] _pointers = new nuint[Sequence.Slots];
    private readonly EndpointAddress[] _addresses = new EndpointAddress[Sequence.Slots];
    private nuint _closed;

    private SequenceRunner(ModelWorld world, long hangNs)
    {
        _world = world;
        _hangNs = hangNs;
        _threads = new StepThreads(world.Executive);
        _something = new ManagedEvent(world.Executive);
    }

    /// <summary>Runs a sequence; null, or what went wrong in words.</summary>
    public static string? Run(Arm arm, Sequence sequence, long hangNs = HangNs)
    {
        string? problem = null;
        try
        {
            Watch.Note(sequence.Seed, "makes its world");
            ModelWorld.Run(arm, sequence, world =>
            {
                using var runner = new SequenceRunner(world, hangNs);
                problem = runner.RunAll(sequence);
                if (problem is not null)
                    runner.Abandon();
                Watch.Note(
                    sequence.Seed,
                    $"ends its world: {string.Join(", ", world.Provider.DescribeRegistrations())}");
            });
            return problem;
        }
        catch (Exception e) when (e is not OutOfMemoryException)
        {
            // A run that ends early leaves things behind, which the world complains about in its own way.
            return problem ?? $"{e.GetType().Name}: {e.Message}{Environment.NewLine}{e.StackTrace}";
        }
        finally
        {
            Watch.End(sequence.Seed);
        }
    }

    /// <summary>
    /// Leaves guest memory to whatever still uses it: the run has failed, and its world ends.
    /// </summary>
    public void Abandon() => _attempts.Clear();

    public void Dispose()
    {
        _threads.Dispose();
        foreach (var attempt in _attempts)
        {
            attempt.Irp?.Dispose();
            attempt.Buffer?.Dispose();
            if (attempt.Memory != 0)
                _world.Executive.Heap.Free(attempt.Memory);
        }
        _something.Dispose();
    }

    private string? RunAll(Sequence sequence)
    {
        for (var i = 0; i < sequence.Steps.Count; i++)
        {
            Watch.Note(sequence.Seed, $"step {i + 1}: {sequence.Steps[i]}");
            if (RunStep(sequence.Steps[i].Calls) is { } problem)
                return $"step {i + 1}: {problem}";
        }
        // Everything is closed in the end, listeners first or last as the slots have it.
        while (Enumerable.Range(0, Sequence.Slots).Any(slot => _judge.State.At(slot) is not null))
        {
            var slot = Enumerable.Range(0, Sequence.Slots).First(s => _judge.State.At(s) is not null);
            Watch.Note(sequence.Seed, $"closes slot {slot} at the end");
            var close = new Operation(OperationKind.Close, slot, 0, 0, 0, AtDispatch: false);
            if (RunStep([close]) is { } problem)
                return $"at the end: {problem}";
        }
        if (_world.Provider.OpenSockets != 0)
            return $"{_world.Provider.OpenSockets} sockets are left";
        return _world.Provider.PendingIrps.Count != 0 ? "an IRP is left pending" : null;
    }

    private string? RunStep(IReadOnlyList<Operation> operations)
    {
        var step = new List<Attempt>();
        var calls = new List<Func<NTSTATUS>>();
        var claimed = new HashSet<int>();
        foreach (var operation in operations)
        {
            if (TryPrepare(operation, claimed, out var attempt, out var call))
            {
                step.Add(attempt!);
                calls.Add(call!);
            }
        }
        _attempts.AddRange(step);
        _threads.Run(step, calls);
        foreach (var attempt in step)
        {
            if (AnswersAtOnce(attempt) && !attempt.Irp!.WaitUntil(_world.Executive.Clock.NowNs + _hangNs))
                return $"{attempt}: never completed";
        }
        return Decide(step);
    }

    // Snapshots and judgements until every call that must complete has.
    private string? Decide(List<Attempt> step)
    {
        while (true)
        {
            _something.Reset();
            var open = _attempts.Where(a => !_taken.Contains(a)).ToList();
            foreach (var attempt in open)
                attempt.TakeSnapshot();
            var verdict = _judge.Take(step);
            if (verdict.Kind == VerdictKind.Wrong)
                return verdict.Text;
            if (verdict.Kind == VerdictKind.Right)
                return Note(open);
            if (!_something.Wait(_world.Executive.Clock.NowNs + _hangNs))
                return $"{verdict.Text}, and never did";
        }
    }

    // What the judge has accepted is now true: new sockets, gone sockets, addresses.
    private string? Note(List<Attempt> open)
    {
        foreach (var attempt in open.Where(a => a.IsSeen))
        {
            if ((attempt.FindProblem() ?? CallMaker.FindProblemInData(attempt)) is { } problem)
                return problem;
            _taken.Add(attempt);
            if (attempt.Status != NTSTATUS.STATUS_SUCCESS)
                continue;
            var operation = attempt.Operation;
            switch (operation.Kind)
            {
                case OperationKind.Open or OperationKind.SocketConnect:
                    _pointers[operation.Slot] = attempt.Information;
                    break;
                case OperationKind.Accept:
                    _pointers[operation.Other] = attempt.Information;
                    break;
                case OperationKind.Close:
                    _closed = _pointers[operation.Slot];
                    break;
                default:
                    break;
            }
        }
        foreach (var attempt in open.Where(a => a.IsSeen && a.Operation.Kind == OperationKind.Bind))
            LearnAddress(attempt);
        return null;
    }

    private void LearnAddress(Attempt bind)
    {
        var slot = bind.Operation.Slot;
        if (bind.Status != NTSTATUS.STATUS_SUCCESS || _judge.State.At(slot) is null)
            return;
        var ask = new Attempt(new Operation(OperationKind.LocalAddress, slot, 0, 0, 0, false));
        _attempts.Add(ask);
        _taken.Add(ask);
        var call = CallMaker.Prepare(_world, ask, _pointers[slot], default);
        call();
        ask.Irp!.Wait();
        EndpointAddress.TryRead(new GuestPtr<SOCKADDR>(ask.Memory), out var address);
        _addresses[slot] = ModelWorld.Loopback(address.IsV6, address.Port);
    }

    private bool TryPrepare(
        Operation operation, HashSet<int> claimed, out Attempt? attempt, out Func<NTSTATUS>? call)
    {
        attempt = null;
        call = null;
        if (!Fits(operation, claimed))
            return false;
        var socket = _judge.State.At(operation.Slot);
        if (operation.Kind == OperationKind.WrongTable)
            operation = operation with { Amount = (int)socket!.Category };
        attempt = new Attempt(operation) { IsV6 = socket?.IsV6 ?? false };
        if (operation.Kind == OperationKind.Cancel)
        {
            var waiting = _judge.State.Waiting.ToList();
            attempt.Cancelled = waiting[operation.Amount % waiting.Count];
        }
        var target = Aim(attempt);
        var pointer = operation.Kind == OperationKind.AfterClose ? _closed : _pointers[operation.Slot];
        call = CallMaker.Prepare(_world, attempt, pointer, target);
        if (attempt.Irp is { } irp)
            irp.OnCompletion = _something.Set;
        return true;
    }

    // Whether the call can be made in the state that the sockets are in; claims the slot of a new socket.
    private bool Fits(Operation operation, HashSet<int> claimed)
    {
        var state = _judge.State;
        switch (operation.Kind)
        {
            case OperationKind.OpenWrongly:
                return true;
            case OperationKind.Open or OperationKind.SocketConnect:
                return IsFree(operation.Slot, claimed);
            case OperationKind.Cancel:
                return state.Waiting.Any();
            case OperationKind.AfterClose:
                return _closed != 0;
            default:
                break;
        }
        if (state.At(operation.Slot) is not { } socket
            || !CallMaker.Fits(operation.Kind, socket.Category))
            return false;
        return operation.Kind != OperationKind.Accept || IsFree(operation.Other, claimed);
    }

    private bool IsFree(int slot, HashSet<int> claimed) =>
        _judge.State.At(slot) is null && !_judge.State.IsReserved(slot) && claimed.Add(slot);

    // The address that a call names: that of the other slot's socket if it takes connections or datagrams.
    private EndpointAddress Aim(Attempt attempt)
    {
        var operation = attempt.Operation;
        var isDatagram = operation.Kind == OperationKind.SendTo;
        var isMaking = operation.Kind == OperationKind.SocketConnect;
        if (!isDatagram && !isMaking && operation.Kind != OperationKind.Connect)
            return default;
        var other = _judge.State.At(operation.Other);
        var takes = isDatagram
            ? other is { IsUdp: true, State: ModelState.Bound }
            : other is { State: ModelState.Listening };
        if (!takes)
            return ModelWorld.Loopback(attempt.IsV6, _world.Port(3));
        attempt.TargetSlot = operation.Other;
        attempt.IsOtherFamily = !isMaking && other!.IsV6 != attempt.IsV6;
        if (isMaking)
            attempt.IsV6 = other!.IsV6;
        return _addresses[operation.Other];
    }

    // All calls but those that wait for a peer.
    private static bool AnswersAtOnce(Attempt attempt) =>
        attempt.Irp is not null
        && attempt.Operation.Kind is not (
            OperationKind.Accept or OperationKind.Receive or OperationKind.ReceiveFrom);
}
