// Sending: on the ring's thread an operation becomes a submission, which goes to the kernel with all others
// of the turn; on other threads it is sent by a plain call, and only what the system does not take at once
// waits for the ring. One submission of a stream is with the kernel at a time; what waits joins the next one:
// UringStream.Joined.cs. It knows nothing about the queue of operations: SystemStream.Send.cs.
//
// Lifetime: the segments are the operation's, which completes only after the kernel has let go of them; the
// vectors of several segments belong to the loop and are given back then as well.
using System.Runtime.InteropServices;
using OpenWsk.Abi;
using OpenWsk.Net.Host;
using OpenWsk.Net.Uring.Interop;
using OpenWsk.Ports;

namespace OpenWsk.Net.Uring.Streams;

internal sealed unsafe partial class UringStream
{
    // What an operation in the ring points to beside its segments: vectors, or bytes that were no guest
    // memory.
    private SendVectors* _vectors;
    private byte* _copied;
    private long _sentBytes;

    // The send buffer grows as a connection carries more, so it is looked at after as much as it holds.
    private protected override bool IsSendBufferDue
    {
        get
        {
            if (_sentBytes < (long)KnownIdealSendBacklog)
            {
                return false;
            }
            _sentBytes = 0;
            return true;
        }
    }

    private protected override void CountSent(int bytes) => _sentBytes += bytes;

    // On another thread than the ring's the system took what it takes now; the ring's waits for the rest.
    private protected override void WaitForRoom() => Kick();

    private protected override NTSTATUS Advance(SendOperation operation)
    {
        if (!_failure.IsSuccess())
        {
            return _failure;
        }
        if (_segment == operation.SegmentCount)
        {
            return NTSTATUS.STATUS_SUCCESS;
        }
        var isGuest = operation.SegmentAt(_segment).Address != 0;
        if (!_loop.IsHere)
        {
            return SendDirectly(operation);
        }
        if (_loop.IsEnding)
        {
            return NTSTATUS.STATUS_CANCELLED;
        }
        if (isGuest)
        {
            Submit(operation);
            JoinWaiting(operation);
        }
        else
        {
            SubmitCopy(operation);
        }
        return NTSTATUS.STATUS_PENDING;
    }

    private void Submit(SendOperation operation)
    {
        var submission = _loop.Prepare(NeedSlot(), SendKind);
        submission->Descriptor = _descriptor;
        submission->OperationFlags = Descriptors.NoSignal | Descriptors.WaitAll;
        BeginJoining(submission, operation);
        var count = operation.SegmentCount - _segment;
        if (count == 1)
        {
            var segment = operation.SegmentAt(_segment);
            submission->Opcode = UringOpcode.Send;
            submission->Address = segment.Address + (nuint)_offset;
            submission->Length = (uint)(segment.LengthBytes - _offset);
        }
        else
        {
            _vectors = _loop.RentVectors();
            var places = SendVectors.PlacesOf(_vectors);
            var used = Fill(operation, places, SendVectors.Count, out _);
            _mayJoin &= used == count;
            _vectors->Message = new MessageHeader { Vectors = places, VectorCount = (nuint)used };
            submission->Opcode = UringOpcode.SendMessage;
            submission->Address = (ulong)&_vectors->Message;
            submission->Length = 1;
        }
        _isSending = true;
    }

    private void SubmitCopy(SendOperation operation)
    {
        var segment = operation.Segment(_segment)[_offset..];
        _copied = (byte*)NativeMemory.Alloc((nuint)segment.Length);
        segment.Span.CopyTo(new Span<byte>(_copied, segment.Length));
        var submission = _loop.Prepare(NeedSlot(), SendKind);
        submission->Opcode = UringOpcode.Send;
        submission->Descriptor = _descriptor;
        submission->OperationFlags = Descriptors.NoSignal | Descriptors.WaitAll;
        submission->Address = (ulong)_copied;
        submission->Length = (uint)segment.Length;
        _mayJoin = false;
        _isSending = true;
    }

    private void OnSent(int result)
    {
        using (_gate.Enter())
        {
            _isSending = false;
            FreeSent();
            if (_state == StreamState.Connected)
            {
                TakeResult(result);
                EndJoining(result);
            }
            if (_state != StreamState.Connected)
            {
                CancelSends();
                LeaveRing();
                return;
            }
            ContinueSends();
        }
    }

    private void TakeResult(int result)
    {
        if (result >= 0)
        {
            _sentBytes += result;
            while (Consume(_sends.First!, ref result))
            {
                EndFirst(NTSTATUS.STATUS_SUCCESS);
            }
        }
        else if (result != -(int)Errno.Eintr && !(_isSendGivenUp && result == -Ecanceled))
        {
            Fail(Descriptors.ToSocketError((Errno)(-result)));
        }
    }

    private void FreeSent()
    {
        if (_vectors != null)
        {
            _loop.ReturnVectors(_vectors);
            _vectors = null;
        }
        if (_copied != null)
        {
            NativeMemory.Free(_copied);
            _copied = null;
        }
    }
}
