// Receiving by request: each queued request gets one datagram, in the order of the calls. A datagram is taken
// out of the transport only for somebody who wants it, so a cancelled request loses none. Callbacks:
// DatagramSocket.ReceiveEvent.cs.
using OpenWsk.Abi;
using OpenWsk.Ports;
using static OpenWsk.Abi.NTSTATUS;
using static OpenWsk.Abi.WskConstants;

namespace OpenWsk.Provider;

internal sealed partial class DatagramSocket
{
    // The longest datagram of any protocol, also of several that the transport has joined.
    private const int DatagramBytesMax = 65536;

    // Room for a datagram until it is known whether anybody wants it and how long it is; one per thread,
    // because it is used under the lock and never across a call.
    [ThreadStatic]
    private static byte[]? t_scratch;

    private LinkedQueue<WskRequest> _receives;
    private PumpTurn _turn;
    private bool _isArmed;

    // OPEN-24: a host where nobody listens ends nothing, unless the world or SIO_UDP_CONNRESET wants it told.
    private bool IsUnreachableTold =>
        !_receives.IsEmpty
        && (ReportsUnreachable || (_provider.Settings.TellsPortUnreachable && _remote is not null));

    private static byte[] Scratch => t_scratch ??= new byte[DatagramBytesMax];

    /// <summary>
    /// Queues a receive and fills what can be filled. STATUS_PENDING when queued (end the call with EndCall),
    /// otherwise the status to refuse it with.
    /// </summary>
    public NTSTATUS StartReceive(WskRequest request)
    {
        using (_gate.Enter())
        {
            if (_state != SocketState.Bound)
                return WrongState;
            if (IsBroken)
                return WskSettings.NoLongerFunctional;
            request.Kind = RequestKind.ReceiveFrom;
            _receives.Enqueue(request);
        }
        PumpReceives();
        return STATUS_PENDING;
    }

    public void OnReceivable()
    {
        using (_gate.Enter())
            _isArmed = false;
        PumpWaitingReceives();
        PumpEvents();
    }

    // Without requests there is nothing to do, and no pump of events to post, which would run before what the
    // callback asks for is complete.
    private void PumpWaitingReceives()
    {
        using (_gate.Enter())
        {
            if (_receives.IsEmpty)
                return;
        }
        PumpReceives();
    }

    // Completes queued receives while there is something to complete them with. Any thread, no lock.
    private void PumpReceives()
    {
        using (_gate.Enter())
        {
            if (!_turn.TryTake())
                return;
        }
        while (true)
        {
            WskRequest? done;
            NTSTATUS status;
            using (_gate.Enter())
            {
                status = STATUS_SUCCESS;
                done = _state == SocketState.Closing || IsBroken ? null : FillHead(out status);
                if (!_turn.GoesOn(done is not null))
                    break;
            }
            done?.Complete(status, done.BytesDone);
        }
        PostEventPump();
    }

    // Fills the first queued request; returns it, dequeued, when it is finished. While a callback looks at
    // datagrams that it may leave behind, nothing is filled: those come first.
    private WskRequest? FillHead(out NTSTATUS status)
    {
        status = STATUS_SUCCESS;
        if ((_inCallback & WSK_EVENT_RECEIVE_FROM) != 0)
            return null;
        if (_receives.First is not { } head || !TryFill(head, out status))
            return null;
        return _receives.Dequeue();
    }

    private bool TryFill(WskRequest request, out NTSTATUS status)
    {
        status = STATUS_INVALID_PARAMETER;
        if (ReportTakenBack(request))
            return true;
        while (TakeKept(isNewOnly: false) is { } kept)
        {
            var isAccepted = IsAccepted(kept.Info);
            status = isAccepted ? Deliver(request, kept.Data, kept.Info) : STATUS_PENDING;
            Drop(kept);
            if (isAccepted)
                return true;
        }
        var room = RoomOf(request, out var isDirect);
        status = ReadTransport(room, out var data, out var lent, out var info);
        if (status == STATUS_PENDING)
            return false;
        if (status != STATUS_SUCCESS)
            return true;
        if (isDirect && lent.Address == 0)
        {
            request.BytesDone = (nuint)data.Length;
            status = Answer(request, info, info.IsTruncated);
            return true;
        }
        status = Deliver(request, data, info);
        if (lent.Address != 0)
            _socket.Return(lent);
        return true;
    }

    // Where the transport puts a datagram that it does not lend: into the client's one buffer, unless the
    // datagram may be another one's, or the buffer one that must fault in our hands.
    private Span<byte> RoomOf(WskRequest request, out bool isDirect)
    {
        isDirect = request.SegmentCount == 1 && _remote is null && !_provider.Executive.Heap.IsSpecial;
        return isDirect ? request.NextWindow() : Scratch;
    }

    // The next datagram that the socket accepts: lent, or in the room. STATUS_PENDING when there is none;
    // then the transport has been asked to tell.
    private NTSTATUS ReadTransport(
        Span<byte> room, out ReadOnlySpan<byte> data, out LentBytes lent, out DatagramInfo info)
    {
        while (true)
        {
            var outcome = _socket.TryLend(out lent, out info);
            if (outcome == STATUS_NOT_SUPPORTED)
            {
                lent = default;
                outcome = _socket.TryReceive(room, out var bytes, out info);
                data = room[..bytes];
            }
            else
            {
                data = GuestMemory.Span(lent.Address, lent.LengthBytes);
            }
            if (outcome == STATUS_SUCCESS && !IsAccepted(info))
            {
                if (lent.Address != 0)
                    _socket.Return(lent);
                continue;
            }
            if (outcome == STATUS_PORT_UNREACHABLE && !IsUnreachableTold)
                continue;
            if (outcome == STATUS_PENDING)
                Arm();
            return outcome;
        }
    }

    private NTSTATUS Deliver(WskRequest request, ReadOnlySpan<byte> data, in DatagramInfo info)
    {
        while (!data.IsEmpty)
        {
            var window = request.NextWindow();
            if (window.IsEmpty)
                break;
            var count = Math.Min(window.Length, data.Length);
            data[..count].CopyToGuest(window);
            data = data[count..];
            request.BytesDone += (nuint)count;
        }
        return Answer(request, info, !data.IsEmpty || info.IsTruncated);
    }

    private NTSTATUS Answer(WskRequest request, in DatagramInfo info, bool isTruncated)
    {
        request.ReceiveFrom.Answer(info, _wishes, NatureOf(info) | (isTruncated ? MSG_TRUNC : 0));
        return isTruncated ? _provider.Settings.TruncatedDatagram : STATUS_SUCCESS;
    }

    // With a fixed remote address, datagrams from any other are discarded (DGRAM-40). Raw ones have no port.
    private bool IsAccepted(in DatagramInfo info)
    {
        if (_remote is not { } remote)
            return true;
        var source = info.Source;
        if (IsUdp && source.Port != remote.Port)
            return false;
        return source.IsSameHost(remote);
    }

    private static uint NatureOf(in DatagramInfo info) =>
        (info.IsBroadcast ? MSG_BCAST : 0) | (info.IsMulticast ? MSG_MCAST : 0);

    private void Arm()
    {
        if (_isArmed)
            return;
        _isArmed = true;
        _socket.ArmReceive();
    }

    private void CancelReceive(WskRequest request)
    {
        using (_gate.Enter())
        {
            if (!_receives.TryRemove(request))
                return;
        }
        request.Complete(STATUS_CANCELLED, 0);
    }
}
