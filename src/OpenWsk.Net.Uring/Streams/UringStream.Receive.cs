// Receiving: one multishot receive fills buffers of the ring as long as the owner keeps taking; what has
// arrived waits here in order, and is copied out or lent. Without a receive under way bytes wait in the
// system, and are taken from there by a plain call. A stream whose owner takes nothing stops receiving when
// enough waits. It knows nothing about receive IRPs or indications; those are the owner's.
using System.Runtime.InteropServices;
using OpenWsk.Abi;
using OpenWsk.Net.Host;
using OpenWsk.Net.Uring.Interop;
using OpenWsk.Net.Uring.Ring;
using OpenWsk.Ports;

namespace OpenWsk.Net.Uring.Streams;

internal sealed unsafe partial class UringStream : UringLoop.IStarvedTarget
{
    // What may wait here when nobody waits for it; more stays in the system, which then tells the peer.
    private const int QueuedBytesMax = 64 * 1024;

    private const int Ecanceled = 125;

    // The oldest piece, of which the owner may have taken some; the others behind it.
    private RingPiece _piece;
    private int _pieceOffset;
    private Queue<RingPiece>? _more;
    private int _queuedBytes;

    private bool _isReceiveWanted;
    private bool _isReceiveCancelled;

    private protected override nuint QueuedBytes => (nuint)_queuedBytes;

    public override NTSTATUS TryReceive(Span<byte> destination, out int bytes)
    {
        using (_gate.Enter())
        {
            bytes = 0;
            if (_state != StreamState.Connected)
            {
                return WhyNotConnected();
            }
            if (destination.IsEmpty)
            {
                return Peek();
            }
            if (_queuedBytes > 0)
            {
                bytes = TakeQueued(destination);
                return NTSTATUS.STATUS_SUCCESS;
            }
            if (WhyNothingComes() is var status && status != NTSTATUS.STATUS_PENDING)
            {
                return status;
            }
            return _isReceiving ? NTSTATUS.STATUS_PENDING : ReceiveNow(destination, 0, out bytes);
        }
    }

    public override NTSTATUS TryLend(out LentBytes lent)
    {
        using (_gate.Enter())
        {
            lent = default;
            if (_state != StreamState.Connected)
            {
                return WhyNotConnected();
            }
            if (_queuedBytes > 0)
            {
                return Lend(out lent);
            }
            if (WhyNothingComes() is var status && status != NTSTATUS.STATUS_PENDING)
            {
                return status;
            }
            return _isReceiving ? NTSTATUS.STATUS_PENDING : NTSTATUS.STATUS_NOT_SUPPORTED;
        }
    }

    public override void Return(in LentBytes lent) => _loop.ReturnPiece((int)lent.Token, lent.Address);

    public override void ArmReceive()
    {
        using (_gate.Enter())
        {
            if (_state == StreamState.Closed)
            {
                return;
            }
            _arms++;
            if (_state != StreamState.Connected || _queuedBytes > 0
                || WhyNothingComes() != NTSTATUS.STATUS_PENDING)
            {
                SignalReadable();
            }
            else if (!_isReceiving || _isReceiveCancelled)
            {
                WantReceive();
            }
        }
    }

    public void OnFed()
    {
        using (_gate.Enter())
        {
            if (_state == StreamState.Connected && !_isPeerDone && _failure.IsSuccess())
            {
                StartReceive();
            }
        }
    }

    // The FIN may have come unnoticed.
    private protected override bool IsInputOver() => _queuedBytes == 0
        && (_isPeerDone || PeekSystem() == NTSTATUS.STATUS_GRACEFUL_DISCONNECT);

    private NTSTATUS Peek()
    {
        if (_queuedBytes > 0)
        {
            return NTSTATUS.STATUS_SUCCESS;
        }
        if (WhyNothingComes() is var status && status != NTSTATUS.STATUS_PENDING)
        {
            return status;
        }

        // With a receive under way what the system still has comes by the ring, in its order.
        return _isReceiving ? NTSTATUS.STATUS_PENDING : PeekSystem();
    }

    private protected override void WaitForEnd()
    {
        if (!_isPeerDone && !_isReceiving && _queuedBytes == 0)
        {
            WantReceive();
        }
    }

    private void WantReceive()
    {
        if (_loop.IsHere)
        {
            StartReceive();
        }
        else
        {
            _isReceiveWanted = true;
            Kick();
        }
    }

    // On the ring's thread.
    private void StartReceive()
    {
        _isReceiveWanted = false;
        if (_isReceiving || _loop.IsEnding)
        {
            return;
        }
        _loop.NeedBuffers();
        var submission = _loop.Prepare(NeedSlot(), ReceiveKind);
        submission->Opcode = UringOpcode.Receive;
        submission->Descriptor = _descriptor;
        submission->Priority = UringNumbers.RecvMultishot;
        submission->Flags = UringNumbers.SqeBufferSelect;
        submission->BufferGroup = ProvidedBuffers.Group;
        _isReceiving = true;
        _isReceiveCancelled = false;
    }

    private void OnReceived(int result, uint flags, bool isLast)
    {
        int events;
        using (_gate.Enter())
        {
            if (isLast)
            {
                _isReceiving = false;
            }
            if ((flags & UringNumbers.CqeBuffer) != 0)
            {
                Keep(_loop.TakePiece(result, flags));
            }
            if (_state != StreamState.Connected)
            {
                LeaveRing();
                return;
            }
            if (result <= 0)
            {
                NoteEnd(result);
            }
            else if (isLast && _arms == 0 && _queuedBytes < QueuedBytesMax)
            {
                // The kernel ended it for reasons of its own (completions that found no room).
                StartReceive();
            }
            events = _queuedBytes > 0 || WhyNothingComes() != NTSTATUS.STATUS_PENDING ? _arms : 0;
            _arms -= events;
        }
        Tell(events);
    }

    private void NoteEnd(int result)
    {
        if (result == 0)
        {
            _isPeerDone = true;
            RecheckFin();
            return;
        }
        var error = (Errno)(-result);
        if (error == Errno.Enobufs)
        {
            _loop.AddStarved(this);
        }
        else if (error == (Errno)Ecanceled)
        {
            if (_arms > 0)
            {
                StartReceive();
            }
        }
        else
        {
            Fail(Descriptors.ToSocketError(error));
            RecheckFin();
        }
    }

    private void Keep(RingPiece piece)
    {
        if (_state != StreamState.Connected)
        {
            _loop.ReturnPiece(piece.Buffer, piece.Address);
            return;
        }
        if (_queuedBytes == 0)
        {
            _piece = piece;
            _pieceOffset = 0;
        }
        else
        {
            (_more ??= new Queue<RingPiece>()).Enqueue(piece);
        }
        _queuedBytes += piece.LengthBytes;
        if (_queuedBytes >= QueuedBytesMax && _arms == 0 && _isReceiving && !_isReceiveCancelled
            && !_loop.IsEnding)
        {
            _isReceiveCancelled = true;
            _loop.CancelInKernel(_slot, ReceiveKind);
        }
    }

    private int TakeQueued(Span<byte> destination)
    {
        var taken = 0;
        while (_queuedBytes > 0 && taken < destination.Length)
        {
            var bytes = Math.Min(_piece.LengthBytes - _pieceOffset, destination.Length - taken);
            new ReadOnlySpan<byte>((byte*)_piece.Address + _pieceOffset, bytes).CopyToGuest(
                destination.Slice(taken, bytes));
            taken += bytes;
            _pieceOffset += bytes;
            _queuedBytes -= bytes;
            if (_pieceOffset == _piece.LengthBytes)
            {
                _loop.ReturnPiece(_piece.Buffer, _piece.Address);
                NextPiece();
            }
        }
        return taken;
    }

    private NTSTATUS Lend(out LentBytes lent)
    {
        lent = default;
        if (!_loop.CanLend || (_piece.Buffer == RingPiece.OwnBlock && _pieceOffset > 0))
        {
            // A block is given back by its address, so it is lent whole.
            return NTSTATUS.STATUS_NOT_SUPPORTED;
        }
        var bytes = _piece.LengthBytes - _pieceOffset;
        lent = new LentBytes(_piece.Address + (nuint)_pieceOffset, bytes, (uint)_piece.Buffer);
        _queuedBytes -= bytes;
        NextPiece();
        return NTSTATUS.STATUS_SUCCESS;
    }

    private void NextPiece()
    {
        _pieceOffset = 0;
        _piece = _queuedBytes > 0 ? _more!.Dequeue() : default;
    }

    private void DropReceived()
    {
        while (_queuedBytes > 0)
        {
            _queuedBytes -= _piece.LengthBytes - _pieceOffset;
            _loop.ReturnPiece(_piece.Buffer, _piece.Address);
            NextPiece();
        }
    }
}
