// Sending: what the system takes at once is sent from inside the call; what it does not take waits in order,
// the first operation with the system, the others in a list that runs through the operations themselves. It
// knows nothing about MDLs: an operation is segments of memory. Cancelling is in HostStream.cs.
using System.Net.Sockets;
using OpenWsk.Abi;
using OpenWsk.Ports;

namespace OpenWsk.Net.Host;

internal sealed partial class HostStream
{
    // Segments below this size are gathered and sent together, because a small segment sent alone would wait
    // for the acknowledgement of the one before it (Nagle, RFC 1122 4.2.3.4).
    private const int GatherBelowBytes = 16 * 1024;
    private const int GatherBytesMax = 64 * 1024;

    [ThreadStatic]
    private static byte[]? s_gathered;

    private SendArguments? _sendArguments;
    private SendOperation? _sendHead;
    private SendOperation? _sendTail;
    private bool _isSendInOs;

    // Progress of the head, or of the send that is just being tried.
    private int _segment;
    private int _offset;

    public bool Send(SendOperation operation)
    {
        lock (_gate)
        {
            operation.TransportState = null;
            if (_state != StreamState.Connected || _isFinSent || _disconnect is not null)
            {
                operation.Status = _state == StreamState.Connected
                    ? NTSTATUS.STATUS_CONNECTION_DISCONNECTED
                    : WhyNotConnected();
                return true;
            }
            if (_sendTail is not null)
            {
                _sendTail.TransportState = operation;
                _sendTail = operation;
                return false;
            }
            BeginSend();
            operation.Status = Advance(operation);
            if (operation.Status != NTSTATUS.STATUS_PENDING)
            {
                return true;
            }
            _sendHead = _sendTail = operation;
            return false;
        }
    }

    private void BeginSend()
    {
        _segment = 0;
        _offset = 0;
    }

    // Sends until the operation is done (its status) or the system holds the rest (STATUS_PENDING).
    private NTSTATUS Advance(SendOperation operation)
    {
        while (true)
        {
            if (!_failure.IsSuccess())
            {
                return _failure;
            }
            var status = SendNow(operation);
            if (status != NTSTATUS.STATUS_PENDING)
            {
                return status;
            }
            _sendArguments ??= new SendArguments(this);
            _sendArguments.SetBuffer(operation.Segment(_segment)[_offset..]);
            if (_socket.SendAsync(_sendArguments))
            {
                _isSendInOs = true;
                return NTSTATUS.STATUS_PENDING;
            }
            if (_sendArguments.SocketError != SocketError.Success)
            {
                return Fail(_sendArguments.SocketError);
            }
            Consume(operation, _sendArguments.BytesTransferred);
        }
    }

    private NTSTATUS SendNow(SendOperation operation)
    {
        while (_segment < operation.SegmentCount)
        {
            var bytes = NextBytes(operation);
            if (bytes.IsEmpty)
            {
                throw new InvalidOperationException("A send operation has an empty segment.");
            }
            var sent = _socket.Send(bytes, SocketFlags.None, out var error);
            if (error == SocketError.WouldBlock)
            {
                return NTSTATUS.STATUS_PENDING;
            }
            if (error != SocketError.Success)
            {
                return Fail(error);
            }
            Consume(operation, sent);
            if (sent < bytes.Length)
            {
                return NTSTATUS.STATUS_PENDING;
            }
        }
        return NTSTATUS.STATUS_SUCCESS;
    }

    private ReadOnlySpan<byte> NextBytes(SendOperation operation)
    {
        ReadOnlySpan<byte> first = operation.Segment(_segment).Span[_offset..];
        if (first.Length >= GatherBelowBytes || _segment + 1 == operation.SegmentCount)
        {
            return first;
        }
        var gathered = s_gathered ??= GC.AllocateUninitializedArray<byte>(GatherBytesMax);
        first.CopyToGuest(gathered);
        var length = first.Length;
        for (var i = _segment + 1; i < operation.SegmentCount && length < gathered.Length; i++)
        {
            var next = operation.Segment(i).Span;
            next = next[..Math.Min(next.Length, gathered.Length - length)];
            next.CopyToGuest(gathered.AsSpan(length));
            length += next.Length;
        }
        return gathered.AsSpan(0, length);
    }

    private void Consume(SendOperation operation, int bytes)
    {
        while (bytes > 0)
        {
            var left = operation.Segment(_segment).Length - _offset;
            if (bytes < left)
            {
                _offset += bytes;
                return;
            }
            bytes -= left;
            _segment++;
            _offset = 0;
        }
    }

    private void OnSendDone(SendArguments arguments)
    {
        lock (_gate)
        {
            _isSendInOs = false;
            if (_state != StreamState.Connected)
            {
                CancelSends();
                if (_state == StreamState.Closed)
                {
                    arguments.Dispose();
                }
                return;
            }
            if (arguments.SocketError == SocketError.Success)
            {
                Consume(_sendHead!, arguments.BytesTransferred);
            }
            else
            {
                Fail(arguments.SocketError);
            }
            ContinueSends();
        }
    }

    private void ContinueSends()
    {
        while (_sendHead is { } operation)
        {
            var status = Advance(operation);
            if (status == NTSTATUS.STATUS_PENDING)
            {
                return;
            }
            TakeSendHead();
            Complete(operation, status);
            BeginSend();
            MeasureIdealSendBacklog(isTold: true);
        }
        if (_disconnect is not null && SendFin() is var outcome && outcome != NTSTATUS.STATUS_PENDING)
        {
            CompleteDisconnect(outcome);
        }
    }

    private void CancelSends()
    {
        while (_sendHead is { } operation)
        {
            TakeSendHead();
            Complete(operation, NTSTATUS.STATUS_CANCELLED);
        }
    }

    private void TakeSendHead()
    {
        var head = _sendHead!;
        _sendHead = (SendOperation?)head.TransportState;
        if (_sendHead is null)
        {
            _sendTail = null;
        }
    }

    // Takes out an operation behind the head, which nothing has been sent of.
    private bool TryUnlinkSend(SendOperation operation)
    {
        var previous = _sendHead;
        while (previous is not null && previous.TransportState != operation)
        {
            previous = (SendOperation?)previous.TransportState;
        }
        if (previous is null)
        {
            return false;
        }
        previous.TransportState = operation.TransportState;
        if (_sendTail == operation)
        {
            _sendTail = previous;
        }
        return true;
    }

    private sealed class SendArguments(HostStream stream)
        : SocketAsyncEventArgs(WithoutExecutionContext)
    {
        protected override void OnCompleted(SocketAsyncEventArgs e) => stream.OnSendDone(this);
    }
}
