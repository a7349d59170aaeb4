// Sending and receiving on a connection. Bytes are only counted. Receives end in the order of their calls,
// and how many bytes one delivers is taken from what was seen, within what the contract allows.
using OpenWsk.Abi;
using static OpenWsk.Abi.NTSTATUS;

namespace OpenWsk.Model.Tests;

internal sealed partial class ReferenceModel
{
    private Verdict ApplySend(Attempt a, ModelSocket socket)
    {
        if (CallMaker.HasUnknownFlag(a.Operation))
            return Expect(a, STATUS_NOT_SUPPORTED);
        if (socket.State != ModelState.Connected)
            return Expect(a, STATUS_INVALID_DEVICE_STATE);
        var end = _ends[socket.End];
        if (end.IsAborted || end.HasLocalFin)
            return Expect(a, STATUS_CONNECTION_DISCONNECTED);
        if (end.IsReset)
            return ExpectEnded(a);
        var verdict = Expect(a, STATUS_SUCCESS);
        if (verdict.Kind == VerdictKind.Wrong)
            return verdict;
        if ((int)a.Information != a.Operation.Amount)
            return Verdict.Wrong(a, "Information to be the number of bytes");
        _ends[end.Peer].WaitingBytes += a.Operation.Amount;
        return verdict;
    }

    private Verdict ApplyReceive(Attempt a, ModelSocket socket)
    {
        if (CallMaker.HasUnknownFlag(a.Operation))
            return Expect(a, STATUS_NOT_SUPPORTED);
        if (CallMaker.HasBothFlags(a.Operation))
            return Expect(a, STATUS_INVALID_PARAMETER);
        if (socket.State != ModelState.Connected)
            return Expect(a, STATUS_INVALID_DEVICE_STATE);
        if (_ends[socket.End].IsAborted)
            return Expect(a, STATUS_CONNECTION_DISCONNECTED);
        socket.Waiting.Add(a);
        return Verdict.Right;
    }

    private Verdict SettleReceives(ModelSocket socket)
    {
        while (socket.Waiting.Count != 0)
        {
            var verdict = SettleReceive(socket, socket.Waiting[0], _ends[socket.End], out var isDone);
            if (!isDone)
                return verdict;
            socket.Waiting.RemoveAt(0);
            socket.StoredBytes = 0;
        }
        return Verdict.Right;
    }

    private Verdict SettleReceive(ModelSocket socket, Attempt a, ModelEnd end, out bool isDone)
    {
        var amount = CallMaker.ReceiveAmount(a.Operation);
        if (end.IsAborted || end.IsReset || end.IsUnsure)
            return SettleEnded(a, end, amount, out isDone);
        if (CallMaker.Drains(a.Operation))
        {
            end.HasDrained |= end.WaitingBytes != 0;
            end.WaitingBytes = 0;
            return SettleWith(a, end.HasPeerFin, 0, 0, out isDone);
        }
        if (amount == 0)
            return SettleWith(a, mustEnd: true, 0, 0, out isDone);
        if (!CallMaker.WaitsForAll(a.Operation))
        {
            var most = Math.Min(amount, end.WaitingBytes);
            var verdict = SettleWith(
                a, most != 0 || end.HasPeerFin, Math.Min(1, most), most, out isDone);
            end.WaitingBytes -= isDone ? (int)a.Information : 0;
            return verdict;
        }
        var take = Math.Min(amount - socket.StoredBytes, end.WaitingBytes);
        socket.StoredBytes += take;
        end.WaitingBytes -= take;
        var isFull = socket.StoredBytes == amount;
        return SettleWith(
            a, isFull || end.HasPeerFin, socket.StoredBytes, socket.StoredBytes, out isDone);
    }

    // Once ended so far, it ends with success and a number of bytes within the bounds.
    private Verdict SettleWith(Attempt a, bool mustEnd, int least, int most, out bool isDone)
    {
        isDone = false;
        if (!a.IsSeen)
            return mustEnd || _cancelled.Contains(a) ? Verdict.NotYet(a) : Verdict.Right;
        if (!mustEnd)
            return Verdict.Wrong(a, "to wait");
        if (a.Status != STATUS_SUCCESS || (int)a.Information < least || (int)a.Information > most)
            return Verdict.Wrong(a, $"success with {least} to {most} bytes");
        isDone = true;
        return Verdict.Right;
    }

    // The connection is gone: bytes that came before may be delivered still.
    private Verdict SettleEnded(Attempt a, ModelEnd end, int amount, out bool isDone)
    {
        isDone = a.IsSeen;
        var isKnown = end.Peer >= 0 && !end.IsUnsure;
        // Who the other end is, and whether it lives, is open when addresses are shared.
        if (!a.IsSeen)
            return isKnown || end.IsAborted || _cancelled.Contains(a) ? Verdict.NotYet(a) : Verdict.Right;
        var verdict = ExpectEnded(a);
        if (isKnown && a.Status == STATUS_SUCCESS && (int)a.Information > amount)
            return Verdict.Wrong(a, $"at most {amount} bytes");
        return verdict;
    }
}
