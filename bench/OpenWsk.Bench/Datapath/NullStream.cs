// One socket of the null transport: it delivers the same few bytes whenever the benchmark feeds it, and keeps
// the send that is under way until the benchmark completes it. A listener is one, too. It knows nothing about
// time. Its maker: NullTransport.cs.
using OpenWsk.Abi;
using OpenWsk.Ports;

namespace OpenWsk.Bench.Datapath;

/// <summary>A socket that leads nowhere.</summary>
internal sealed class NullStream(NullTransport transport, IStreamEvents? events)
    : IStreamSocket, IListenSocket
{
    private IStreamEvents? _events = events;
    private IListenEvents? _listenEvents;
    private Queue<NullStream>? _arrived;
    private SendOperation? _sending;
    private nuint _bytes;
    private int _available;
    private bool _isArmed;
    private bool _isLent;

    public EndpointAddress LocalAddress { get; private set; } =
        EndpointAddress.Wildcard(WskConstants.AF_INET, 7000);

    public EndpointAddress RemoteAddress => LocalAddress;

    public bool JudgesBeforeHandshake => false;

    public nuint ReceiveBacklogBytes => (nuint)_available;

    public nuint IdealSendBacklogBytes => 65536;

    /// <summary>Bytes that were given to Send. Units: bytes.</summary>
    public long SentBytes { get; private set; }

    /// <summary>Delivers bytes; on the dispatcher.</summary>
    public void Feed(int lengthBytes)
    {
        if (_bytes == 0)
            _bytes = transport.Memory.Allocate((nuint)lengthBytes);
        _available = lengthBytes;
        if (!_isArmed)
            return;
        _isArmed = false;
        _events!.OnReceivable();
    }

    /// <summary>Completes the send that is under way, if there is one; on the dispatcher.</summary>
    public void Drain()
    {
        if (_sending is not { } operation)
            return;
        _sending = null;
        operation.Status = NTSTATUS.STATUS_SUCCESS;
        operation.Run();
    }

    /// <summary>Connections that a listener is to take; on the dispatcher.</summary>
    public void Arrive(NullStream[] streams)
    {
        _arrived = new Queue<NullStream>(streams);
        if (!_isArmed)
            return;
        _isArmed = false;
        _listenEvents!.OnAcceptable();
    }

    public NTSTATUS Bind(in EndpointAddress local, bool isShared)
    {
        LocalAddress = local;
        return NTSTATUS.STATUS_SUCCESS;
    }

    public bool Send(SendOperation operation)
    {
        SentBytes += operation.SegmentAt(0).LengthBytes;
        _sending = operation;
        return false;
    }

    public NTSTATUS TryReceive(Span<byte> destination, out int bytes)
    {
        bytes = Math.Min(_available, destination.Length);
        if (_available == 0)
            return NTSTATUS.STATUS_PENDING;
        GuestMemory.Span(_bytes, bytes).CopyTo(destination);
        _available -= bytes;
        return NTSTATUS.STATUS_SUCCESS;
    }

    public NTSTATUS TryLend(out LentBytes lent)
    {
        lent = default;
        if (!transport.Lends || _isLent)
            return NTSTATUS.STATUS_NOT_SUPPORTED;
        if (_available == 0)
            return NTSTATUS.STATUS_PENDING;
        _isLent = true;
        lent = new LentBytes(_bytes, _available, 1);
        _available = 0;
        return NTSTATUS.STATUS_SUCCESS;
    }

    public void Return(in LentBytes lent) => _isLent = false;

    public void ArmReceive() => _isArmed = true;

    public NTSTATUS Listen(in ListenSettings settings, IListenEvents events, out IListenSocket? listener)
    {
        _listenEvents = events;
        transport.AddListener(LocalAddress.Port, this);
        listener = this;
        return NTSTATUS.STATUS_SUCCESS;
    }

    public NTSTATUS TryAccept(out IStreamSocket? connection, out ulong requestId)
    {
        requestId = 0;
        connection = _arrived is { Count: > 0 } ? _arrived.Dequeue() : null;
        return connection is null ? NTSTATUS.STATUS_PENDING : NTSTATUS.STATUS_SUCCESS;
    }

    public void ArmAccept() => _isArmed = true;

    public bool Decide(ulong requestId, bool isAccepted) => false;

    public void Attach(IStreamEvents events) => _events = events;

    public bool Connect(in EndpointAddress remote, TransportOperation operation) => Succeed(operation);

    public bool Disconnect(TransportOperation operation) => Succeed(operation);

    public void Abort()
    {
    }

    public NTSTATUS BecomeSilent() => NTSTATUS.STATUS_NOT_SUPPORTED;

    public NTSTATUS SetOption(uint level, uint name, ReadOnlySpan<byte> value) =>
        NTSTATUS.STATUS_NOT_SUPPORTED;

    public NTSTATUS GetOption(uint level, uint name, Span<byte> value, out int bytes)
    {
        bytes = 0;
        return NTSTATUS.STATUS_NOT_SUPPORTED;
    }

    public void Cancel(TransportOperation operation)
    {
    }

    public void Close()
    {
    }

    private static bool Succeed(TransportOperation operation)
    {
        operation.Status = NTSTATUS.STATUS_SUCCESS;
        return true;
    }
}
