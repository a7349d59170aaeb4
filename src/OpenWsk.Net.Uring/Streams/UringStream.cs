// A TCP socket whose bytes move through a ring; its control goes by plain system calls, as of every stream on
// a descriptor: DescriptorStream of Net.Host. It knows nothing about rules: they are SystemStream's. Bytes:
// UringStream.Receive.cs, UringStream.Send.cs; how it lives in the ring: UringStream.Ring.cs, and
// serves again: UringStream.Life.cs.
using System.Net.Sockets;
using OpenWsk.Net.Host;
using OpenWsk.Ports;

namespace OpenWsk.Net.Uring.Streams;

/// <summary>A TCP socket in a ring.</summary>
internal sealed partial class UringStream : DescriptorStream
{
    private readonly UringTransport _uring;
    private readonly UringLoop _loop;
    private ConnectWait? _connecting;

    private UringStream(UringTransport uring, UringLoop loop, ushort family, IStreamEvents events)
        : base(uring.Host, family, events)
    {
        _uring = uring;
        _loop = loop;
    }

    /// <summary>Makes the socket of a connection that a listener has accepted.</summary>
    private UringStream(
        UringStream listener, UringLoop loop, int descriptor, in EndpointAddress local,
        in EndpointAddress remote)
        : base(listener, descriptor, local, remote)
    {
        _uring = listener._uring;
        _loop = loop;
    }

    public override int Processor => _loop.Index;

    internal UringLoop Loop => _loop;

    private protected override bool IsOnDispatcher => _loop.IsHere;

    private protected override SpareSockets Spares => _loop.Spares;

    private protected override SystemListener MakeListener(
        in ListenSettings settings, IListenEvents events) =>
        new UringListener(this, _descriptor, settings, events);

    private protected override SystemStream MakeAccepted(
        in AcceptedConnection accepted, in EndpointAddress local, in EndpointAddress remote)
    {
        var loop = _uring.NextLoop();
        return loop.Streams.TryTake(loop.IsHere) is { } spare
            ? spare.BeginNextAccepted(this, accepted.Descriptor, local, remote)
            : new UringStream(this, loop, accepted.Descriptor, local, remote).BeginHome();
    }

    private protected override bool WaitForConnect(in EndpointAddress remote, out SocketError error)
    {
        error = SocketError.AlreadyInProgress;
        _connecting = new ConnectWait(this, _descriptor, remote);
        _connecting.Start();
        return true;
    }

    /// <summary>An attempt has been answered; on the loop's thread.</summary>
    internal bool OnConnected(ConnectWait wait, SocketError error)
    {
        using (_gate.Enter())
        {
            if (_connecting != wait)
            {
                return false;
            }
            _connecting = null;
            EndConnect(error);
            return true;
        }
    }
}
