// The reference: what sockets of WSK do, call by call, written from the contract and from nothing else. One
// model is one possible history of what was seen so far; the judge (Running/Judge.cs) keeps all that are
// possible. It applies a call that has answered, then settles the calls that wait.
// It knows nothing about threads or IRPs. Parts: .Setup, .Connections, .Transfer, .Datagrams.
using OpenWsk.Abi;
using static OpenWsk.Abi.NTSTATUS;

namespace OpenWsk.Model.Tests;

/// <summary>One possible state of all sockets.</summary>
internal sealed partial class ReferenceModel
{
    private readonly ModelSocket?[] _sockets = new ModelSocket?[Sequence.Slots];
    private readonly List<ModelEnd> _ends = [];
    private readonly HashSet<int> _usedPorts = [];
    private readonly HashSet<Attempt> _cancelled = [];

    /// <summary>The calls of the step that is judged; they may interrupt one another.</summary>
    private IReadOnlyList<Attempt> _step = [];

    /// <summary>The socket of a slot; null when there is none.</summary>
    public ModelSocket? At(int slot) => _sockets[slot];

    /// <summary>Whether a waiting accept will put a socket into the slot.</summary>
    public bool IsReserved(int slot) =>
        Array.Exists(_sockets, s => s is not null && s.Waiting.Exists(
            a => a.Operation.Kind == OperationKind.Accept && a.Operation.Other == slot));

    /// <summary>Calls that wait.</summary>
    public IEnumerable<Attempt> Waiting => _sockets.Where(s => s is not null).SelectMany(s => s!.Waiting);

    public ReferenceModel Copy()
    {
        var copy = new ReferenceModel();
        for (var i = 0; i < _sockets.Length; i++)
            copy._sockets[i] = _sockets[i]?.Copy();
        copy._ends.AddRange(_ends.Select(e => e.Copy()));
        copy._usedPorts.UnionWith(_usedPorts);
        copy._cancelled.UnionWith(_cancelled);
        return copy;
    }

    /// <summary>Two models with the same signature say the same about everything that may come.</summary>
    public string Signature() =>
        string.Join('|', _sockets.Select(s => s?.Signature() ?? "-"))
        + string.Join(';', _ends.Select(e => e.Signature()))
        + string.Join(',', _usedPorts.Order());

    /// <summary>Judges calls in this order, then what waits; changes the model accordingly.</summary>
    public Verdict Apply(IReadOnlyList<Attempt> order)
    {
        _step = order;
        foreach (var attempt in order)
        {
            var verdict = ApplyOne(attempt);
            if (verdict.Kind == VerdictKind.Wrong)
                return verdict;
        }
        return Settle();
    }

    /// <summary>Judges the calls that wait; those that have ended no longer do.</summary>
    public Verdict Settle()
    {
        var verdict = Verdict.Right;
        foreach (var socket in _sockets)
        {
            if (socket is null)
                continue;
            DropCancelled(socket);
            var one = socket.State == ModelState.Listening
                ? SettleAccepts(socket)
                : socket.IsUdp ? SettleDatagrams(socket) : SettleReceives(socket);
            if (one.Kind == VerdictKind.Wrong)
                return one;
            if (one.Kind == VerdictKind.NotYet)
                verdict = one;
        }
        return verdict;
    }

    private Verdict ApplyOne(Attempt a)
    {
        var kind = a.Operation.Kind;
        if (kind == OperationKind.WithoutIrp)
            return Expect(a, STATUS_INVALID_PARAMETER);
        if (kind == OperationKind.AfterClose)
            return Expect(a, STATUS_INVALID_HANDLE);
        if (kind == OperationKind.Cancel)
        {
            _cancelled.Add(a.Cancelled!);
            return Verdict.Right;
        }
        if (kind is OperationKind.Open or OperationKind.OpenWrongly or OperationKind.SocketConnect)
            return ApplyMaking(a);
        // A close of the same step came first.
        if (_sockets[a.Operation.Slot] is not { } socket)
            return Expect(a, STATUS_INVALID_HANDLE, STATUS_FILE_FORCED_CLOSED);
        // A close or an abortive disconnect of the same step cut the call off.
        if (a.IsSeen && a.Status == STATUS_CANCELLED && IsCutOff(a))
            return ApplyCutOff(a, socket);
        // While a connect of the same step is under way the socket is neither bound nor connected.
        if (a.IsSeen && a.Status == STATUS_INVALID_DEVICE_STATE && IsBesideConnect(a))
            return Verdict.Right;
        return ApplyOnSocket(a, socket);
    }

    private Verdict ApplyOnSocket(Attempt a, ModelSocket socket) => a.Operation.Kind switch
    {
        OperationKind.Bind => ApplyBind(a, socket),
        OperationKind.SetReuse => ApplySharing(a, socket, ModelSharing.Reuse),
        OperationKind.SetExclusive => ApplySharing(a, socket, ModelSharing.Exclusive),
        OperationKind.LocalAddress => Expect(
            a, socket.State == ModelState.Created ? STATUS_INVALID_DEVICE_STATE : STATUS_SUCCESS),
        OperationKind.RemoteAddress => Expect(
            a, socket.State == ModelState.Connected ? STATUS_SUCCESS : STATUS_INVALID_DEVICE_STATE),
        OperationKind.Listen => ApplyListen(a, socket),
        OperationKind.Accept => ApplyAccept(a, socket),
        OperationKind.Connect => ApplyConnect(a, socket),
        OperationKind.Send => ApplySend(a, socket),
        OperationKind.Receive => ApplyReceive(a, socket),
        OperationKind.Disconnect => ApplyDisconnect(a, socket),
        OperationKind.Abort => ApplyAbort(a, socket),
        OperationKind.SendTo => ApplySendTo(a, socket),
        OperationKind.ReceiveFrom => ApplyReceiveFrom(a, socket),
        OperationKind.WrongTable => Expect(a, STATUS_INVALID_DEVICE_REQUEST),
        OperationKind.Close => ApplyClose(a, socket),
        _ => throw new InvalidOperationException($"{a.Operation.Kind} is not a call on a socket"),
    };

    private bool IsCutOff(Attempt a) =>
        a.Operation.Kind is OperationKind.Connect or OperationKind.Send or OperationKind.Disconnect
        && _step.Any(other => other != a
            && other.Operation.Slot == a.Operation.Slot
            && other.Operation.Kind is OperationKind.Close or OperationKind.Abort);

    private bool IsBesideConnect(Attempt a) => _step.Any(
        other => other != a
            && other.Operation.Kind == OperationKind.Connect
            && other.Operation.Slot == a.Operation.Slot);

    // Whether the peer noticed anything of the call is open.
    private Verdict ApplyCutOff(Attempt a, ModelSocket socket)
    {
        if (a.Operation.Kind == OperationKind.Connect && Target(a) is { } target)
            target.IsUncertain = true;
        if (socket.End >= 0)
            Reset(socket.End);
        return Verdict.Right;
    }

    private Verdict ApplyClose(Attempt a, ModelSocket socket)
    {
        var verdict = Expect(a, STATUS_SUCCESS);
        if (verdict.Kind == VerdictKind.Wrong)
            return verdict;
        DropCancelled(socket);
        foreach (var waiting in socket.Waiting.ToArray())
        {
            if (!waiting.IsSeen)
                return Verdict.Wrong(waiting, "to complete before the close does");
            if (waiting.Status == STATUS_CANCELLED)
                socket.Waiting.Remove(waiting);
        }
        // What did not end by the close ended right before it.
        var settled = socket.State == ModelState.Listening
            ? SettleAccepts(socket)
            : socket.IsUdp ? SettleDatagrams(socket) : SettleReceives(socket);
        if (settled.Kind == VerdictKind.Wrong)
            return settled;
        if (socket.End >= 0)
            Reset(_ends[socket.End].Peer);
        foreach (var end in socket.Backlog)
            Reset(_ends[end].Peer);
        _sockets[a.Operation.Slot] = null;
        return Verdict.Right;
    }

    // A cancelled call that has ended so leaves the queue without effect, wherever it stood.
    private void DropCancelled(ModelSocket socket)
    {
        for (var i = socket.Waiting.Count - 1; i >= 0; i--)
        {
            var waiting = socket.Waiting[i];
            if (!waiting.IsSeen || !_cancelled.Contains(waiting) || !IsCancelOutcome(waiting))
                continue;
            socket.Waiting.RemoveAt(i);
            var isDrain = waiting.Operation.Kind == OperationKind.Receive
                && CallMaker.Drains(waiting.Operation);
            if (i == 0 && isDrain)
                _ends[socket.End].IsUnsure |= _ends[socket.End].HasDrained;
            if (i != 0 || socket.StoredBytes == 0)
                continue;
            // OPEN-26: what was stored is delivered; the rest still waits.
            _ends[socket.End].WaitingBytes += socket.StoredBytes - (int)waiting.Information;
            socket.StoredBytes = 0;
        }
    }

    private static bool IsCancelOutcome(Attempt waiting) =>
        waiting.Status == STATUS_CANCELLED
        || (waiting.Status == STATUS_SUCCESS
            && waiting.Operation.Kind == OperationKind.Receive
            && CallMaker.WaitsForAll(waiting.Operation)
            && (int)waiting.Information < waiting.Operation.Amount);

    private void Reset(int end)
    {
        if (end >= 0)
            _ends[end].IsReset = true;
    }

    private static Verdict Expect(Attempt a, params ReadOnlySpan<NTSTATUS> allowed) =>
        a.IsSeen && allowed.Contains(a.Status)
            ? Verdict.Right
            : Verdict.Wrong(a, string.Join(" or ", allowed.ToArray()));
}
