// WskAcceptEvent: a connection that no WskAccept waits for is offered to the client, which takes it by
// STATUS_SUCCESS. Anything else closes it, and nothing of it stays. With AcceptSocket NULL the callback
// tells, once, that the listener is no longer functional. Rules: ACCEPT-20..39, EVT-18..20, DIFF-13,
// DIFF-20.
using OpenWsk.Abi;
using OpenWsk.Kernel;
using OpenWsk.Ports;
using static OpenWsk.Abi.NTSTATUS;
using static OpenWsk.Abi.WskConstants;

namespace OpenWsk.Provider;

internal abstract partial class ProviderSocket
{
    internal sealed partial class ListenRole
    {
        private bool _isBreakToldToAccept;

        private bool IsAcceptEventOff => (_socket._enabled & WSK_EVENT_ACCEPT) == 0;

        private bool TryAcceptEvent()
        {
            IStreamSocket? connection;
            ulong requestId;
            using (_socket._gate.Enter())
            {
                // ACCEPT-17: a request that waits comes first.
                if (IsAcceptEventOff || !_accepts.IsEmpty)
                    return false;
                connection = TryTake(out requestId);
                if (connection is null)
                    return false;
                _socket.BeginCallback(WSK_EVENT_ACCEPT);
            }
            Offer(Adopt(connection, requestId));
            _socket.EndCallback(WSK_EVENT_ACCEPT);
            return true;
        }

        private void Offer(ConnectionSocket accepted)
        {
            accepted.TryGetEnds(out var local, out var remote);
            Block.Show(local, remote, "ACCEPT-25");
            accepted.BeginOffer(Block);
            var pointer = accepted.Publish();
            var status = (NTSTATUS)(uint)Call(
                Table.Value.WskAcceptEvent, _socket.Context, WSK_FLAG_AT_DISPATCH_LEVEL, Block.Local.Address,
                Block.Remote.Address, pointer, Block.Context.Address, Block.Table.Address);
            if (status == STATUS_SUCCESS)
            {
                accepted.TakeOffer();
                EnableInherited(accepted);
            }
            else
            {
                // ACCEPT-39, OPEN-31: every other value refuses.
                if (status != STATUS_REQUEST_NOT_ACCEPTED)
                    Provider.Executive.Breach("OPEN-31", $"WskAcceptEvent returned {status.Name()}");
                accepted.CloseByProvider();
            }
            Block.Hide();
        }

        // EVT-18: what is enabled here is enabled there, the static ones for good.
        private void EnableInherited(ConnectionSocket accepted)
        {
            uint enabled, isStatic;
            using (_socket._gate.Enter())
            {
                enabled = _socket._enabled & ConnectionSocket.ConnectionEvents;
                isStatic = _socket._static & ConnectionSocket.ConnectionEvents;
            }
            accepted.Inherit(enabled, isStatic);
        }

        private bool TryTellBroken()
        {
            bool isInspect;
            using (_socket._gate.Enter())
            {
                if (!_socket.IsBroken || _socket._state != SocketState.Listening)
                    return false;
                isInspect = IsConditional && !_isBreakToldToInspect;
                if (!isInspect && (IsAcceptEventOff || _isBreakToldToAccept))
                    return false;
                _isBreakToldToInspect |= isInspect;
                _isBreakToldToAccept |= !isInspect;
                _socket.BeginCallback(isInspect ? InspectCallbacks : WSK_EVENT_ACCEPT);
            }
            var none = EndpointAddress.Wildcard(_socket.Identity.Family);
            Block.Show(none, none, "ACCEPT-25");
            if (isInspect)
                Call(
                    Table.Value.WskInspectEvent, _socket.Context, Block.Local.Address, Block.Remote.Address,
                    0);
            else
                Call(
                    Table.Value.WskAcceptEvent, _socket.Context, WSK_FLAG_AT_DISPATCH_LEVEL,
                    Block.Local.Address, Block.Remote.Address, 0, Block.Context.Address, Block.Table.Address);
            Block.Hide();
            _socket.NoteBrokenTold(isInspect ? "INSPECT-14" : "ACCEPT-28");
            _socket.EndCallback(isInspect ? InspectCallbacks : WSK_EVENT_ACCEPT);
            return true;
        }
    }
}
