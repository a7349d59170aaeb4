// A listening port of one host: answers SYNs and holds finished connections until somebody accepts them. A
// scripted peer refuses what exceeds its backlog; a provider's socket keeps silent, so that the peer asks
// again. Conditional: a SYN is held unanswered until Decide, so that a rejected peer never sees a
// connection. It knows nothing about who accepts.
using OpenWsk.Abi;
using OpenWsk.Ports;

namespace OpenWsk.Net.Sim.Tcp;

/// <summary>The listening side of the handshake.</summary>
internal sealed class TcpListener(SimHost host, EndpointAddress local, ListenSettings settings,
    ITcpListenerOwner user) : ITcpOwner
{
    private readonly List<HeldRequest> _held = [];
    private readonly List<(TcpConnection Connection, ulong RequestId)> _halfOpen = [];
    private readonly Queue<(TcpConnection Connection, ulong RequestId)> _ready = [];
    private ulong _lastRequestId;

    public EndpointAddress Local => local;

    /// <summary>Whether it also serves the other family, IPv4.</summary>
    public bool IsDual { get; init; }

    /// <summary>Whether a full backlog resets, as Windows does; otherwise the SYN is dropped.</summary>
    public bool IsRefusingOverflow { get; init; }

    /// <summary>Whether every request is refused for the time being (SO_PAUSE_ACCEPT).</summary>
    public bool IsPaused { get; set; }

    /// <summary>Settings that its connections begin with.</summary>
    public TcpSettings ConnectionSettings { get; set; } = new();

    public bool HasReady => _ready.Count > 0;

    public void OnSyn(TcpSegment syn)
    {
        var known = _held.Find(request => request.IsFrom(syn));
        if (known is not null && known.Syn.Sequence == syn.Sequence)
        {
            known.Hear();
            return;
        }
        if (known is not null)
            Drop(known);
        if (IsPaused)
            host.SendReset(syn);
        else if (_held.Count + _halfOpen.Count + _ready.Count >= settings.Backlog)
            Overflow(syn);
        else if (settings.IsConditional)
            Hold(syn);
        else
            Answer(syn, requestId: 0);
    }

    /// <summary>Whether a reset belonged to a request that is held; it is gone then.</summary>
    public bool TakeReset(TcpSegment segment)
    {
        var request = _held.Find(held => held.IsResetBy(segment));
        if (request is null)
            return false;
        Drop(request);
        return true;
    }

    /// <summary>Decides a request that is held; false when there is none of that number.</summary>
    public bool Decide(ulong requestId, bool isAccepted)
    {
        var request = _held.Find(held => held.Id == requestId);
        if (request is null)
            return false;
        request.Stop();
        _held.Remove(request);
        if (isAccepted)
            Answer(request.Syn, requestId);
        else
            host.SendReset(request.Syn);
        return true;
    }

    /// <summary>
    /// Takes the connection that has waited longest; from now on the owner is told about it.
    /// </summary>
    public bool TryAccept(ITcpOwner owner, out TcpConnection? connection, out ulong requestId)
    {
        var isThere = _ready.TryDequeue(out var ready);
        (connection, requestId) = ready;
        connection?.SetOwner(owner);
        return isThere;
    }

    /// <summary>Stops listening and resets the connections and requests that nobody accepted.</summary>
    public void Close()
    {
        host.Remove(this);
        foreach (var request in _held)
        {
            request.Stop();
            host.SendReset(request.Syn);
        }
        foreach (var (connection, _) in _halfOpen)
            connection.Reset();
        foreach (var (connection, _) in _ready)
            connection.Reset();
        _held.Clear();
        _halfOpen.Clear();
        _ready.Clear();
    }

    public void OnConnected(TcpConnection connection)
    {
        var index = _halfOpen.FindIndex(open => ReferenceEquals(open.Connection, connection));
        _ready.Enqueue(_halfOpen[index]);
        _halfOpen.RemoveAt(index);
        user.OnReady();
    }

    public void OnEnded(TcpConnection connection, NTSTATUS status)
    {
        var index = _halfOpen.FindIndex(open => ReferenceEquals(open.Connection, connection));
        if (index < 0)
            return;
        var requestId = _halfOpen[index].RequestId;
        _halfOpen.RemoveAt(index);
        if (requestId != 0)
            user.OnRequestDropped(requestId);
    }

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

    public void OnIdealSendBacklog(TcpConnection connection)
    {
    }

    private void Answer(TcpSegment syn, ulong requestId)
    {
        var connection = TcpConnection.Answer(host, syn, ConnectionSettings, this);
        _halfOpen.Add((connection, requestId));
    }

    private void Overflow(TcpSegment syn)
    {
        if (IsRefusingOverflow)
            host.SendReset(syn);
    }

    private void Hold(TcpSegment syn)
    {
        var request = new HeldRequest(host, ++_lastRequestId, syn, Drop);
        _held.Add(request);
        user.OnRequest(new ConnectionRequest(request.Id, syn.Destination, syn.Source));
    }

    private void Drop(HeldRequest request)
    {
        request.Stop();
        _held.Remove(request);
        user.OnRequestDropped(request.Id);
    }
}
