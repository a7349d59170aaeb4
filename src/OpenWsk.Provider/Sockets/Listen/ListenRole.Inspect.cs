// Conditional accept: WskInspectEvent judges every request, at once or, when it pends, by WskInspectComplete;
// WskAbortEvent tells that one which was not rejected is gone. Only what was accepted can be delivered. On a
// transport that judges after the handshake a rejected peer sees its connection reset (INSPECT-04).
// Rules: group INSPECT, OPEN-31..33.
using OpenWsk.Abi;
using OpenWsk.Kernel;
using OpenWsk.Ports;
using static OpenWsk.Abi.NTSTATUS;

namespace OpenWsk.Provider;

internal abstract partial class ProviderSocket
{
    internal sealed partial class ListenRole
    {
        // Marks running inspect and abort callbacks; no event of SO_WSK_EVENT_CALLBACK has this bit.
        private const uint InspectCallbacks = 0x4000_0000;
        private readonly Dictionary<uint, InspectRequest> _requests = [];
        private readonly Queue<InspectRequest> _arrived = new();
        private readonly Queue<InspectRequest> _aborted = new();
        private readonly uint _key;
        private uint _lastSerial;
        private bool _isBreakToldToInspect;

        /// <summary>Whether requests are judged by the client (SO_CONDITIONAL_ACCEPT).</summary>
        public bool IsConditional { get; private set; }

        /// <summary>
        /// Sets conditional accept mode. Errors: STATUS_INVALID_DEVICE_STATE after the bind;
        /// STATUS_INVALID_PARAMETER without the two callbacks (OPEN-33); STATUS_NOT_IMPLEMENTED without a
        /// transport that listens.
        /// </summary>
        public NTSTATUS SetConditional(bool isOn)
        {
            if (_socket.Transport is null)
                return WskSettings.NotForCategory;
            if (isOn && (Table.IsNull || Table.Value.WskInspectEvent == 0 || Table.Value.WskAbortEvent == 0))
            {
                Provider.Executive.Breach(
                    "INSPECT-07", $"SO_CONDITIONAL_ACCEPT of {_socket.Object} lacks its callbacks");
                return STATUS_INVALID_PARAMETER;
            }
            using (_socket._gate.Enter())
            {
                if (_socket._state != SocketState.Created)
                    return _socket.WrongState;
                IsConditional = isOn;
                return STATUS_SUCCESS;
            }
        }

        public void OnRequest(in ConnectionRequest request)
        {
            using (_socket._gate.Enter())
            {
                var id = new WSK_INSPECT_ID { Key = _key, SerialNumber = ++_lastSerial };
                var inspected = new InspectRequest(request, id);
                _requests.Add(id.SerialNumber, inspected);
                _arrived.Enqueue(inspected);
            }
            _socket.PostEventPump();
        }

        public void OnRequestDropped(ulong requestId)
        {
            using (_socket._gate.Enter())
            {
                if (Find(requestId) is { } dropped)
                    Drop(dropped);
            }
            _socket.PostEventPump();
        }

        public void OnShortage() => Provider.Executive.Notice(
            $"the host has no file or memory left for a connection to {_socket.Object}; those that come wait "
            + "until it has some again (the limit of open files: RLIMIT_NOFILE)");

        /// <summary>
        /// Ends a pended inspection. STATUS_PENDING when the request was taken (end the call with EndCall),
        /// otherwise the status to refuse it with.
        /// </summary>
        public NTSTATUS StartInspectComplete(WskRequest request, in WSK_INSPECT_ID id, bool isAccepted)
        {
            InspectRequest? inspected;
            bool isPended;
            using (_socket._gate.Enter())
            {
                if (_socket.IsBroken)
                    return WskSettings.NoLongerFunctional;
                if (_socket._state != SocketState.Listening || !IsConditional)
                    return _socket.WrongState;
                if (id.Key != _key || id.SerialNumber == 0 || id.SerialNumber > _lastSerial)
                    return WskSettings.NoSuchInspection;
                inspected = _requests.GetValueOrDefault(id.SerialNumber);
                if (inspected is { State: InspectState.Inspecting, Completion: null })
                {
                    // Another thread is faster than the return of WskInspectEvent.
                    inspected.Completion = request;
                    inspected.IsAccepted = isAccepted;
                    return STATUS_PENDING;
                }
                isPended = inspected is { State: InspectState.Pended };
                if (isPended)
                    inspected!.State = InspectState.Decided;
            }
            // OPEN-32: of a request that is gone there is nothing to decide (INSPECT-28).
            if (isPended)
                Decide(inspected!, isAccepted);
            else if (inspected is not null)
                ReportNotPended();
            request.Complete(STATUS_SUCCESS, 0);
            return STATUS_PENDING;
        }

        /// <summary>The close has begun: what the client has not decided is decided by it.</summary>
        public void OnClosing()
        {
            int pended;
            using (_socket._gate.Enter())
                pended = _socket.IsBroken ? 0 : _requests.Values.Count(r => r.State == InspectState.Pended);
            if (pended != 0)
                Provider.Executive.Breach(
                    "INSPECT-19", $"{pended} pended inspections when {_socket.Object} is closed");
        }

        /// <summary>
        /// Whether an identifier is the very structure that a callback was shown, not a copy of it.
        /// </summary>
        public bool IsStale(GuestPtr<WSK_INSPECT_ID> id)
        {
            using (_socket._gate.Enter())
                return _block is not null && id == _block.InspectId
                    && (_socket._inCallback & InspectCallbacks) == 0;
        }

        private bool TryInspectEvent()
        {
            InspectRequest? request;
            using (_socket._gate.Enter())
            {
                do
                {
                    if (!IsListening || !_arrived.TryDequeue(out request))
                        return false;
                }
                while (request.IsDropped);
                request.State = InspectState.Inspecting;
                _socket.BeginCallback(InspectCallbacks);
            }
            Block.Show(request.Request.Local, request.Request.Remote, "INSPECT-10");
            Block.InspectId.Value = request.Id;
            var action = (WSK_INSPECT_ACTION)(uint)Call(
                Table.Value.WskInspectEvent, _socket.Context, Block.Local.Address, Block.Remote.Address,
                Block.InspectId.Address);
            Block.Hide();
            EndInspect(request, Judge(action));
            _socket.EndCallback(InspectCallbacks);
            return true;
        }

        // INSPECT-30: of what the client has never seen it hears no end.
        private bool TryAbortEvent()
        {
            InspectRequest? request;
            using (_socket._gate.Enter())
            {
                if (_socket._state != SocketState.Listening)
                    return false;
                if (_socket.IsBroken)
                    DropAll();
                if (!_aborted.TryDequeue(out request))
                    return false;
                _socket.BeginCallback(InspectCallbacks);
            }
            Block.InspectId.Value = request.Id;
            var status = (NTSTATUS)(uint)Call(
                Table.Value.WskAbortEvent, _socket.Context, Block.InspectId.Address);
            Block.Hide();
            if (status != STATUS_SUCCESS)
                Provider.Executive.Breach("INSPECT-34", $"WskAbortEvent returned {status.Name()}");
            _socket.EndCallback(InspectCallbacks);
            return true;
        }

        private WSK_INSPECT_ACTION Judge(WSK_INSPECT_ACTION action)
        {
            if (action > WSK_INSPECT_ACTION.WskInspectPend)
            {
                Provider.Executive.Breach("OPEN-31", $"WskInspectEvent returned {(uint)action}");
                return WSK_INSPECT_ACTION.WskInspectReject;
            }
            if (action == WSK_INSPECT_ACTION.WskInspectPend
                && !SocketFunction.WskInspectComplete.IsOf(_socket.Category))
            {
                Provider.Executive.Breach(
                    "OPEN-31", $"WskInspectEvent pends on {_socket.Object}, a stream socket");
                return WSK_INSPECT_ACTION.WskInspectReject;
            }
            return action;
        }

        private void EndInspect(InspectRequest request, WSK_INSPECT_ACTION action)
        {
            bool? isAccepted = null;
            WskRequest? completion;
            using (_socket._gate.Enter())
            {
                completion = request.Completion;
                request.State = InspectState.Decided;
                if (action == WSK_INSPECT_ACTION.WskInspectReject)
                    isAccepted = false;
                else if (request.IsDropped)
                    Drop(request);
                else if (action == WSK_INSPECT_ACTION.WskInspectAccept)
                    isAccepted = true;
                else if (completion is not null)
                    isAccepted = request.IsAccepted;
                else
                    request.State = InspectState.Pended;
                // INSPECT-17: of a request that WskInspectEvent rejects nothing more is told.
                if (action == WSK_INSPECT_ACTION.WskInspectReject)
                    _requests.Remove(request.Id.SerialNumber);
            }
            if (completion is not null && action != WSK_INSPECT_ACTION.WskInspectPend)
                ReportNotPended();
            if (isAccepted is { } decision)
                Decide(request, decision);
            completion?.Complete(STATUS_SUCCESS, 0);
        }

        /// <summary>Reports a WskInspectComplete for what is not pended.</summary>
        public void ReportNotPended() => Provider.Executive.Breach(
            "INSPECT-22", $"WskInspectComplete on {_socket.Object} is for no pended inspection");

        // When the transport has dropped the request meanwhile, OnRequestDropped tells of it (INSPECT-38).
        private void Decide(InspectRequest request, bool isAccepted)
        {
            if (!_listener!.Decide(request.Request.Id, isAccepted) || isAccepted)
                return;
            using (_socket._gate.Enter())
                _requests.Remove(request.Id.SerialNumber);
        }

        // Under the lock.
        private void Drop(InspectRequest request)
        {
            if (request.State == InspectState.Inspecting)
            {
                request.IsDropped = true;
                return;
            }
            _requests.Remove(request.Id.SerialNumber);
            if (request.State == InspectState.Arrived)
                request.IsDropped = true;
            else
                _aborted.Enqueue(request);
        }

        private void DropAll()
        {
            foreach (var request in _requests.Values.ToArray())
                Drop(request);
        }

        private InspectRequest? Find(ulong requestId) =>
            _requests.Values.FirstOrDefault(r => r.Request.Id == requestId);

        // The connection of a request is there: its judgement is over.
        private WSK_INSPECT_ID? TakeInspectId(ulong requestId)
        {
            using (_socket._gate.Enter())
            {
                if (requestId == 0 || Find(requestId) is not { } request)
                    return null;
                _requests.Remove(request.Id.SerialNumber);
                return request.Id;
            }
        }
    }
}
