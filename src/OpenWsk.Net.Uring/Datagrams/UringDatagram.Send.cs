// Sending on the ring, from its own dispatcher: each datagram becomes a submission, which goes to the kernel
// with everything else of the turn, and datagrams of one length and destination become one that the kernel
// cuts. What cannot go so, what other threads send, and what the ring could not do goes through HostDatagram,
// which also says what an error means. It knows nothing about who sends.
using OpenWsk.Abi;
using OpenWsk.Net.Host;
using OpenWsk.Net.Uring.Interop;
using OpenWsk.Ports;

namespace OpenWsk.Net.Uring.Datagrams;

internal sealed unsafe partial class UringDatagram
{
    // Those that the kernel has.
    private DatagramSend? _sends;

    // The last submission, which more may join while the kernel has not been entered since.
    private DatagramSend? _open;
    private long _openEpoch;

    // Longer ones the route or the system has refused to cut.
    private int _joinableBytesMax = CutGoBytesMax / 2;

    /// <inheritdoc/>
    public override bool Send(SendOperation operation)
    {
        if (_loop.IsHere && !_loop.IsEnding)
        {
            lock (Gate)
            {
                if (!HasWaitingSends && SegmentBytesOf(operation) == 0
                    && WhyNotSend(operation).IsSuccess() && TrySubmit(operation))
                {
                    return false;
                }
            }
        }
        return base.Send(operation);
    }

    /// <summary>A submission is complete.</summary>
    public void OnSent(DatagramSend send, int result)
    {
        lock (Gate)
        {
            Unlink(send);
            var head = send.Head;
            if (result < 0)
            {
                NoteFailure(send, head, (Errno)(-result));
            }
            if (--head.Left == 0)
            {
                foreach (var operation in head.Operations)
                {
                    End(operation, head);
                }
            }
            if (send != head)
            {
                Recycle(send);
            }
            if (head.Left == 0)
            {
                Recycle(head);
            }
        }
    }

    // What follows a failed submission in a chain says ECANCELED, which tells nothing.
    private void NoteFailure(DatagramSend send, DatagramSend head, Errno error)
    {
        if (send.Count > 1 && error is Errno.Einval or Errno.Emsgsize or Errno.Eio or Errno.Eopnotsupp)
        {
            _joinableBytesMax = Math.Min(_joinableBytesMax, send.OneBytes - 1);
        }
        if (error == Errno.Econnrefused)
        {
            // This is about an earlier datagram, and the receiver's to hear.
            DrainErrors();
            Note(error);
            SignalReceivable();
        }
        if (head.Failure == Errno.None || send.FirstMessage < head.FailedMessage)
        {
            head.FailedMessage = send.FirstMessage;
            head.Failure = error;
        }
    }

    private void End(SendOperation operation, DatagramSend head)
    {
        var isGivenUp = operation.Status == NTSTATUS.STATUS_CANCELLED;
        operation.TransportState = null;
        operation.Status = NTSTATUS.STATUS_SUCCESS;
        if (head.Failure != Errno.None)
        {
            operation.Status = NTSTATUS.STATUS_CANCELLED;
            if (!isGivenUp && !IsClosed && !SendRest(operation, head.FailedMessage))
            {
                return;
            }
        }
        if (!_loop.TryRunSoon(operation))
        {
            Scheduler.Post(operation);
        }
    }

    private void Recycle(DatagramSend send)
    {
        send.Clear();
        _loop.Recycle(send);
    }

    private bool TrySubmit(SendOperation operation)
    {
        var first = 0;
        var total = 0;
        for (var message = 0; message < operation.MessageCount; message++)
        {
            var end = operation.MessageEnd(message);
            var bytes = BytesOf(operation, first, end);
            if (bytes < 0)
            {
                return false;
            }
            total += bytes;
            first = end;
        }
        if (operation.MessageCount == 0)
        {
            return false;
        }
        operation.Status = NTSTATUS.STATUS_PENDING;
        if (operation.MessageCount == 1 && CanJoin(operation, total))
        {
            Join(operation);
        }
        else
        {
            SubmitAll(operation);
        }
        return true;
    }

    // Negative: the ring cannot take it.
    private static int BytesOf(SendOperation operation, int first, int end)
    {
        if (end - first > DatagramSend.PiecesMax)
        {
            return -1;
        }
        var bytes = 0;
        for (var i = first; i < end; i++)
        {
            var (address, lengthBytes) = operation.SegmentAt(i);
            bytes += lengthBytes;
            if (address == 0 || bytes > DatagramBytesMax)
            {
                return -1;
            }
        }
        return bytes;
    }

    private bool CanJoin(SendOperation operation, int bytes) =>
        _open is { } open
        && _openEpoch == _loop.Epoch
        && open.OperationCount < DatagramSend.PiecesMax
        && CanFollow(open, bytes, operation.SegmentCount)
        && IsPlain(operation.Control)
        && open.Destination == operation.Destination;

    // Whether one more datagram can be of the submission.
    private bool CanFollow(DatagramSend send, int bytes, int pieces) =>
        !IsRaw
        && bytes > 0
        && bytes <= send.OneBytes
        && !send.IsFull
        && send.OneBytes <= _joinableBytesMax
        && send.Count < CutSegmentsMax
        && send.TotalBytes + bytes <= CutGoBytesMax
        && send.Pieces + pieces <= DatagramSend.PiecesMax;

    private void Join(SendOperation operation)
    {
        var send = _open!;
        send.AddOperation(operation);
        send.AddMessage(operation, 0, operation.SegmentCount);
        send.WriteControl(default, isV6: false, trafficClass: null);
        operation.TransportState = send;
    }

    // As few submissions as will do, each of which goes only if the one before it went.
    private void SubmitAll(SendOperation operation)
    {
        var isV6 = operation.Destination.IsV6 && !operation.Destination.IsV4Mapped;
        var trafficClass = TrafficClassOf(operation.Control, operation.Destination);
        DatagramSend? head = null;
        Submission* submission = null;
        var first = 0;
        for (var message = 0; message < operation.MessageCount;)
        {
            var send = _loop.TakeSend();
            send.Begin(this, operation, message);
            head ??= send;
            send.Head = head;
            do
            {
                var end = operation.MessageEnd(message++);
                send.AddMessage(operation, first, end);
                first = end;
            }
            while (message < operation.MessageCount && CanFollow(
                send, BytesOf(operation, first, operation.MessageEnd(message)),
                operation.MessageEnd(message) - first));
            send.WriteControl(operation.Control, isV6, trafficClass);
            if (submission != null)
            {
                submission->Flags |= UringNumbers.SqeLink;
                head.Left++;
            }
            submission = _loop.Prepare(send.Slot, SendKind);
            send.Fill(submission, _descriptor);
            Link(send);
        }
        operation.TransportState = head;
        var isAlone = head!.Left == 1 && IsPlain(operation.Control);
        _open = isAlone ? head : null;
        _openEpoch = _loop.Epoch;
    }

    private static bool IsPlain(in DatagramControl control) =>
        control.Source.Family == 0 && control.InterfaceIndex == 0 && control.HopLimit is null
        && control.TrafficClass is null && control.Ecn is null;

    private void Link(DatagramSend send)
    {
        send.Previous = null;
        send.Next = _sends;
        if (_sends is not null)
        {
            _sends.Previous = send;
        }
        _sends = send;
    }

    private void Unlink(DatagramSend send)
    {
        if (send.Previous is null)
        {
            _sends = send.Next;
        }
        else
        {
            send.Previous.Next = send.Next;
        }
        if (send.Next is not null)
        {
            send.Next.Previous = send.Previous;
        }
        send.Next = send.Previous = null;
        if (_open == send)
        {
            _open = null;
        }
    }
}
