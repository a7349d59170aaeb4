// Making sockets, binding them and what must come before: WskSocket, WskBind, the sharing options. The
// sharing table is the documentation's (page sharing-transport-addresses), written down once more so that the
// provider's copy is checked against another. It knows nothing about connections.
using OpenWsk.Abi;
using static OpenWsk.Abi.NTSTATUS;

namespace OpenWsk.Model.Tests;

internal sealed partial class ReferenceModel
{
    // Rows: second bind none/wildcard, none/specific, reuse/wildcard, reuse/specific, exclusive/wildcard,
    // exclusive/specific; columns: the first bind likewise. + success, ! in use, - denied. All sockets have
    // the default descriptor, which grants nobody, so a check denies.
    private static readonly string[] s_sharing = ["!+!+!+", "-!---!", "-+++-+", "--++--", "!!!!!!", "-!-!-!"];

    private Verdict ApplyMaking(Attempt a)
    {
        var operation = a.Operation;
        if (operation.Kind == OperationKind.OpenWrongly)
            return Expect(a, CallMaker.WrongOpenStatus(operation.Variant));
        if (operation.Kind == OperationKind.SocketConnect)
            return ApplySocketConnect(a);
        var verdict = Expect(a, STATUS_SUCCESS);
        if (verdict.Kind == VerdictKind.Right)
            _sockets[operation.Slot] = CallMaker.Opened(operation.Variant);
        return verdict;
    }

    private Verdict ApplySharing(Attempt a, ModelSocket socket, ModelSharing option)
    {
        if (socket.Category == ModelCategory.Basic)
            return Expect(a, STATUS_INVALID_DEVICE_REQUEST);
        if (socket.State != ModelState.Created)
            return Expect(a, STATUS_INVALID_DEVICE_STATE);
        var verdict = Expect(a, STATUS_SUCCESS);
        if (CallMaker.IsOn(a.Operation))
            socket.Sharing = option;
        else if (socket.Sharing == option)
            socket.Sharing = ModelSharing.None;
        return verdict;
    }

    private Verdict ApplyBind(Attempt a, ModelSocket socket)
    {
        var form = CallMaker.FormOf(a.Operation);
        if (form is BindForm.NoAddress or BindForm.OtherFamily or BindForm.WithFlags)
            return Expect(a, STATUS_INVALID_PARAMETER);
        if (socket.State != ModelState.Created)
            return Expect(a, STATUS_INVALID_DEVICE_STATE);
        if (!socket.IsUsable)
            return Expect(a, STATUS_NOT_IMPLEMENTED);
        if (form == BindForm.NotLocal)
            return Expect(a, STATUS_INVALID_ADDRESS_COMPONENT);
        var port = CallMaker.FixedPort(form);
        var isWildcard = form is BindForm.Any or BindForm.AnyFixed;
        var verdict = port == 0
            ? Expect(a, STATUS_SUCCESS)
            : ApplyFixedBind(a, socket, port, isWildcard);
        if (verdict.Kind == VerdictKind.Wrong || a.Status != STATUS_SUCCESS)
            return verdict;
        socket.FixedPort = port;
        socket.IsWildcard = isWildcard;
        socket.State = socket.Category == ModelCategory.Listen ? ModelState.Listening : ModelState.Bound;
        return verdict;
    }

    private Verdict ApplyFixedBind(Attempt a, ModelSocket socket, int port, bool isWildcard)
    {
        var sharers = new List<ModelSocket>();
        var refusals = new List<NTSTATUS>();
        foreach (var first in _sockets)
        {
            if (first is null || first.FixedPort != port || first.IsUdp != socket.IsUdp
                || first.IsV6 != socket.IsV6)
                continue;
            var row = 2 * (int)socket.Sharing + (isWildcard ? 0 : 1);
            var column = 2 * (int)first.Sharing + (first.IsWildcard ? 0 : 1);
            var answer = s_sharing[row][column];
            if (answer == '+')
                sharers.Add(first);
            else
                refusals.Add(answer == '!' ? STATUS_ADDRESS_ALREADY_EXISTS : STATUS_ACCESS_DENIED);
        }
        // Refused by several, which of them is told is open.
        if (refusals.Count != 0)
            return Expect(a, [.. refusals]);
        // Connections of the port may live on in the host's stack; and which of two listeners on one address
        // the host allows is its own affair.
        var verdict = sharers.Count != 0 || _usedPorts.Contains(PortKey(socket, port))
            ? Expect(a, STATUS_SUCCESS, STATUS_ADDRESS_ALREADY_EXISTS)
            : Expect(a, STATUS_SUCCESS);
        if (verdict.Kind == VerdictKind.Right && a.Status == STATUS_SUCCESS && sharers.Count != 0)
        {
            socket.IsUncertain = true;
            foreach (var sharer in sharers)
                sharer.IsUncertain = true;
        }
        return verdict;
    }

    private static int PortKey(ModelSocket socket, int port) => 4 * port + (socket.IsV6 ? 2 : 0);

    private void NoteConnection(ModelSocket socket)
    {
        if (socket.FixedPort != 0)
            _usedPorts.Add(PortKey(socket, socket.FixedPort));
    }
}
