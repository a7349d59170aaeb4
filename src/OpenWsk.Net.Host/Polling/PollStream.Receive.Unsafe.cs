// Receiving from a watched socket: nothing is asked of the system when nothing can be there, and a connection
// that fills every buffer it is offered gets larger ones, which it lends. It knows nothing about receive IRPs
// or indications; those are the owner's.
//
// Lifetime: a lent block is the owner's until it is returned; it belongs to the loop.
using OpenWsk.Abi;
using OpenWsk.Ports;

namespace OpenWsk.Net.Host.Polling;

internal sealed unsafe partial class PollStream
{
    // A receive of less says that there is little; one that fills at least so much that there may be more.
    private const int MuchBytes = 8 * 1024;

    // Of a watched socket: whether there may be something to take. It is set by the loop and cleared by a
    // receive that found nothing more, so whatever comes later is told again.
    private bool _isReadable;

    // FIN or an error stands behind the bytes, so that a receive that was short is not the end of them.
    private bool _hasEnd;

    // The last receive has filled its buffer, so that the next is worth a block.
    private bool _hasMuch;

    public override NTSTATUS TryReceive(Span<byte> destination, out int bytes)
    {
        using (_gate.Enter())
        {
            bytes = 0;
            if (_state != StreamState.Connected)
            {
                return WhyNotConnected();
            }
            if (IsKnownEmpty)
            {
                return WhyNothingComes();
            }
            if (destination.IsEmpty)
            {
                return Peek();
            }
            var status = Take(destination, out bytes);
            _hasMuch = bytes == destination.Length && bytes >= MuchBytes;
            return status;
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
            if (IsKnownEmpty)
            {
                return WhyNothingComes();
            }
            if (!_hasMuch || !_loop.Blocks.TryTake(out var address))
            {
                return NTSTATUS.STATUS_NOT_SUPPORTED;
            }
            var status = Take(new Span<byte>((void*)address, LendBlocks.BlockBytes), out var bytes);
            _hasMuch = bytes >= MuchBytes;
            if (bytes == 0)
            {
                _loop.Blocks.Return(address);
                return status;
            }
            lent = new LentBytes(address, bytes, 0);
            return status;
        }
    }

    public override void Return(in LentBytes lent) => _loop.Blocks.Return(lent.Address);

    // Whatever comes to a watched socket is told before it counts as something to take.
    private bool IsKnownEmpty => _isPeerDone || (_number != 0 && !_isReadable);

    private NTSTATUS Take(Span<byte> destination, out int bytes)
    {
        var status = ReceiveNow(destination, 0, out bytes);
        if (status == NTSTATUS.STATUS_PENDING || (bytes < destination.Length && !_hasEnd))
        {
            _isReadable = false;
        }
        return status == NTSTATUS.STATUS_PENDING ? WhyNothingComes() : status;
    }

    // What TryReceive would say. A socket that has nothing is watched from then on.
    private NTSTATUS Peek()
    {
        if (!IsKnownEmpty && WhyNothingComes() == NTSTATUS.STATUS_PENDING)
        {
            var status = PeekSystem();
            if (status != NTSTATUS.STATUS_PENDING)
            {
                return status;
            }
            _isReadable = false;
            NeedWatch();
        }
        return WhyNothingComes();
    }
}
