// A listener of the operating system by way of .NET's Socket. It knows nothing about rules: SystemListener.cs
// has them.
using System.Diagnostics.CodeAnalysis;
using System.Net;
using System.Net.Sockets;
using OpenWsk.Ports;

namespace OpenWsk.Net.Host;

/// <summary>Takes connections from a socket of .NET.</summary>
[SuppressMessage("Design", "CA1001", Justification = "Close ends it; that is the port's name for it.")]
internal sealed class HostListener : SystemListener
{
    private readonly Socket _socket;
    private readonly AcceptArguments _arguments;

    public HostListener(HostStream owner, Socket socket, in ListenSettings settings, IListenEvents events)
        : base(owner, settings, events)
    {
        _socket = socket;
        _arguments = new AcceptArguments(this);
    }

    private protected override bool TryAcceptNow(out SocketError error, out AcceptedConnection connection)
    {
        error = SocketError.WouldBlock;
        connection = default;
        if (!_socket.Poll(0, SelectMode.SelectRead))
        {
            return false;
        }

        // It may have gone meanwhile; then the system waits for the next one.
        _isAccepting = true;
        if (BeginAccept(out error, out connection))
        {
            return false;
        }
        _isAccepting = false;
        return true;
    }

    private protected override bool BeginAccept(out SocketError error, out AcceptedConnection connection)
    {
        _arguments.AcceptSocket = null;
        var isPending = _socket.AcceptAsync(_arguments);
        error = _arguments.SocketError;
        connection = new AcceptedConnection(_arguments.AcceptSocket, 0);
        return isPending;
    }

    private protected override void AskAddresses(
        in AcceptedConnection connection, out EndpointAddress local, out EndpointAddress remote)
    {
        var socket = connection.Socket!;
        socket.Blocking = false;
        local = EndpointAddress.From((IPEndPoint)socket.LocalEndPoint!);
        remote = EndpointAddress.From((IPEndPoint)socket.RemoteEndPoint!);
    }

    private protected override SafeSocketHandle HandleOf(in AcceptedConnection connection) =>
        connection.Socket!.SafeHandle;

    private protected override bool IsGone(in AcceptedConnection connection) =>
        HostSocketOptions.IsGone(connection.Socket!);

    private protected override void Reset(in AcceptedConnection connection) => connection.Socket!.Close(0);

    private protected override void OnClosed()
    {
        if (!_isAccepting)
        {
            _arguments.Dispose();
        }
    }

    private void OnAnswered()
    {
        lock (_gate)
        {
            _isAccepting = false;
            OnAccepted(_arguments.SocketError, new AcceptedConnection(_arguments.AcceptSocket, 0));
            if (_isClosed)
            {
                _arguments.Dispose();
            }
        }
    }

    private sealed class AcceptArguments(HostListener listener) : SocketAsyncEventArgs(true)
    {
        protected override void OnCompleted(SocketAsyncEventArgs e) => listener.OnAnswered();
    }
}
