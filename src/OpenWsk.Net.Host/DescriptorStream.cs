// A TCP socket on a bare descriptor of Linux, asked by plain system calls that do not wait. It knows nothing
// about rules, which are SystemStream's, nor about how to wait: PollStream.cs (epoll), OpenWsk.Net.Uring (a
// ring). Bytes: DescriptorStream.Data.Unsafe.cs.
using System.Net.Sockets;
using OpenWsk.Abi;
using OpenWsk.Ports;

namespace OpenWsk.Net.Host;

/// <summary>A TCP socket of Linux.</summary>
internal abstract partial class DescriptorStream : SystemStream
{
    private const byte TcpFinWait2 = 5;
    private const byte TcpTimeWait = 6;
    private const byte TcpClose = 7;

    private protected int _descriptor = -1;

    // For options, which few connections ever set.
    private SafeSocketHandle? _handle;

    private protected DescriptorStream(HostTransport transport, ushort family, IStreamEvents events)
        : base(transport, family, events)
    {
    }

    /// <summary>Makes the socket of a connection that a listener has accepted.</summary>
    private protected DescriptorStream(
        SystemStream listener, int descriptor, in EndpointAddress local, in EndpointAddress remote)
        : base(listener, local, remote) => BeginAccepted(descriptor);

    private protected sealed override SafeSocketHandle SystemHandle =>
        _handle ??= new SafeSocketHandle(Claimed(), ownsHandle: false);

    /// <summary>Whether the calling thread is that of the stream's dispatcher.</summary>
    private protected abstract bool IsOnDispatcher { get; }

    /// <summary>The dispatcher's sockets that have served.</summary>
    private protected abstract SpareSockets Spares { get; }

    /// <summary>Makes the system's socket; the first thing that happens to a stream.</summary>
    public SocketError Open() => OpenSocket();

    private protected override SocketError OpenSocket() => Descriptors.ToSocketError(OpenDescriptor());

    private protected sealed override SocketError BindTo(in EndpointAddress address) =>
        Descriptors.ToSocketError(Descriptors.Bind(Claimed(), address));

    private protected sealed override EndpointAddress AskLocalAddress() =>
        Descriptors.LocalAddress(_descriptor);

    private protected sealed override SocketError ListenFor(int backlog) =>
        Descriptors.ToSocketError(Descriptors.Listen(Claimed(), backlog));

    private protected sealed override SocketError ShutdownSend() =>
        Descriptors.ToSocketError(Descriptors.Shutdown(Claimed(), Descriptors.ShutWrite));

    private protected sealed override bool IsFinAcknowledged(out bool isGone) =>
        IsFinAcknowledged(_descriptor, out isGone);

    /// <summary>The same of a connection that is no stream yet.</summary>
    internal static bool IsFinAcknowledged(int descriptor, out bool isGone)
    {
        // The first byte of struct tcp_info is tcpi_state; the kernel copies as much as there is room for.
        var state = (byte)Descriptors.Get(descriptor, Descriptors.Tcp, Descriptors.TcpInfo, 1);
        isGone = state == TcpClose;
        return state is TcpFinWait2 or TcpTimeWait or TcpClose;
    }

    private protected sealed override SocketError TakeError()
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
    private protected sealed override int AskSendBufferBytes() =>
        Descriptors.Get(Claimed(), Descriptors.SolSocket, Descriptors.SoSendBuffer) / 2;

    private protected sealed override void SetReuse(bool isAllowed) =>
        Set(Descriptors.SoReuseAddr, isAllowed);

    private protected sealed override void SetPortReuse(bool isAllowed) =>
        Set(Descriptors.SoReusePort, isAllowed);

    private protected sealed override void SetPortDeferred(bool isDeferred) =>
        Descriptors.Set(Claimed(), Descriptors.Ip, Descriptors.IpBindAddressNoPort, isDeferred ? 1 : 0);

    private protected sealed override void StopListening() =>
        Descriptors.Shutdown(_descriptor, Descriptors.ShutRead);

    private protected sealed override void StopDelay() =>
        Descriptors.Set(Claimed(), Descriptors.Tcp, Descriptors.TcpNoDelay, 1);

    // A connection of loopback stands when connect returns, and a second connect tells so: it is complete
    // without a change of threads. Others are waited for.
    private protected sealed override bool BeginConnect(in EndpointAddress remote, out SocketError error)
    {
        _isSpare = false;
        var first = Descriptors.ToSocketError(Descriptors.Connect(_descriptor, remote));
        error = first == SocketError.InProgress
            ? Descriptors.ToSocketError(Descriptors.Connect(_descriptor, remote))
            : first;
        return error == SocketError.AlreadyInProgress && WaitForConnect(remote, out error);
    }

    /// <summary>Waits until an attempt is answered; false when that is over, with its error.</summary>
    private protected abstract bool WaitForConnect(in EndpointAddress remote, out SocketError error);

    /// <summary>Gives the descriptor up, for its mechanism to close.</summary>
    private protected int ReleaseDescriptor()
    {
        var descriptor = _descriptor;
        _descriptor = -1;
        _handle?.Dispose();
        _handle = null;
        return descriptor;
    }

    private void Set(int name, bool isOn) =>
        Descriptors.Set(Claimed(), Descriptors.SolSocket, name, isOn ? 1 : 0);
}
