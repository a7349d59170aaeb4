// What the loop's part of a stream forgets when its object becomes another stream. A closed one is not
// watched, so nothing of it is under way. The rest: DescriptorStream.Life.cs.
using OpenWsk.Ports;

namespace OpenWsk.Net.Host.Polling;

internal sealed partial class PollStream
{
    private protected override bool IsOutOfLoop => _number == 0 && !_isConnecting;

    private protected override SpareStreams SpareStreams => _loop.Streams;

    /// <summary>A stream that has no socket of the system yet; one that has served, if there is.</summary>
    public static DescriptorStream Make(
        HostTransport transport, PollLoops loops, ushort family, IStreamEvents events)
    {
        var loop = loops.ForCaller();
        return loop.Streams.TryTake(loop.IsHere) is { } spare
            ? spare.BeginNext(family, events)
            : new PollStream(transport, loops, loop, family, events).BeginHome();
    }

    private protected override void ForgetLife()
    {
        base.ForgetLife();
        _number = 0;
        _isSendBlocked = _isConnecting = _isReadable = _hasEnd = _hasMuch = false;
    }
}
