// One end of a connection for scripted peers: blocking calls from threads of the world, so that a test
// reads like a socket program. Close is that of ordinary sockets: FIN, or a reset when there are unread
// bytes. It knows nothing about the provider; it uses the same TcpConnection beneath.
using OpenWsk.Abi;
using OpenWsk.Net.Sim.Tcp;
using OpenWsk.Ports;

namespace OpenWsk.Net.Sim.Peers;

/// <summary>
/// A scripted peer's connection. Calls block the calling thread of the world in virtual time.
/// </summary>
public sealed class SimConnection : ITcpOwner
{
    private readonly Waiters _waiters;
    private TcpConnection? _connection;
    private NTSTATUS _failure;

    internal SimConnection(SimHost host) => _waiters = new Waiters(host.Scheduler);

    public EndpointAddress LocalAddress => Connection.Local;

    public EndpointAddress RemoteAddress => Connection.Remote;

    /// <summary>Bytes that Receive would give at once.</summary>
    public int AvailableBytes => Connection.AvailableBytes;

    /// <summary>Why the connection ended; STATUS_SUCCESS while it lasts and after a graceful end.</summary>
    public NTSTATUS Error => _connection?.Error ?? _failure;

    private TcpConnection Connection =>
        _connection ?? throw new InvalidOperationException("There is no connection.");

    /// <summary>Sets the size of the receive buffer, which the peer sees as a window. Units: bytes.</summary>
    public void SetReceiveBuffer(int bytes) =>
        Connection.Apply(new TcpSettings { ReceiveBufferBytes = bytes });

    /// <summary>
    /// Waits for bytes and takes them; 0 when the peer has sent FIN and everything was taken.
    /// </summary>
    /// <remarks>Errors: throws <see cref="SimConnectionException"/> when the connection was reset.</remarks>
    public int Receive(Span<byte> destination)
    {
        var connection = Connection;
        _waiters.WaitWhile(() =>
            connection.AvailableBytes == 0 && !connection.HasPeerFin && connection.Error == 0);
        ThrowIfFailed();
        return connection.Read(destination);
    }

    /// <summary>
    /// Fills the destination; throws <see cref="EndOfStreamException"/> when FIN comes first.
    /// </summary>
    public void ReceiveExactly(Span<byte> destination)
    {
        while (!destination.IsEmpty)
        {
            var bytes = Receive(destination);
            if (bytes == 0)
                throw new EndOfStreamException("The peer sent FIN before the expected bytes.");
            destination = destination[bytes..];
        }
    }

    /// <summary>Sends all bytes; returns when the send buffer has taken the last one.</summary>
    public void Send(ReadOnlySpan<byte> source)
    {
        var connection = Connection;
        while (!source.IsEmpty)
        {
            ThrowIfFailed();
            var taken = connection.Write(source);
            connection.Flush();
            source = source[taken..];
            if (taken == 0)
                _waiters.WaitWhile(() => !connection.HasSendRoom && connection.Error == 0);
        }
    }

    /// <summary>Sends FIN after the bytes sent so far; receiving goes on.</summary>
    public void ShutdownSend()
    {
        ThrowIfFailed();
        Connection.ShutdownSend();
    }

    /// <summary>Waits until the peer's stack has acknowledged our FIN, and so every byte before it.</summary>
    public void WaitUntilSent()
    {
        var connection = Connection;
        _waiters.WaitWhile(() => !connection.IsFinAcknowledged && connection.Error == 0);
        ThrowIfFailed();
    }

    /// <summary>Waits until the connection has failed and says why.</summary>
    public NTSTATUS WaitUntilFailed()
    {
        var connection = Connection;
        _waiters.WaitWhile(() => connection.Error == 0);
        return connection.Error;
    }

    /// <summary>Waits until the peer has answered, after SimHost.BeginConnect.</summary>
    /// <remarks>Errors: throws <see cref="SimConnectionException"/> with the status of the failure.</remarks>
    public void WaitUntilConnected()
    {
        var connection = Connection;
        _waiters.WaitWhile(() => connection.State == TcpState.SynSent);
        ThrowIfFailed();
    }

    /// <summary>Ends the connection with a RST, one that is only asked for too.</summary>
    public void Reset()
    {
        if (Connection.State == TcpState.SynSent)
            Connection.ResetRequest();
        else
            Connection.Reset();
    }

    /// <summary>
    /// Gives the connection up: FIN, or RST when there are unread bytes. It finishes on its own.
    /// </summary>
    public void Close()
    {
        var connection = Connection;
        if (connection.State == TcpState.Closed)
            return;
        if (connection.AvailableBytes > 0)
        {
            connection.Reset();
            return;
        }
        if (!connection.IsSendClosed)
            connection.ShutdownSend();
        connection.SetOwner(null);
    }

    internal void Accept(TcpListener listener)
    {
        if (!listener.TryAccept(this, out _connection, out _))
            throw new InvalidOperationException("There is nothing to accept.");
    }

    internal void BeginConnect(SimHost host, in EndpointAddress remote)
    {
        var any = EndpointAddress.Wildcard(remote.Family);
        _failure = host.Bind(host.Ports, any, isShared: false, isDual: false, out var bound);
        ThrowIfFailed();
        _failure = host.TryOpen(bound, remote, new TcpSettings(), this, out _connection);
        host.Ports.Release(bound, isDual: false);
        ThrowIfFailed();
    }

    void ITcpOwner.OnConnected(TcpConnection connection) => _waiters.Wake();

    void ITcpOwner.OnReadable(TcpConnection connection) => _waiters.Wake();

    void ITcpOwner.OnWritable(TcpConnection connection) => _waiters.Wake();

    void ITcpOwner.OnSendClosed(TcpConnection connection) => _waiters.Wake();

    void ITcpOwner.OnIdealSendBacklog(TcpConnection connection)
    {
    }

    void ITcpOwner.OnEnded(TcpConnection connection, NTSTATUS status) => _waiters.Wake();

    private void ThrowIfFailed()
    {
        if (Error != NTSTATUS.STATUS_SUCCESS)
            throw new SimConnectionException(Error);
    }
}
