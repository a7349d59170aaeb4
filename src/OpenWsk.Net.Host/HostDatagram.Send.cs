// Sending datagrams: each message of an operation is one datagram, or is cut into several. What the system
// does not take at once waits in order until there is room. It knows nothing about MDLs: an
// operation is segments of memory.
using OpenWsk.Abi;
using OpenWsk.Ports;

namespace OpenWsk.Net.Host;

internal partial class HostDatagram
{
    // Longer than any datagram; only what is to be cut may be longer.
    private protected const int DatagramBytesMax = 65_535;
    private const int CutBytesMax = 1 << 20;

    // How much the system cuts in one go (UDP_MAX_SEGMENTS of older kernels, and what fits an IP packet).
    private protected const int CutSegmentsMax = 64;
    private protected const int CutGoBytesMax = 65_000;

    [ThreadStatic]
    private static byte[]? s_gathered;

    private readonly WritableSubject _writable;
    private LinkedQueue<SendOperation> _sends;

    // Progress of the head, or of the send that is just being tried.
    private int _message;
    private int _offset;

    public virtual bool Send(SendOperation operation)
    {
        lock (_gate)
        {
            operation.Status = WhyNotSend(operation);
            if (!operation.Status.IsSuccess())
            {
                return true;
            }
            if (!_sends.IsEmpty)
            {
                _sends.Enqueue(operation);
                return false;
            }
            BeginSend();
            return TrySendNow(operation);
        }
    }

    /// <summary>Whether sends wait for room. Under the lock.</summary>
    private protected bool HasWaitingSends => !_sends.IsEmpty;

    /// <summary>Sends what a message and those behind it are, one by one. Under the lock.</summary>
    /// <returns>Whether the operation is complete.</returns>
    private protected bool SendRest(SendOperation operation, int message)
    {
        operation.TransportState = null;
        if (!_sends.IsEmpty)
        {
            // Those before it are not told apart any more: a datagram may come twice.
            _sends.Enqueue(operation);
            return false;
        }
        BeginSend();
        _message = message;
        return TrySendNow(operation);
    }

    private bool TrySendNow(SendOperation operation)
    {
        operation.Status = Advance(operation);
        if (operation.Status != NTSTATUS.STATUS_PENDING)
        {
            return true;
        }
        _sends.Enqueue(operation);
        ReadinessWatch.Shared.Start(_writable, _handle, ReadinessWatch.Kind.Writable);
        return false;
    }

    private protected NTSTATUS WhyNotSend(SendOperation operation)
    {
        if (_isClosed)
        {
            return NTSTATUS.STATUS_CANCELLED;
        }
        if (!_failure.IsSuccess())
        {
            return _failure;
        }

        if (_isRaw && operation.Control.SegmentBytes > 0)
        {
            return NTSTATUS.STATUS_NOT_SUPPORTED;
        }

        // Linux would take the wildcard for loopback; Windows has no such host and no port 0.
        return operation.Destination.IsWildcard || (!_isRaw && operation.Destination.Port == 0)
            ? NTSTATUS.STATUS_INVALID_ADDRESS_COMPONENT
            : NTSTATUS.STATUS_SUCCESS;
    }

    private void BeginSend()
    {
        _message = 0;
        _offset = 0;
    }

    // Sends until the operation is done (its status) or the system has no room (STATUS_PENDING).
    private NTSTATUS Advance(SendOperation operation)
    {
        for (; _message < operation.MessageCount; _message++, _offset = 0)
        {
            var status = SendMessage(operation);
            if (!status.IsSuccess() || status == NTSTATUS.STATUS_PENDING)
            {
                return status;
            }
        }
        return NTSTATUS.STATUS_SUCCESS;
    }

    private NTSTATUS SendMessage(SendOperation operation)
    {
        var segmentBytes = SegmentBytesOf(operation);
        if (!TryGather(operation, segmentBytes > 0 ? CutBytesMax : DatagramBytesMax, out var data))
        {
            return NTSTATUS.STATUS_INVALID_BUFFER_SIZE;
        }
        do
        {
            var rest = data[_offset..];
            var isCut = segmentBytes > 0 && rest.Length > segmentBytes;
            if (isCut)
            {
                var segments = Math.Clamp(CutGoBytesMax / segmentBytes, 1, CutSegmentsMax);
                rest = rest[..Math.Min(rest.Length, segments * segmentBytes)];
            }
            var error = SendNow(operation, rest, isCut && rest.Length > segmentBytes ? segmentBytes : 0);
            if (error is Errno.Einval or Errno.Emsgsize or Errno.Eio or Errno.Eopnotsupp && isCut)
            {
                // The system or the route cannot cut like that; one by one it goes.
                rest = rest[..Math.Min(rest.Length, segmentBytes)];
                error = SendNow(operation, rest, 0);
            }
            if (error != Errno.None)
            {
                return WhyFailed(operation, error);
            }
            _offset += rest.Length;
        }
        while (_offset < data.Length);
        return NTSTATUS.STATUS_SUCCESS;
    }

    private protected int SegmentBytesOf(SendOperation operation)
    {
        var asked = operation.Control.SegmentBytes;
        return asked > 0 ? asked : _cutBytes;
    }

    private Errno SendNow(SendOperation operation, ReadOnlySpan<byte> data, int segmentBytes)
    {
        Span<byte> nameRoom = stackalloc byte[LinuxAddress.BytesMax];
        Span<byte> controlRoom = stackalloc byte[LinuxControl.BytesMax];
        var destination = operation.Destination;
        var name = LinuxAddress.Write(destination, _isRaw ? (ushort)0 : destination.Port, nameRoom);
        var control = LinuxControl.Write(
            operation.Control,
            destination.IsV6 && !destination.IsV4Mapped,
            TrafficClassOf(operation.Control, destination),
            segmentBytes,
            controlRoom);
        var error = LinuxSockets.Send(_handle, data, name, control);
        if (error == Errno.Econnrefused)
        {
            // This is about an earlier datagram, and the receiver's to hear.
            DrainErrors();
            Note(error);
            _receivable.Signal();
            error = LinuxSockets.Send(_handle, data, name, control);
        }
        return error;
    }

    private protected NTSTATUS WhyFailed(SendOperation operation, Errno error)
    {
        var control = operation.Control;
        var isAboutInterface = error == Errno.Einval && control.InterfaceIndex != 0;

        // The routing of IPv4 and of IPv6 have different words for a source that is not ours.
        var isAboutSource = error is Errno.Einval or Errno.Enetunreach
            && control.Source.Family != 0
            && !HostSocketOptions.IsLocal(control.Source);
        return isAboutInterface || isAboutSource
            ? NTSTATUS.STATUS_INVALID_ADDRESS_COMPONENT
            : StatusOf(error);
    }

    // All eight bits, or null where the socket's are right.
    private protected byte? TrafficClassOf(in DatagramControl control, in EndpointAddress destination)
    {
        if (control.TrafficClass is null && control.Ecn is null)
        {
            return null;
        }
        var own = HostSocketOptions.TrafficClass(_socket, destination.IsV6 && !destination.IsV4Mapped);
        var bits = (control.TrafficClass ?? own) & 0xFC;
        return (byte)(bits | ((control.Ecn ?? own) & 3));
    }

    // The bytes of the current message in one piece; valid until the thread gathers again.
    private bool TryGather(SendOperation operation, int bytesMax, out ReadOnlySpan<byte> data)
    {
        var first = _message == 0 ? 0 : operation.MessageEnd(_message - 1);
        var end = operation.MessageEnd(_message);
        data = first == end ? default : operation.Segment(first).Span;
        if (end - first <= 1)
        {
            return true;
        }
        var length = 0;
        for (var i = first; i < end; i++)
        {
            length += operation.Segment(i).Length;
            if (length > bytesMax)
            {
                return false;
            }
        }
        if (s_gathered is null || s_gathered.Length < length)
        {
            s_gathered = GC.AllocateUninitializedArray<byte>(Math.Max(length, DatagramBytesMax));
        }
        length = 0;
        for (var i = first; i < end; i++)
        {
            var segment = operation.Segment(i).Span;
            segment.CopyTo(s_gathered.AsSpan(length));
            length += segment.Length;
        }
        data = s_gathered.AsSpan(0, length);
        return true;
    }

    private void OnWritable()
    {
        lock (_gate)
        {
            if (_isClosed || _sends.IsEmpty)
            {
                return;
            }
            ReadinessWatch.Shared.Stop(_writable, _handle);
            ContinueSends();
        }
    }

    private void ContinueSends()
    {
        while (_sends.First is { } operation)
        {
            var status = Advance(operation);
            if (status == NTSTATUS.STATUS_PENDING)
            {
                ReadinessWatch.Shared.Start(_writable, _handle, ReadinessWatch.Kind.Writable);
                return;
            }
            Complete(_sends.Dequeue(), status);
            BeginSend();
        }
    }

    private void CancelSends()
    {
        if (!_sends.IsEmpty)
        {
            ReadinessWatch.Shared.Stop(_writable, _handle);
        }
        while (!_sends.IsEmpty)
        {
            Complete(_sends.Dequeue(), NTSTATUS.STATUS_CANCELLED);
        }
    }

    private bool TryUnlinkSend(SendOperation operation)
    {
        var isFirst = _sends.First == operation;
        if (!_sends.TryRemove(operation))
        {
            return false;
        }
        if (isFirst)
        {
            BeginSend();
            if (_sends.IsEmpty)
            {
                ReadinessWatch.Shared.Stop(_writable, _handle);
            }
        }
        return true;
    }

    private sealed class WritableSubject(HostDatagram datagram) : ReadinessWatch.Subject
    {
        public override void OnReady() => datagram.OnWritable();
    }
}
