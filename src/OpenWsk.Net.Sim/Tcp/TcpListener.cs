// A listening port of one host: answers SYNs, holds finished connections until somebody accepts them, and
// refuses what exceeds its backlog, as Windows does (Linux keeps silent instead). It knows nothing about
// who accepts: Acceptable is called whenever one more connection is ready.
using OpenWsk.Abi;
using OpenWsk.Ports;

namespace OpenWsk.Net.Sim.Tcp;

/// <summary>The listening side of the handshake.</summary>
internal sealed class TcpListener(SimHost host, EndpointAddress local, int backlog, Action acceptable)
    : ITcpOwner
{
    private readonly List<TcpConnection> _halfOpen = [];
    private readonly Queue<TcpConnection> _ready = [];

    public EndpointAddress Local => local;

    public void OnSyn(TcpSegment syn)
    {
        if (_halfOpen.Count + _ready.Count >= backlog)
            host.SendReset(syn);
        else
            _halfOpen.Add(TcpConnection.Answer(host, syn, this));
    }

    /// <summary>
    /// Takes the connection that has waited longest; from now on the owner is told about it.
    /// </summary>
    public bool TryAccept(ITcpOwner owner, out TcpConnection? connection)
    {
        if (!_ready.TryDequeue(out connection))
            return false;
        connection.SetOwner(owner);
        return true;
    }

    /// <summary>Stops listening and resets the connections that nobody accepted.</summary>
    public void Close()
    {
        host.Remove(this);
        foreach (var connection in _halfOpen)
            connection.Reset();
        foreach (var connection in _ready)
            connection.Reset();
        _halfOpen.Clear();
        _ready.Clear();
    }

    public void OnConnected(TcpConnection connection)
    {
        _halfOpen.Remove(connection);
        _ready.Enqueue(connection);
        acceptable();
    }

    public void OnEnded(TcpConnection connection, NTSTATUS status) => _halfOpen.Remove(connection);

    // What happens to a connection before it is accepted stays in it until its new owner asks.
    public void OnReadable(TcpConnection connection)
    {
    }

    public void OnWritable(TcpConnection connection)
    {
    }

    public void OnSendClosed(TcpConnection connection)
    {
    }
}
