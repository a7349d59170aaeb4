// A TCP socket whose bytes move through a ring and whose control goes by plain system calls on its
// descriptor. It knows nothing about rules: they are SystemStream's. Bytes: UringStream.Receive.cs,
// UringStream.Send.cs; how it lives in the ring: UringStream.Ring.cs.
using System.Net.Sockets;
using OpenWsk.Abi;
using OpenWsk.Net.Host;
using OpenWsk.Net.Uring.Interop;
using OpenWsk.Ports;

namespace OpenWsk.Net.Uring.Streams;

/// <summary>A TCP socket in a ring.</summary>
internal sealed partial class UringStream : SystemStream
{
    private const byte TcpFinWait2 = 5;
    private const byte TcpTimeWait = 6;
    private const byte TcpClose = 7;

    private readonly UringTransport _uring;
    private readonly UringLoop _loop;
    private int _descriptor = -1;

    // For options, which few connections ever set.
    private SafeSocketHandle? _handle;
    private ConnectWait? _connecting;

    public UringStream(UringTransport uring, ushort family, IStreamEvents events)
        : base(uring.Host, family, events)
    {
        _uring = uring;
        _loop = uring.LoopForCaller();
    }

    /// <summary>Makes the socket of a connection that a listener has accepted.</summary>
    private UringStream(
        UringStream listener, int descriptor, in EndpointAddress local, in EndpointAddress remote)
        : base(listener, local, remote)
    {
        _uring = listener._uring;
        _loop = _uring.NextLoop();
        _descriptor = descriptor;

        // On Windows an accepted connection does not keep the next listener from the port.
        SetReuse(isAllowed: true);
    }

    public override int Processor => _loop.Index;

    internal UringLoop Loop => _loop;

    private protected override SafeSocketHandle SystemHandle =>
        _handle ??= new SafeSocketHandle(Claimed(), ownsHandle: false);

    /// <summary>Makes the system's socket; the first thing that happens to a stream.</summary>
    public SocketError Open() => OpenSocket();

    private protected override SocketError OpenSocket() => Descriptors.ToSocketError(OpenDescriptor());

    private protected override SocketError BindTo(in EndpointAddress address) =>
        Descriptors.ToSocketError(Descriptors.Bind(Claimed(), address));

    private protected override EndpointAddress AskLocalAddress() => Descriptors.LocalAddress(_descriptor);

    private protected override SocketError ListenFor(int backlog) =>
        Descriptors.ToSocketError(Descriptors.Listen(Claimed(), backlog));

    private protected override SystemListener MakeListener(
        in ListenSettings settings, IListenEvents events) =>
        new UringListener(this, _descriptor, settings, events);

    private protected override SystemStream MakeAccepted(
        in AcceptedConnection accepted, in EndpointAddress local, in EndpointAddress remote) =>
        new UringStream(this, accepted.Descriptor, local, remote);

    private protected override SocketError ShutdownSend() =>
        Descriptors.ToSocketError(Descriptors.Shutdown(Claimed(), Descriptors.ShutWrite));

    // The first byte of struct tcp_info is tcpi_state; the kernel copies as much as there is room for.
    private protected override bool IsFinAcknowledged(out bool isGone) => IsFinAcknowledged(
        _descriptor, out isGone);

    /// <summary>The same of a connection that is no stream yet.</summary>
    internal static bool IsFinAcknowledged(int descriptor, out bool isGone)
    {
        var state = (byte)Descriptors.Get(descriptor, Descriptors.Tcp, Descriptors.TcpInfo, 1);
        isGone = state == TcpClose;
        return state is TcpFinWait2 or TcpTimeWait or TcpClose;
    }

    private protected override SocketError TakeError()
    {
        var error = (Errno)Descriptors.Get(_descriptor, Descriptors.SolSocket, Descriptors.SoError);
        return error switch
        {
            Errno.None => SocketError.Success,
            Errno.Etimedout => SocketError.TimedOut,
            Errno.Ehostunreach => SocketError.HostUnreachable,
            Errno.Enetunreach => SocketError.NetworkUnreachable,
            _ => SocketError.ConnectionReset,
        };
    }

    // Linux tells twice what it was asked for: the other half is its own. The first send asks.
    private protected override int AskSendBufferBytes() =>
        Descriptors.Get(Claimed(), Descriptors.SolSocket, Descriptors.SoSendBuffer) / 2;

    private protected override void SetReuse(bool isAllowed) => Set(Descriptors.SoReuseAddr, isAllowed);

    private protected override void SetPortReuse(bool isAllowed) => Set(Descriptors.SoReusePort, isAllowed);

    private protected override void SetPortDeferred(bool isDeferred) =>
        Descriptors.Set(Claimed(), Descriptors.Ip, Descriptors.IpBindAddressNoPort, isDeferred ? 1 : 0);

    private protected override void StopListening() =>
        Descriptors.Shutdown(_descriptor, Descriptors.ShutRead);

    private protected override void StopDelay() =>
        Descriptors.Set(Claimed(), Descriptors.Tcp, Descriptors.TcpNoDelay, 1);

    // A connection of loopback stands when connect returns, and a second connect tells so: it is complete
    // without a change of threads. Others are waited for in the ring.
    private protected override bool BeginConnect(in EndpointAddress remote, out SocketError error)
    {
        _isSpare = false;
        var first = Descriptors.ToSocketError(Descriptors.Connect(_descriptor, remote));
        error = first == SocketError.InProgress
            ? Descriptors.ToSocketError(Descriptors.Connect(_descriptor, remote))
            : first;
        if (error != SocketError.AlreadyInProgress)
        {
            return false;
        }
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

    private void Set(int name, bool isOn) =>
        Descriptors.Set(Claimed(), Descriptors.SolSocket, name, isOn ? 1 : 0);
}
