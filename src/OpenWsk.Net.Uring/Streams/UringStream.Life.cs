// What the ring's part of a stream forgets when its object becomes another stream, and when nothing of it is
// in the ring any more: then a completion that comes late finds no slot. The rest: DescriptorStream.Life.cs.
using OpenWsk.Net.Host;
using OpenWsk.Ports;

namespace OpenWsk.Net.Uring.Streams;

internal sealed unsafe partial class UringStream
{
    private protected override bool IsOutOfLoop =>
        _slot < 0 && !IsInRing && _closing < 0 && !_isKicked && _queuedBytes == 0 && _connecting is null
        && _vectors == null && _copied == null;

    private protected override SpareStreams SpareStreams => _loop.Streams;

    /// <summary>A stream that has no socket of the system yet; one that has served, if there is.</summary>
    public static DescriptorStream Make(UringTransport uring, ushort family, IStreamEvents events)
    {
        var loop = uring.LoopForCaller();
        return loop.Streams.TryTake(loop.IsHere) is { } spare
            ? spare.BeginNext(family, events)
            : new UringStream(uring, loop, family, events).BeginHome();
    }

    private protected override void ForgetLife()
    {
        base.ForgetLife();
        _slot = _closing = -1;
        _connecting = null;
        _isReceiving = _isSending = _isKicked = false;
        _open = null;
        _openEpoch = 0;
        _mayJoin = _isRoomScarce = _isSendGivenUp = _isGivingUpDue = false;
        _lastJoined = null;
        _joinedBytes = 0;
        _piece = default;
        _pieceOffset = _queuedBytes = 0;
        _isReceiveWanted = _isReceiveCancelled = false;
        _vectors = null;
        _copied = null;
        _sentBytes = 0;
    }
}
