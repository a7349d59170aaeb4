// WskAccept: requests wait in the order of their calls, and each gets a connection of its own. A request that
// ends without one takes none. Rules: ACCEPT-01..19, 37, 38, OPEN-35.
using OpenWsk.Abi;
using OpenWsk.Ports;
using static OpenWsk.Abi.NTSTATUS;

namespace OpenWsk.Provider;

internal abstract partial class ProviderSocket
{
    internal sealed partial class ListenRole
    {
        private LinkedQueue<WskRequest> _accepts;
        private PumpTurn _turn;

        /// <summary>
        /// Queues an accept with its <see cref="AcceptArguments"/> and serves what can be served.
        /// STATUS_PENDING when queued (end the call with EndCall), otherwise the status to refuse it with.
        /// </summary>
        public NTSTATUS StartAccept(WskRequest request)
        {
            bool isParallel;
            using (_socket._gate.Enter())
            {
                // It may have broken since the call began; what is queued after that would never end.
                if (_socket.IsBroken)
                    return WskSettings.NoLongerFunctional;
                if (_socket._state != SocketState.Listening)
                    return _socket.WrongState;
                isParallel = !_accepts.IsEmpty;
                request.Kind = RequestKind.Accept;
                _accepts.Enqueue(request);
            }
            if (isParallel)
                Provider.Executive.Breach(
                    "OBS-15", $"a second WskAccept waits on {_socket.Object}; Windows hangs");
            PumpAccepts();
            return STATUS_PENDING;
        }

        /// <summary>Takes the accepts that wait; under the lock.</summary>
        public WskRequest? TakeWaiting() => _accepts.TakeAll();

        /// <summary>Cancels an accept; one that has its connection already is delivered.</summary>
        public void CancelAccept(WskRequest request)
        {
            using (_socket._gate.Enter())
            {
                if (!_accepts.TryRemove(request))
                    return;
            }
            request.Complete(STATUS_CANCELLED, 0);
        }

        // Serves queued accepts while connections wait. Any thread, no lock.
        private void PumpAccepts()
        {
            using (_socket._gate.Enter())
            {
                if (!_turn.TryTake())
                    return;
            }
            while (true)
            {
                WskRequest? request = null;
                IStreamSocket? connection;
                ulong requestId = 0;
                using (_socket._gate.Enter())
                {
                    connection = _accepts.IsEmpty ? null : TryTake(out requestId);
                    if (connection is not null)
                        request = _accepts.Dequeue();
                    if (!_turn.GoesOn(request is not null))
                        break;
                }
                if (request is not null)
                    Deliver(request, Adopt(connection!, requestId));
            }
            // What comes now is the callback's, if it is enabled.
            _socket.PostEventPump();
        }

        private static void Deliver(WskRequest request, ConnectionSocket accepted)
        {
            var arguments = (AcceptArguments)request.State!;
            accepted.Entrust(arguments.Context, arguments.Table);
            accepted.TryGetEnds(out var local, out var remote);
            arguments.Write(local, remote);
            request.Complete(STATUS_SUCCESS, accepted.Publish());
        }
    }
}
