// A TCP socket of the operating system by way of .NET's Socket, on every system that .NET runs on. It knows
// nothing about rules, which are SystemStream's; here is how the system is asked. Moving bytes is
// HostStream.Receive.cs and HostStream.Send.cs.
using System.Diagnostics.CodeAnalysis;
using System.Net;
using System.Net.Sockets;
using OpenWsk.Abi;
using OpenWsk.Ports;

namespace OpenWsk.Net.Host;

/// <summary>A TCP socket of the host, by way of .NET's.</summary>
[SuppressMessage("Design", "CA1001", Justification = "Close ends it; that is the port's name for it.")]
internal sealed partial class HostStream : SystemStream
{
    private readonly AddressFamily _systemFamily;
    private Socket _socket;
    private ConnectArguments? _connecting;

    public HostStream(HostTransport transport, ushort family, IStreamEvents events)
        : base(transport, family, events)
    {
        _systemFamily = SystemFamily(family);
        _socket = HostSocketOptions.CreateTcp(_systemFamily);
        Processor = transport.NextProcessor();
        _readable = new ReadableItem(this) { Processor = Processor };
    }

    /// <summary>Makes the socket of a connection that a listener has accepted.</summary>
    private HostStream(
        HostStream listener, Socket accepted, in EndpointAddress local, in EndpointAddress remote)
        : base(listener, local, remote)
    {
        _systemFamily = listener._systemFamily;
        _socket = accepted;
        Processor = Transport.NextProcessor();
        _readable = new ReadableItem(this) { Processor = Processor };

        // On Windows an accepted connection does not keep the next listener from the port.
        SetReuse(isAllowed: true);
    }

    public override int Processor { get; }

    private protected override SafeSocketHandle SystemHandle => _socket.SafeHandle;

    private protected override SocketError OpenSocket()
    {
        try
        {
            _socket = HostSocketOptions.CreateTcp(_systemFamily);
            return SocketError.Success;
        }
        catch (SocketException e)
        {
            return e.SocketErrorCode;
        }
    }

    private protected override SocketError BindTo(in EndpointAddress address)
    {
        try
        {
            _socket.Bind(address.ToIPEndPoint());
            return SocketError.Success;
        }
        catch (SocketException e)
        {
            return e.SocketErrorCode;
        }
    }

    private protected override EndpointAddress AskLocalAddress() =>
        EndpointAddress.From((IPEndPoint)_socket.LocalEndPoint!);

    private protected override SocketError ListenFor(int backlog)
    {
        try
        {
            _socket.Listen(backlog);
            return SocketError.Success;
        }
        catch (SocketException e)
        {
            return e.SocketErrorCode;
        }
    }

    private protected override SystemListener MakeListener(
        in ListenSettings settings, IListenEvents events) =>
        new HostListener(this, _socket, settings, events);

    private protected override SystemStream MakeAccepted(
        in AcceptedConnection accepted, in EndpointAddress local, in EndpointAddress remote) =>
        new HostStream(this, accepted.Socket!, local, remote);

    private protected override SocketError ShutdownSend()
    {
        try
        {
            _socket.Shutdown(SocketShutdown.Send);
            return SocketError.Success;
        }
        catch (SocketException e)
        {
            return e.SocketErrorCode;
        }
    }

    private protected override bool IsFinAcknowledged(out bool isGone) =>
        HostSocketOptions.IsFinAcknowledged(_socket, out isGone);

    private protected override SocketError TakeError() => HostSocketOptions.TakeError(_socket);

    private protected override int AskSendBufferBytes() => HostSocketOptions.SendBufferBytes(_socket);

    private protected override void SetReuse(bool isAllowed) =>
        HostSocketOptions.SetReuse(_socket, isAllowed);

    private protected override void SetPortReuse(bool isAllowed) =>
        HostSocketOptions.SetPortReuse(_socket, isAllowed);

    private protected override void SetPortDeferred(bool isDeferred) =>
        HostSocketOptions.SetPortDeferred(_socket, isDeferred);

    private protected override void StopListening() => HostSocketOptions.StopListening(_socket);

    private protected override void StopDelay()
    {
        try
        {
            _socket.NoDelay = true;
        }
        catch (SocketException)
        {
            // The connection has ended; the send will tell.
        }
    }

    private protected override void AllowSharedBind() =>
        _socket.SetSocketOption(SocketOptionLevel.Socket, SocketOptionName.ReuseAddress, true);

    private protected override bool BeginConnect(in EndpointAddress remote, out SocketError error)
    {
        var arguments = new ConnectArguments(this) { RemoteEndPoint = remote.ToIPEndPoint() };
        try
        {
            if (_socket.ConnectAsync(arguments))
            {
                error = SocketError.Success;
                _connecting = arguments;
                return true;
            }
            error = arguments.SocketError;
        }
        catch (SocketException e)
        {
            error = e.SocketErrorCode;
        }
        arguments.Dispose();
        return false;
    }

    private protected override void CloseSocket(bool isReset)
    {
        _connecting = null;
        if (isReset)
        {
            // A timeout of zero is .NET's way to say linger 0: the peer gets RST.
            _socket.Close(0);
        }
        else
        {
            _socket.Dispose();
        }
    }

    // A send that the system works on completes when the system has let go of its buffer, which closing
    // brings about (HostStream.Send.cs).
    private protected override void OnClosed()
    {
        if (!_isSendInOs)
        {
            _sendArguments?.Dispose();
        }
        if (!_isWaiting)
        {
            _readArguments?.Dispose();
        }
    }

    private static AddressFamily SystemFamily(ushort family) =>
        family == WskConstants.AF_INET6 ? AddressFamily.InterNetworkV6 : AddressFamily.InterNetwork;

    private void OnConnected(ConnectArguments arguments)
    {
        using (_gate.Enter())
        {
            if (_connecting == arguments)
            {
                _connecting = null;
                EndConnect(arguments.SocketError);
            }
        }
        arguments.Dispose();
    }

    private sealed class ConnectArguments(HostStream stream) : SocketAsyncEventArgs(WithoutExecutionContext)
    {
        protected override void OnCompleted(SocketAsyncEventArgs e) => stream.OnConnected(this);
    }
}
