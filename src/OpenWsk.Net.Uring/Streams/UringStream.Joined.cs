// Sends that go to the kernel together: what waits behind a send that is being submitted joins it, and so
// does what is sent while the kernel has not been entered since. Each completes when its own bytes have been
// taken. So that none waits for room that only those behind it need, joined sends do not ask for all to be
// taken: after one that came short the next goes alone. It knows nothing about the kinds of memory.
using OpenWsk.Abi;
using OpenWsk.Net.Host;
using OpenWsk.Net.Uring.Interop;
using OpenWsk.Ports;

namespace OpenWsk.Net.Uring.Streams;

internal sealed unsafe partial class UringStream
{
    // 64 KiB moves 0.84 as much with messages of 256 KiB; measured, see docs/internals/io-uring.md.
    private const int JoinedBytesMax = 256 * 1024;

    // The submission of the send that is under way; ours to change while the epoch is the same.
    private Submission* _open;
    private long _openEpoch;
    private bool _mayJoin;

    // The last operation of the submission, and what all of it are together once there are several.
    private SendOperation? _lastJoined;
    private int _joinedBytes;

    // A joined send came short: the system has no room, so that what follows waits in any case.
    private bool _isRoomScarce;

    // The submission is to be given up, because an operation behind the first was cancelled.
    private bool _isSendGivenUp;
    private bool _isGivingUpDue;

    private protected override void OnQueued()
    {
        if (_isSending && _mayJoin && _loop.IsHere && _openEpoch == _loop.Epoch)
        {
            JoinWaiting(_lastJoined!);
        }
    }

    // What the kernel may have is taken out when it is known how much of it was sent.
    private protected override bool TryWithdraw(SendOperation operation)
    {
        if (!IsJoined(operation))
        {
            return _sends.TryRemove(operation);
        }
        operation.Status = NTSTATUS.STATUS_CANCELLED;
        if (_isSendGivenUp)
        {
            return false;
        }
        _isSendGivenUp = _isGivingUpDue = true;
        if (_loop.IsHere)
        {
            GiveSendUpInKernel();
        }
        else
        {
            Kick();
        }
        return false;
    }

    private bool IsJoined(SendOperation operation)
    {
        if (!_isSending || _joinedBytes == 0)
        {
            return false;
        }
        for (var at = _sends.First; at is not null; at = LinkedItems.After(at))
        {
            if (at == operation)
            {
                return true;
            }
            if (at == _lastJoined)
            {
                return false;
            }
        }
        return false;
    }

    private void GiveSendUpInKernel()
    {
        if (_isGivingUpDue && _isSending && !_loop.IsEnding)
        {
            _isGivingUpDue = false;
            _loop.CancelInKernel(_slot, SendKind);
        }
    }

    private void BeginJoining(Submission* submission, SendOperation operation)
    {
        _open = submission;
        _openEpoch = _loop.Epoch;
        _lastJoined = operation;
        _joinedBytes = 0;
        _mayJoin = !_isRoomScarce;
    }

    private void JoinWaiting(SendOperation last)
    {
        while (_mayJoin && LinkedItems.After(last) is { } next)
        {
            _mayJoin = TryJoin(next);
            last = next;
        }
    }

    private bool TryJoin(SendOperation operation)
    {
        var places = _vectors == null ? null : SendVectors.PlacesOf(_vectors);
        var used = places == null ? 1 : (int)_vectors->Message.VectorCount;
        var bytes = _joinedBytes != 0 ? _joinedBytes
            : places == null ? (int)_open->Length : BytesOf(places, used);
        if (used + operation.SegmentCount > SendVectors.Count || operation.SegmentAt(0).Address == 0)
        {
            return false;
        }
        for (var i = 0; i < operation.SegmentCount; i++)
        {
            bytes += operation.SegmentAt(i).LengthBytes;
            if ((uint)bytes > JoinedBytesMax)
            {
                return false;
            }
        }
        if (places == null)
        {
            places = SpreadOut();
        }
        for (var i = 0; i < operation.SegmentCount; i++)
        {
            var (address, lengthBytes) = operation.SegmentAt(i);
            places[used++] = new IoVector { Base = (byte*)address, Length = (nuint)lengthBytes };
        }
        _vectors->Message.VectorCount = (nuint)used;
        _open->OperationFlags = Descriptors.NoSignal;
        _joinedBytes = bytes;
        _lastJoined = operation;
        return true;
    }

    // Makes a submission of one piece one of vectors.
    private IoVector* SpreadOut()
    {
        _vectors = _loop.RentVectors();
        var places = SendVectors.PlacesOf(_vectors);
        places[0] = new IoVector { Base = (byte*)_open->Address, Length = _open->Length };
        _vectors->Message = new MessageHeader { Vectors = places, VectorCount = 1 };
        _open->Opcode = UringOpcode.SendMessage;
        _open->Address = (ulong)&_vectors->Message;
        _open->Length = 1;
        return places;
    }

    private static int BytesOf(IoVector* places, int count)
    {
        var bytes = (nuint)0;
        for (var i = 0; i < count; i++)
        {
            bytes += places[i].Length;
        }
        return (int)nuint.Min(bytes, int.MaxValue / 2);
    }

    // The kernel has let go of the submission, and what it has taken is accounted for.
    private void EndJoining(int result)
    {
        _isRoomScarce = _joinedBytes > 0 && result < _joinedBytes;
        _mayJoin = false;
        _lastJoined = null;
        _joinedBytes = 0;
        if (_isSendGivenUp)
        {
            _isSendGivenUp = _isGivingUpDue = false;
            WithdrawCancelled();
        }
    }

    private void WithdrawCancelled()
    {
        for (var at = _sends.First; at is not null && _state == StreamState.Connected;)
        {
            var next = LinkedItems.After(at);
            if (at.Status == NTSTATUS.STATUS_CANCELLED)
            {
                if (at == _sends.First && (_segment > 0 || _offset > 0))
                {
                    AbortConnection();
                    return;
                }
                _sends.TryRemove(at);
                Complete(at, NTSTATUS.STATUS_CANCELLED);
            }
            at = next;
        }
    }
}
