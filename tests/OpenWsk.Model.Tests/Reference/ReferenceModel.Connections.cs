// Listening, accepting, connecting and disconnecting. A connection stands when the connect has completed,
// whether or not it was accepted yet; a listener's connections are accepted in the order they came.
using OpenWsk.Abi;
using static OpenWsk.Abi.NTSTATUS;

namespace OpenWsk.Model.Tests;

internal sealed partial class ReferenceModel
{
    private Verdict ApplyListen(Attempt a, ModelSocket socket)
    {
        if (socket.State != ModelState.Bound)
            return Expect(a, STATUS_INVALID_DEVICE_STATE);
        var verdict = socket.IsUncertain
            ? Expect(a, STATUS_SUCCESS, STATUS_ADDRESS_ALREADY_EXISTS)
            : Expect(a, STATUS_SUCCESS);
        if (verdict.Kind == VerdictKind.Right && a.Status == STATUS_SUCCESS)
            socket.State = ModelState.Listening;
        return verdict;
    }

    private Verdict ApplyAccept(Attempt a, ModelSocket socket)
    {
        if (socket.State != ModelState.Listening)
            return Expect(a, STATUS_INVALID_DEVICE_STATE);
        socket.Waiting.Add(a);
        return Verdict.Right;
    }

    private Verdict SettleAccepts(ModelSocket socket)
    {
        while (socket.Waiting.Count != 0)
        {
            var accept = socket.Waiting[0];
            if (!accept.IsSeen)
                return socket.Backlog.Count != 0 || _cancelled.Contains(accept)
                    ? Verdict.NotYet(accept)
                    : Verdict.Right;
            if (accept.Status != STATUS_SUCCESS || (socket.Backlog.Count == 0 && !socket.IsUncertain))
                return Verdict.Wrong(accept, "a connection that waits");
            socket.Waiting.RemoveAt(0);
            var end = socket.Backlog.Count != 0 ? socket.Backlog[0] : AddUnknownEnd();
            if (socket.Backlog.Count != 0)
                socket.Backlog.RemoveAt(0);
            _sockets[accept.Operation.Other] = Connected(socket.IsV6, end, socket.FixedPort);
        }
        return Verdict.Right;
    }

    private Verdict ApplyConnect(Attempt a, ModelSocket socket)
    {
        if (a.IsOtherFamily)
            return Expect(a, STATUS_INVALID_PARAMETER);
        if (socket.State != ModelState.Bound)
            return Expect(a, STATUS_INVALID_DEVICE_STATE);
        var verdict = ExpectConnection(a, isFromFixedPort: socket.FixedPort != 0, out var end);
        if (verdict.Kind == VerdictKind.Wrong || a.Status != STATUS_SUCCESS)
            return verdict;
        NoteConnection(socket);
        socket.State = ModelState.Connected;
        socket.End = end;
        return verdict;
    }

    private Verdict ApplySocketConnect(Attempt a)
    {
        var verdict = ExpectConnection(a, isFromFixedPort: false, out var end);
        if (verdict.Kind == VerdictKind.Right && a.Status == STATUS_SUCCESS)
            _sockets[a.Operation.Slot] = Connected(a.IsV6, end, fixedPort: 0);
        return verdict;
    }

    // Connects to the target as it is at this point of the history.
    private Verdict ExpectConnection(Attempt a, bool isFromFixedPort, out int end)
    {
        end = -1;
        var target = Target(a);
        var isListening = target is { State: ModelState.Listening };
        if (target is { IsUncertain: true } || isFromFixedPort)
        {
            // A pair of addresses that was connected a moment ago cannot be at once again, says TCP.
            if (a.IsSeen && a.Status != STATUS_SUCCESS)
                return Verdict.Right;
        }
        if (target is { IsUncertain: true })
        {
            end = AddUnknownEnd();
            return Expect(a, STATUS_SUCCESS);
        }
        // A listener that closes meanwhile resets what it has not handed out.
        if (!isListening)
            return IsClosing(a.TargetSlot)
                ? Expect(a, STATUS_CONNECTION_REFUSED, STATUS_CONNECTION_RESET)
                : Expect(a, STATUS_CONNECTION_REFUSED);
        var verdict = Expect(a, STATUS_SUCCESS);
        if (verdict.Kind == VerdictKind.Wrong)
            return verdict;
        NoteConnection(target!);
        end = _ends.Count;
        // A listener that closes while the handshake ends may forget the connection without a reset; Linux
        // does.
        var isUnsure = IsClosing(a.TargetSlot);
        _ends.Add(new ModelEnd(end + 1) { IsUnsure = isUnsure });
        _ends.Add(new ModelEnd(end) { IsUnsure = isUnsure });
        target!.Backlog.Add(end + 1);
        return verdict;
    }

    private Verdict ApplyDisconnect(Attempt a, ModelSocket socket)
    {
        if (socket.State != ModelState.Connected)
            return Expect(a, STATUS_INVALID_DEVICE_STATE);
        var end = _ends[socket.End];
        if (end.HasLocalFin || end.IsAborted)
            return Expect(a, STATUS_INVALID_DEVICE_STATE);
        if (end.IsReset)
        {
            end.HasLocalFin = a.Status == STATUS_SUCCESS;
            return ExpectEnded(a);
        }
        end.HasLocalFin = true;
        _ends[end.Peer].HasPeerFin = true;
        return Expect(a, STATUS_SUCCESS);
    }

    private Verdict ApplyAbort(Attempt a, ModelSocket socket)
    {
        if (socket.State != ModelState.Connected)
            return Expect(a, STATUS_INVALID_DEVICE_STATE);
        _ends[socket.End].IsAborted = true;
        Reset(_ends[socket.End].Peer);
        return Expect(a, STATUS_SUCCESS);
    }

    private bool IsClosing(int slot) => slot >= 0 && _step.Any(
        other => other.Operation.Kind == OperationKind.Close && other.Operation.Slot == slot);

    private ModelSocket? Target(Attempt a) => a.TargetSlot < 0 ? null : _sockets[a.TargetSlot];

    private int AddUnknownEnd()
    {
        _ends.Add(new ModelEnd(-1) { IsReset = true });
        return _ends.Count - 1;
    }

    private static ModelSocket Connected(bool isV6, int end, int fixedPort) =>
        new(ModelCategory.Connection, isV6, IsUdp: false, IsUsable: true)
        {
            State = ModelState.Connected,
            End = end,
            // An accepted socket does not hold its listener's address.
            FixedPort = 0,
            IsUncertain = fixedPort < 0,
        };

    // A call on a connection that ended or is about to: success while the reset is on its way.
    private static Verdict ExpectEnded(Attempt a) => Expect(
        a, STATUS_SUCCESS, STATUS_CONNECTION_RESET, STATUS_CONNECTION_ABORTED,
        STATUS_CONNECTION_DISCONNECTED, STATUS_INVALID_DEVICE_STATE);
}
