// Receiving on the ring. From the first wait on, the kernel puts each datagram into a buffer of the loop,
// with one completion for each and no call; they wait here in order until they are taken, copied or lent.
// Who takes none stops that, and so does a lack of buffers: then datagrams are left to the system's own
// queue and asked for one by one, as HostDatagram does, until the ring waits again. It knows nothing about
// indications.
using OpenWsk.Abi;
using OpenWsk.Net.Host;
using OpenWsk.Net.Uring.Interop;
using OpenWsk.Ports;

namespace OpenWsk.Net.Uring.Datagrams;

internal sealed partial class UringDatagram
{
    private const int ReceiveKind = 1;
    private const int PollKind = 2;
    private const int SendKind = 3;

    // As many buffers as one callback is shown at least; a half of the loop's.
    private const int BuffersMax = 64;

    private const int Ecanceled = 125;

    private static readonly ArrivedDatagram[] s_none = [];

    // A circle of datagrams that nobody has taken yet.
    private ArrivedDatagram[] _arrived = s_none;
    private int _first;
    private int _count;

    // The buffers that these lie in.
    private int _buffers;
    private DatagramInfo _partsInfo;
    private Receiving _receiving;
    private int _kind;

    private enum Receiving
    {
        /// <summary>The ring does nothing; the system's queue is ours to ask.</summary>
        Not,

        /// <summary>The dispatcher will begin.</summary>
        Begins,

        /// <summary>The ring waits, and what is not here has not arrived.</summary>
        Waits,

        /// <summary>The ring has been told to stop.</summary>
        Ends,
    }

    /// <inheritdoc/>
    public NTSTATUS TryLend(out LentBytes lent, out DatagramInfo info)
    {
        lent = default;
        info = default;
        lock (Gate)
        {
            if (TryAnswer(out var status))
            {
                return status;
            }
            if (HasJoined)
            {
                return NTSTATUS.STATUS_NOT_SUPPORTED;
            }
            if (_count == 0)
            {
                return _receiving == Receiving.Not
                    ? NTSTATUS.STATUS_NOT_SUPPORTED
                    : NTSTATUS.STATUS_PENDING;
            }
            if (!_loop.CanLend || _loop.HasFewDatagrams)
            {
                return NTSTATUS.STATUS_NOT_SUPPORTED;
            }
            ref var next = ref _arrived[_first];
            var told = InfoOf(next);
            var one = told.SegmentBytes;
            if (one > 0 && next.DataBytes > Math.Max(JoinedBytesMax / one, 1) * one)
            {
                // More has been joined than the receiver wants at once.
                return NTSTATUS.STATUS_NOT_SUPPORTED;
            }
            info = one > 0 && next.DataBytes <= one ? told with { SegmentBytes = 0 } : told;
            lent = new LentBytes(next.DataAddress, next.DataBytes, (uint)next.Buffer);
            _ = TryTakeArrived(out _);
            return NTSTATUS.STATUS_SUCCESS;
        }
    }

    /// <inheritdoc/>
    public void Return(in LentBytes lent) => _loop.ReturnDatagram((int)lent.Token);

    public unsafe void OnCompletion(int kind, int result, uint flags, bool isLast)
    {
        lock (Gate)
        {
            if ((flags & UringNumbers.CqeBuffer) != 0)
            {
                var address = _loop.TakeDatagram(result, flags, out var buffer);
                Add(new ArrivedDatagram((nuint)address, result, buffer));
            }
            if (isLast)
            {
                _receiving = Receiving.Not;
            }
            if (IsClosed)
            {
                LeaveLoop();
                return;
            }
            Continue(kind, result, isLast);
        }
    }

    /// <inheritdoc/>
    private protected override bool MayBeJoined =>
        _count > 0 ? IsJoined(_arrived[_first]) : _receiving == Receiving.Not && base.MayBeJoined;

    /// <inheritdoc/>
    private protected override NTSTATUS ReceiveNow(
        Span<byte> destination, out int bytes, out DatagramInfo info)
    {
        if (TryTakeArrived(out var arrived))
        {
            bytes = Math.Min(arrived.DataBytes, destination.Length);
            info = InfoOf(arrived);
            if (bytes < arrived.DataBytes)
            {
                info = info with { IsTruncated = true };
            }
            arrived.Data[..bytes].CopyTo(destination);
            _loop.ReturnDatagram(arrived.Buffer);
            return NTSTATUS.STATUS_SUCCESS;
        }
        if (_receiving == Receiving.Not)
        {
            return base.ReceiveNow(destination, out bytes, out info);
        }
        bytes = 0;
        info = default;
        return NTSTATUS.STATUS_PENDING;
    }

    /// <inheritdoc/>
    private protected override void WaitForDatagram()
    {
        if (_count > 0)
        {
            SignalReceivable();
        }
        else if (_receiving == Receiving.Not)
        {
            _receiving = Receiving.Begins;
            RunOnDispatcher(_start);
        }
    }

    private void StartIfWanted()
    {
        lock (Gate)
        {
            if (_receiving != Receiving.Begins)
            {
                return;
            }
            if (IsClosed || _loop.IsEnding)
            {
                _receiving = Receiving.Not;
                LeaveLoop();
                return;
            }
            _slot = _slot == None ? _loop.Add(this) : _slot;
            _receiving = Receiving.Waits;
            if (_loop.HasDatagramRoom())
            {
                _kind = ReceiveKind;
                JoinAnyway();
                _loop.ReceiveDatagrams(_slot, ReceiveKind, _descriptor);
            }
            else
            {
                _kind = PollKind;
                _loop.PollReadable(_slot, PollKind, _descriptor);
            }
        }
    }

    private void Continue(int kind, int result, bool isLast)
    {
        if (result < 0 && -result is not (Ecanceled or (int)Errno.Enobufs or (int)Errno.Eagain))
        {
            DrainErrors();
            Note((Errno)(-result));
            SignalReceivable();
        }
        if (_count > 0 || kind == PollKind)
        {
            SignalReceivable();
        }
        if (isLast && IsReceiveArmed)
        {
            WaitForDatagram();
        }
        else if (_buffers >= BuffersMax && _receiving == Receiving.Waits)
        {
            _receiving = Receiving.Ends;
            _loop.CancelInKernel(_slot, _kind);
        }
    }

    private void Add(in ArrivedDatagram arrived)
    {
        if (IsClosed || arrived.LengthBytes < ArrivedDatagram.HeadBytes)
        {
            _loop.ReturnDatagram(arrived.Buffer);
            return;
        }
        _buffers++;
        if (JoinedBytesMax > 0 || !IsJoined(arrived))
        {
            Queue(arrived);
            return;
        }
        AddParts(arrived, InfoOf(arrived).SegmentBytes);
    }

    // Each goes its own way, and the buffer back with the last of them.
    private void AddParts(in ArrivedDatagram arrived, int one)
    {
        var all = arrived.DataBytes;
        _loop.ShareDatagram(arrived.Buffer, (all + one - 1) / one);
        for (var offset = 0; offset < all; offset += one)
        {
            Queue(arrived with { OffsetBytes = offset, PartBytes = Math.Min(one, all - offset) });
        }
    }

    private void Queue(in ArrivedDatagram arrived)
    {
        if (_count == _arrived.Length)
        {
            Grow();
        }
        _arrived[(_first + _count) & (_arrived.Length - 1)] = arrived;
        _count++;
    }

    // Without control information, the usual case, nothing has been joined.
    private bool IsJoined(in ArrivedDatagram arrived) =>
        arrived.PartBytes == 0 && !arrived.Control.IsEmpty
        && InfoOf(arrived).SegmentBytes is > 0 and var one && one < arrived.DataBytes;

    // What was joined with a part does not concern it; what else was told is told of all parts, which come
    // one behind the other.
    private DatagramInfo InfoOf(in ArrivedDatagram arrived)
    {
        if (arrived.PartBytes == 0)
        {
            return InfoOf(arrived.Name, arrived.Control, arrived.Flags);
        }
        if (arrived.OffsetBytes == 0)
        {
            _partsInfo = InfoOf(arrived.Name, arrived.Control, arrived.Flags) with { SegmentBytes = 0 };
        }
        return _partsInfo;
    }

    private bool TryTakeArrived(out ArrivedDatagram arrived)
    {
        if (_count == 0)
        {
            arrived = default;
            return false;
        }
        arrived = _arrived[_first];
        _first = (_first + 1) & (_arrived.Length - 1);
        _count--;
        _buffers -= arrived.IsLast ? 1 : 0;
        return true;
    }

    private void Grow()
    {
        var larger = new ArrivedDatagram[Math.Max(_arrived.Length * 2, 8)];
        for (var i = 0; i < _count; i++)
        {
            larger[i] = _arrived[(_first + i) & (_arrived.Length - 1)];
        }
        _arrived = larger;
        _first = 0;
    }
}
