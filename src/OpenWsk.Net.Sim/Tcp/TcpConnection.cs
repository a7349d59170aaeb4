// One end of a TCP connection (RFC 9293), as far as a WSK client can observe TCP: handshake, windows, FIN in
// both directions, reset, retransmission. Parts: .Input (a segment arrived), .Output (what to send), .Timers.
// It knows nothing about ports, routes and sockets: SimHost delivers and sends, ITcpOwner listens.
// Divergence from Windows: no delayed or selective acknowledgments, no Nagle and no congestion control, which
// a socket's user sees only as time; segments out of order are dropped and come again.
using OpenWsk.Abi;
using OpenWsk.Ports;

namespace OpenWsk.Net.Sim.Tcp;

/// <summary>The state of one connection at one host.</summary>
internal sealed partial class TcpConnection
{
    private readonly SimHost _host;
    private readonly ByteRing _sendBuffer;
    private readonly ByteRing _receiveBuffer;
    private readonly bool _isPassive;
    private TcpSettings _settings;
    private ITcpOwner? _owner;
    private bool _isFinQueued;
    private uint _finSequence;

    private TcpConnection(SimHost host, in EndpointAddress local, in EndpointAddress remote,
        in TcpSettings settings, ITcpOwner owner, bool isPassive)
    {
        _host = host;
        _settings = settings;
        _sendBuffer = new ByteRing(settings.SendBufferBytes);
        _receiveBuffer = new ByteRing(settings.ReceiveBufferBytes);
        _windowShift = WindowShiftOf(settings.ReceiveBufferBytes);
        _owner = owner;
        _isPassive = isPassive;
        Local = local;
        Remote = remote;
        _maximumSegmentBytes = host.Network.MaximumSegmentBytes(host, remote);
        _timer = new SimTimer(host.Scheduler, host.Network.Clock, OnTimer);
        _keepAliveTimer = new SimTimer(host.Scheduler, host.Network.Clock, OnKeepAlive);
        _sendUnacknowledged = _sendNext = _sendMax = host.Network.NextInitialSequence();
    }

    public EndpointAddress Local { get; }

    public EndpointAddress Remote { get; }

    public TcpState State { get; private set; } = TcpState.Closed;

    /// <summary>Why the connection ended, or STATUS_SUCCESS.</summary>
    public NTSTATUS Error { get; private set; }

    /// <summary>Bytes that can be read at once.</summary>
    public int AvailableBytes => _receiveBuffer.Count;

    /// <summary>Whether Write would take a byte.</summary>
    public bool HasSendRoom => _sendBuffer.Free > 0;

    /// <summary>Whether the peer's FIN has arrived; there may be unread bytes before it.</summary>
    public bool HasPeerFin { get; private set; }

    /// <summary>Whether the port table counts this connection; the host's own.</summary>
    public bool IsHoldingPort { get; set; }

    /// <summary>Whether our FIN has been queued or sent.</summary>
    public bool IsSendClosed => _isFinQueued;

    /// <summary>Whether both sides have sent their FIN.</summary>
    public bool IsClosedBothWays => HasPeerFin && (IsFinSent || IsFinAcknowledged);

    /// <summary>Whether our FIN has been acknowledged.</summary>
    public bool IsFinAcknowledged => _isFinQueued && _sendUnacknowledged == _finSequence + 1;

    /// <summary>Whether it sends nothing any more and ignores what it receives.</summary>
    public bool IsSilent { get; private set; }

    /// <summary>How much unacknowledged data keeps the connection busy. Units: bytes.</summary>
    public int IdealSendBacklogBytes => _host.IdealSendBacklogBytes
        ?? (int)Math.Max((uint)_settings.SendBufferBytes, _sendWindowMax);

    private bool CanSendData => State is TcpState.Established or TcpState.CloseWait;

    /// <summary>Begins a connection by sending a SYN.</summary>
    public static TcpConnection Open(SimHost host, in EndpointAddress local, in EndpointAddress remote,
        in TcpSettings settings, ITcpOwner owner)
    {
        var connection = new TcpConnection(host, local, remote, settings, owner, isPassive: false);
        host.Add(connection);
        connection.State = TcpState.SynSent;
        connection.SendSyn();
        return connection;
    }

    /// <summary>Answers a SYN that a listener received.</summary>
    public static TcpConnection Answer(SimHost host, TcpSegment syn, in TcpSettings settings, ITcpOwner owner)
    {
        var connection =
            new TcpConnection(host, syn.Destination, syn.Source, settings, owner, isPassive: true);
        host.Add(connection);
        connection.State = TcpState.SynReceived;
        connection.TakeSyn(syn);
        connection.SendSyn();
        return connection;
    }

    /// <summary>
    /// Changes who is told; null leaves the connection to finish on its own, with nobody to read.
    /// </summary>
    public void SetOwner(ITcpOwner? owner)
    {
        _owner = owner;
        if (owner is null)
            _receiveBuffer.Clear();
        SeeToKeepAlive();
    }

    /// <summary>Goes on with other settings.</summary>
    public void Apply(in TcpSettings settings)
    {
        var ideal = IdealSendBacklogBytes;
        _settings = settings;
        _sendBuffer.Capacity = settings.SendBufferBytes;
        FitReceiveBuffer();
        SeeToKeepAlive();
        if (State is TcpState.Established or TcpState.FinWait1 or TcpState.FinWait2 && IsWindowUpdateDue())
            SendAcknowledgment();
        if (ideal != IdealSendBacklogBytes)
            _owner?.OnIdealSendBacklog(this);
    }

    /// <summary>Tells the owner that the ideal backlog is another one.</summary>
    public void TellIdealSendBacklog() => _owner?.OnIdealSendBacklog(this);

    /// <summary>From here on it sends nothing, not even when it ends, and ignores what it receives.</summary>
    public void BecomeSilent()
    {
        IsSilent = true;
        _timer.Stop();
        _keepAliveTimer.Stop();
    }

    /// <summary>Ends the connection for a reason at this host; the peer is told nothing.</summary>
    public void Lose(NTSTATUS status)
    {
        if (State == TcpState.Closed)
            return;
        IsSilent = true;
        Fail(status);
    }

    /// <summary>Takes as many bytes as the send buffer has room for and says how many.</summary>
    public int Write(ReadOnlySpan<byte> source)
    {
        if (!CanSendData || _isFinQueued)
            throw new InvalidOperationException($"A connection in {State} takes no bytes.");
        return _sendBuffer.Write(source);
    }

    /// <summary>Puts what was written on the wire, as far as the peer's window allows.</summary>
    public void Flush() => Output();

    /// <summary>Takes received bytes and tells the peer when that opened the window enough.</summary>
    public int Read(Span<byte> destination)
    {
        var count = _receiveBuffer.Read(destination);
        FitReceiveBuffer();
        if (count > 0 && !HasPeerFin && State != TcpState.Closed && IsWindowUpdateDue())
            SendAcknowledgment();
        return count;
    }

    /// <summary>Sends FIN after the bytes written so far.</summary>
    public void ShutdownSend()
    {
        if (!CanSendData || _isFinQueued)
            throw new InvalidOperationException($"A connection in {State} sends no FIN.");
        _isFinQueued = true;
        _finSequence = _sendUnacknowledged + (uint)_sendBuffer.Count;
        State = State == TcpState.CloseWait ? TcpState.LastAck : TcpState.FinWait1;
        Output();
    }

    /// <summary>Ends the connection with a RST where the peer knows of it; the owner hears nothing.</summary>
    public void Reset()
    {
        if (State is not (TcpState.Closed or TcpState.SynSent or TcpState.TimeWait))
            SendReset();
        _owner = null;
        Remove(NTSTATUS.STATUS_CONNECTION_ABORTED);
    }

    /// <summary>
    /// Takes an unanswered SYN back. A host does so by silence (RFC 9293 section 3.10.5), a test may want
    /// it told.
    /// </summary>
    public void ResetRequest()
    {
        Transmit(new TcpSegment(Local, Remote) { Sequence = _sendMax, Flags = TcpFlags.Rst });
        _owner = null;
        Remove(NTSTATUS.STATUS_CONNECTION_ABORTED);
    }

    private void SendReset() => Transmit(new TcpSegment(Local, Remote)
    {
        // Behind everything sent, except where the peer's window has no room for that number.
        Sequence = _sendWindow == 0 ? _sendUnacknowledged : _sendMax,
        Acknowledgment = _receiveNext,
        Flags = TcpFlags.Rst | TcpFlags.Ack,
        HopLimit = _settings.HopLimit,
        TrafficClass = _settings.TrafficClass,
    });

    // Ends the connection for a reason that the owner has to hear.
    private void Fail(NTSTATUS status)
    {
        var owner = _owner;
        _owner = null;
        Remove(status);
        owner?.OnEnded(this, status);
    }

    private void Remove(NTSTATUS error)
    {
        if (State == TcpState.Closed)
            return;
        State = TcpState.Closed;
        Error = error;
        _timer.Stop();
        _keepAliveTimer.Stop();
        _sendBuffer.Clear();
        if (error != NTSTATUS.STATUS_SUCCESS)
            _receiveBuffer.Clear();
        _host.Remove(this);
    }
}
