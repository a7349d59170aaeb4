// A transport whose operations are over when their calls return, wherever the caller may wait: with it the
// provider's inline completion can be tested on every arm. It knows nothing about WSK. At DISPATCH_LEVEL it
// is the inner one.
using OpenWsk.Abi;
using OpenWsk.Kernel;
using OpenWsk.Ports;

namespace OpenWsk.Provider.Tests;

/// <summary>Decorates a transport: Connect, Send and Disconnect wait for their end and return true.</summary>
internal sealed class EagerTransport(ITransport inner, Executive executive) : ITransport
{
    public string Name => inner.Name;

    public bool SupportsFamily(ushort family) => inner.SupportsFamily(family);

    public NTSTATUS CreateStream(ushort family, IStreamEvents events, out IStreamSocket? socket)
    {
        var status = inner.CreateStream(family, events, out var made);
        socket = made is null ? null : new EagerStream(made, executive);
        return status;
    }

    public NTSTATUS CreateDatagram(
        ushort family, ushort type, uint protocol, IDatagramEvents events, out IDatagramSocket? socket) =>
        inner.CreateDatagram(family, type, protocol, events, out socket);

    public IReadOnlyList<EndpointAddress> ListAddresses(ushort family) => inner.ListAddresses(family);

    public void WatchAddresses(IAddressEvents? events) => inner.WatchAddresses(events);

    private sealed class EagerStream(IStreamSocket inner, Executive executive) : IStreamSocket
    {
        public int Processor => inner.Processor;

        public EndpointAddress LocalAddress => inner.LocalAddress;

        public EndpointAddress RemoteAddress => inner.RemoteAddress;

        public nuint ReceiveBacklogBytes => inner.ReceiveBacklogBytes;

        public nuint IdealSendBacklogBytes => inner.IdealSendBacklogBytes;

        private bool MayWait => executive.CurrentThread.Irql < Irql.Dispatch;

        public NTSTATUS Bind(in EndpointAddress local, bool isShared) => inner.Bind(local, isShared);

        public bool Connect(in EndpointAddress remote, TransportOperation operation)
        {
            if (!MayWait)
                return inner.Connect(remote, operation);
            using var waiting = new Waiting(executive, null);
            return waiting.End(inner.Connect(remote, waiting), operation);
        }

        public bool Send(SendOperation operation)
        {
            if (!MayWait)
                return inner.Send(operation);
            using var waiting = new Waiting(executive, operation);
            return waiting.End(inner.Send(waiting), operation);
        }

        public bool Disconnect(TransportOperation operation)
        {
            if (!MayWait)
                return inner.Disconnect(operation);
            using var waiting = new Waiting(executive, null);
            return waiting.End(inner.Disconnect(waiting), operation);
        }

        public NTSTATUS TryReceive(Span<byte> destination, out int bytes) =>
            inner.TryReceive(destination, out bytes);

        public void ArmReceive() => inner.ArmReceive();

        public NTSTATUS SetOption(uint level, uint name, ReadOnlySpan<byte> value) =>
            inner.SetOption(level, name, value);

        public NTSTATUS GetOption(uint level, uint name, Span<byte> value, out int bytes) =>
            inner.GetOption(level, name, value, out bytes);

        public NTSTATUS Listen(
            in ListenSettings settings, IListenEvents events, out IListenSocket? listener) =>
            inner.Listen(settings, events, out listener);

        public void Attach(IStreamEvents events) => inner.Attach(events);

        public NTSTATUS BecomeSilent() => inner.BecomeSilent();

        public void Cancel(TransportOperation operation) => inner.Cancel(operation);

        public void Abort() => inner.Abort();

        public void Close() => inner.Close();
    }

    private sealed class Waiting(Executive executive, SendOperation? send)
        : SendOperation, IDisposable
    {
        private readonly ManagedEvent _over = new(executive);

        public override int SegmentCount => send!.SegmentCount;

        public override Memory<byte> Segment(int index) => send!.Segment(index);

        public bool End(bool isOver, TransportOperation operation)
        {
            if (!isOver)
                _over.Wait();
            operation.Status = Status;
            return true;
        }

        public void Dispose() => _over.Dispose();

        protected override void OnCompleted() => _over.Set();
    }
}
