// Sending: what the system takes at once is sent from inside the call; the rest of one operation waits with
// .NET. It knows nothing about the queue of operations: SystemStream.Send.cs.
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
    private bool _isSendInOs;

    // Sends until the operation is done (its status) or the system holds the rest (STATUS_PENDING).
    private protected override NTSTATUS Advance(SendOperation operation)
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
        using (_gate.Enter())
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
                Consume(_sends.First!, arguments.BytesTransferred);
            }
            else
            {
                Fail(arguments.SocketError);
            }
            ContinueSends();
        }
    }

    private sealed class SendArguments(HostStream stream)
        : SocketAsyncEventArgs(WithoutExecutionContext)
    {
        protected override void OnCompleted(SocketAsyncEventArgs e) => stream.OnSendDone(this);
    }
}
