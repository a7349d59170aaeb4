// A transport for what happens to listeners at moments that no peer can choose: a connection that arrives
// while the bind is still running (its report is held on the dispatcher until the test lets it go on), a
// request that is gone as soon as it came, a Listen that fails. Everything else is the inner one's. It knows
// nothing about WSK.
using OpenWsk.Abi;
using OpenWsk.Kernel;
using OpenWsk.Ports;

namespace OpenWsk.Provider.Tests;

/// <summary>Decorates a transport; holds the first report of a connection.</summary>
internal sealed class ArrivingTransport(ITransport inner, Executive executive) : ITransport
{
    private readonly CallbackGate _gate = new(executive);

    /// <summary>What the next Listen fails with, once; null for the inner stream's answer.</summary>
    public NTSTATUS? ListenFailure { get; set; }

    /// <summary>Whether the next request is gone as soon as it has been told, once.</summary>
    public bool DropsRequest { get; set; }

    /// <summary>Brings a connection to the listener that has just been made.</summary>
    public Action? Arrive { get; set; }

    public string Name => inner.Name;

    /// <summary>Lets the report go on.</summary>
    public void Report() => _gate.Open();

    public bool SupportsFamily(ushort family) => inner.SupportsFamily(family);

    public NTSTATUS CreateStream(ushort family, IStreamEvents events, out IStreamSocket? socket)
    {
        var status = inner.CreateStream(family, events, out var made);
        socket = made is null ? null : new Stream(made, this);
        return status;
    }

    public NTSTATUS CreateDatagram(
        ushort family, ushort type, uint protocol, IDatagramEvents events, out IDatagramSocket? socket) =>
        inner.CreateDatagram(family, type, protocol, events, out socket);

    public IReadOnlyList<EndpointAddress> ListAddresses(ushort family) => inner.ListAddresses(family);

    public void WatchAddresses(IAddressEvents? events) => inner.WatchAddresses(events);

    private sealed class Listener(
        ArrivingTransport transport, Executive executive, IListenEvents events) : IListenSocket, IListenEvents
    {
        private CallbackGate? _reported;
        private bool _hasArrived;

        public IListenSocket Inner { get; set; } = null!;

        public bool JudgesBeforeHandshake => Inner.JudgesBeforeHandshake;

        public NTSTATUS TryAccept(out IStreamSocket? connection, out ulong requestId) =>
            Inner.TryAccept(out connection, out requestId);

        public void ArmAccept()
        {
            var isFirst = !_hasArrived && transport.Arrive is not null;
            var reported = _reported = isFirst ? new CallbackGate(executive) : null;
            Inner.ArmAccept();
            if (!isFirst)
                return;
            _hasArrived = true;
            transport.Arrive!();
            reported!.Wait();
        }

        public bool Decide(ulong requestId, bool isAccepted) => Inner.Decide(requestId, isAccepted);

        public void OnAcceptable()
        {
            if (_reported is { } reported)
            {
                _reported = null;
                reported.Open();
                transport._gate.Wait();
            }
            events.OnAcceptable();
        }

        public void OnRequest(in ConnectionRequest request)
        {
            events.OnRequest(request);
            if (!transport.DropsRequest)
                return;
            transport.DropsRequest = false;
            events.OnRequestDropped(request.Id);
        }

        public void OnRequestDropped(ulong requestId) => events.OnRequestDropped(requestId);
    }

    private sealed class Stream(IStreamSocket inner, ArrivingTransport transport) : IStreamSocket
    {
        public int Processor => inner.Processor;

        public EndpointAddress LocalAddress => inner.LocalAddress;

        public EndpointAddress RemoteAddress => inner.RemoteAddress;

        public nuint ReceiveBacklogBytes => inner.ReceiveBacklogBytes;

        public nuint IdealSendBacklogBytes => inner.IdealSendBacklogBytes;

        public NTSTATUS Bind(in EndpointAddress local, bool isShared) => inner.Bind(local, isShared);

        public bool Connect(in EndpointAddress remote, TransportOperation operation) =>
            inner.Connect(remote, operation);

        public bool Send(SendOperation operation) => inner.Send(operation);

        public bool Disconnect(TransportOperation operation) => inner.Disconnect(operation);

        public NTSTATUS TryReceive(Span<byte> destination, out int bytes) =>
            inner.TryReceive(destination, out bytes);

        public void ArmReceive() => inner.ArmReceive();

        public NTSTATUS SetOption(uint level, uint name, ReadOnlySpan<byte> value) =>
            inner.SetOption(level, name, value);

        public NTSTATUS GetOption(uint level, uint name, Span<byte> value, out int bytes) =>
            inner.GetOption(level, name, value, out bytes);

        public NTSTATUS Listen(in ListenSettings settings, IListenEvents events, out IListenSocket? listener)
        {
            listener = null;
            if (transport.ListenFailure is { } failure)
            {
                transport.ListenFailure = null;
                return failure;
            }
            var held = new Listener(transport, transport.Executive, events);
            var status = inner.Listen(settings, held, out var made);
            held.Inner = made!;
            listener = made is null ? null : held;
            return status;
        }

        public void Attach(IStreamEvents events) => inner.Attach(events);

        public NTSTATUS BecomeSilent() => inner.BecomeSilent();

        public void Cancel(TransportOperation operation) => inner.Cancel(operation);

        public void Abort() => inner.Abort();

        public void Close() => inner.Close();
    }

    private Executive Executive => executive;
}
