// Datagrams between sockets of one host: none is lost, they arrive in order, one receive takes one. It knows
// nothing about control information or fixed addresses.
using OpenWsk.Abi;
using static OpenWsk.Abi.NTSTATUS;

namespace OpenWsk.Model.Tests;

internal sealed partial class ReferenceModel
{
    private Verdict ApplySendTo(Attempt a, ModelSocket socket)
    {
        // Two mistakes at once: which of them is told is open.
        var isWrong = a.IsOtherFamily || CallMaker.HasNoAddress(a.Operation);
        if (isWrong && socket.State != ModelState.Bound)
            return Expect(a, STATUS_INVALID_PARAMETER, STATUS_INVALID_DEVICE_STATE);
        if (isWrong)
            return Expect(a, STATUS_INVALID_PARAMETER);
        if (socket.State != ModelState.Bound)
            return Expect(a, STATUS_INVALID_DEVICE_STATE);
        var verdict = Expect(a, STATUS_SUCCESS);
        if (verdict.Kind == VerdictKind.Wrong)
            return verdict;
        if ((int)a.Information != a.Operation.Amount)
            return Verdict.Wrong(a, "Information to be the number of bytes");
        if (Target(a) is { State: ModelState.Bound, IsUdp: true } target)
            target.Datagrams.Add(a.Operation.Amount);
        return verdict;
    }

    private Verdict ApplyReceiveFrom(Attempt a, ModelSocket socket)
    {
        if (socket.State != ModelState.Bound)
            return Expect(a, STATUS_INVALID_DEVICE_STATE);
        socket.Waiting.Add(a);
        return Verdict.Right;
    }

    private Verdict SettleDatagrams(ModelSocket socket)
    {
        while (socket.Waiting.Count != 0)
        {
            var a = socket.Waiting[0];
            var canEnd = socket.Datagrams.Count != 0;
            if (!a.IsSeen)
                return (canEnd && !socket.IsUncertain) || _cancelled.Contains(a)
                    ? Verdict.NotYet(a)
                    : Verdict.Right;
            if (socket.IsUncertain)
            {
                socket.Waiting.RemoveAt(0);
                continue;
            }
            var bytes = canEnd ? Math.Min(socket.Datagrams[0], a.Operation.Amount) : 0;
            if (!canEnd || a.Status != STATUS_SUCCESS || (int)a.Information != bytes)
                return Verdict.Wrong(a, canEnd ? $"success with {bytes} bytes" : "to wait");
            socket.Waiting.RemoveAt(0);
            socket.Datagrams.RemoveAt(0);
        }
        return Verdict.Right;
    }
}
