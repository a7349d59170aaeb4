// Bytes of a stream by plain calls: what the system takes or has now, without waiting. It knows nothing about
// the queue of operations (SystemStream.Send.cs) nor about how to wait.
//
// Lifetime: the vectors are on the stack for one call; the segments are the operation's, which completes only
// after the calls.
using System.Net.Sockets;
using OpenWsk.Abi;
using OpenWsk.Ports;

namespace OpenWsk.Net.Host;

internal abstract unsafe partial class DescriptorStream
{
    private const int DirectVectorsMax = 16;

    private protected bool _isPeerDone;

    private protected int _arms;
    private ReadableItem? _readable;
    private int _eventsDue;

    /// <summary>Has the sends go on when there is room. Under the lock.</summary>
    private protected abstract void WaitForRoom();

    /// <summary>Bytes were sent.</summary>
    private protected virtual void CountSent(int bytes)
    {
    }

    /// <summary>
    /// Sends what the system takes now; with STATUS_PENDING, <see cref="WaitForRoom"/> was called.
    /// </summary>
    private protected NTSTATUS SendDirectly(SendOperation operation)
    {
        var vectors = stackalloc IoVector[DirectVectorsMax];
        while (_segment < operation.SegmentCount)
        {
            Errno error;
            int bytes;
            nuint wanted;
            if (operation.SegmentAt(_segment).Address != 0)
            {
                var count = Fill(operation, vectors, DirectVectorsMax, out wanted);
                error = Descriptors.Send(_descriptor, vectors, count, out bytes);
            }
            else
            {
                error = SendPinned(operation, out bytes, out wanted);
            }
            if (error is not (Errno.None or Errno.Eagain))
            {
                return Fail(Descriptors.ToSocketError(error));
            }
            CountSent(bytes);
            var isShort = (nuint)bytes < wanted;
            Consume(operation, ref bytes);
            if (isShort)
            {
                WaitForRoom();
                return _failure.IsSuccess() ? NTSTATUS.STATUS_PENDING : _failure;
            }
        }
        return NTSTATUS.STATUS_SUCCESS;
    }

    /// <summary>Describes what is left of an operation; returns how many pieces that are.</summary>
    private protected int Fill(SendOperation operation, IoVector* vectors, int max, out nuint bytes)
    {
        var count = 0;
        var offset = _offset;
        bytes = 0;
        for (var i = _segment; i < operation.SegmentCount && count < max; i++)
        {
            var segment = operation.SegmentAt(i);
            vectors[count].Base = (byte*)segment.Address + offset;
            vectors[count].Length = (nuint)(segment.LengthBytes - offset);
            bytes += vectors[count].Length;
            offset = 0;
            count++;
        }
        return count;
    }

    /// <summary>Notes sent bytes of an operation, and takes them off the count.</summary>
    /// <returns>Whether it has all of its bytes and there are more, which are the next one's.</returns>
    private protected bool Consume(SendOperation operation, ref int bytes)
    {
        while (bytes > 0)
        {
            if (_segment == operation.SegmentCount)
            {
                return true;
            }
            var length = operation.SegmentAt(_segment) is { Address: not 0 } segment
                ? segment.LengthBytes
                : operation.Segment(_segment).Length;
            if (bytes < length - _offset)
            {
                _offset += bytes;
                bytes = 0;
                return false;
            }
            bytes -= length - _offset;
            _segment++;
            _offset = 0;
        }
        return false;
    }

    // Memory that may move.
    private Errno SendPinned(SendOperation operation, out int bytes, out nuint wanted)
    {
        var span = operation.Segment(_segment).Span[_offset..];
        wanted = (nuint)span.Length;
        fixed (byte* pointer = span)
        {
            var vector = new IoVector { Base = pointer, Length = wanted };
            var more = _segment + 1 < operation.SegmentCount ? Descriptors.More : 0;
            return Descriptors.Send(_descriptor, &vector, 1, out bytes, more);
        }
    }

    /// <summary>What the system has, for somebody who takes none of it.</summary>
    private protected NTSTATUS PeekSystem()
    {
        Span<byte> one = stackalloc byte[1];
        return ReceiveNow(one, Descriptors.Peek, out _);
    }

    /// <summary>Takes what the system has now.</summary>
    private protected NTSTATUS ReceiveNow(Span<byte> destination, int flags, out int bytes)
    {
        var error = Descriptors.Receive(Claimed(), destination, flags, out bytes);
        if (error == Errno.Eagain)
        {
            return NTSTATUS.STATUS_PENDING;
        }
        if (error != Errno.None)
        {
            var status = Fail(Descriptors.ToSocketError(error));
            RecheckFin();
            return status;
        }
        if (bytes > 0)
        {
            return NTSTATUS.STATUS_SUCCESS;
        }
        if (_failure.IsSuccess())
        {
            _isPeerDone = true;
        }

        // A connection that was reset reads as ended once its error has been told.
        return WhyNothingComes();
    }

    /// <summary>Nothing is queued: why not, if not because nothing has come yet.</summary>
    private protected NTSTATUS WhyNothingComes() =>
        !_failure.IsSuccess() ? _failure
        : _isPeerDone ? NTSTATUS.STATUS_GRACEFUL_DISCONNECT
        : NTSTATUS.STATUS_PENDING;

    // Posted, not run soon: what the owner does in the event may signal again.
    private protected sealed override void SignalReadable()
    {
        var isPosted = _eventsDue > 0;
        _eventsDue += _arms;
        _arms = 0;
        if (_eventsDue > 0 && !isPosted)
        {
            Scheduler.Post(_readable ??= new ReadableItem(this) { Processor = Processor });
        }
    }

    /// <summary>Tells the owner, on the dispatcher and without the lock.</summary>
    private protected void Tell(int events)
    {
        for (; events > 0 && _state != StreamState.Closed; events--)
        {
            _events!.OnReceivable();
        }
    }

    private void TellReadable()
    {
        int events;
        using (_gate.Enter())
        {
            events = _eventsDue;
            _eventsDue = 0;
        }
        Tell(events);
    }

    private sealed class ReadableItem(DescriptorStream stream) : DispatchItem
    {
        public override void Run() => stream.TellReadable();
    }
}
