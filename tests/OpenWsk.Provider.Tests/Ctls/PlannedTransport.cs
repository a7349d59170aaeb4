// A transport whose streams do what a test plans: refuse options, take unknown ones, break, change their
// ideal send backlog. Everything else is the inner one's, so that it works on every arm. It knows nothing
// about WSK.
using System.Collections.Concurrent;
using OpenWsk.Abi;
using OpenWsk.Kernel;
using OpenWsk.Ports;

namespace OpenWsk.Provider.Tests;

/// <summary>Decorates a transport; one plan for all of its streams.</summary>
internal sealed class PlannedTransport(ITransport inner, Executive executive) : ITransport
{
    private readonly List<IStreamEvents> _streams = [];

    /// <summary>Answers SetOption; null lets the inner stream do it.</summary>
    public Func<uint, uint, byte[], NTSTATUS?> OnSetOption { get; set; } = (_, _, _) => null;

    /// <summary>Answers IoControl with the bytes to give out; null for STATUS_NOT_SUPPORTED.</summary>
    public Func<uint, byte[], byte[]?> OnIoControl { get; set; } = (_, _) => null;

    /// <summary>Answers BecomeSilent; null lets the inner stream do it.</summary>
    public NTSTATUS? Silence { get; set; }

    /// <summary>Answers RemoteAddress; null lets the inner stream do it.</summary>
    public EndpointAddress? Remote { get; set; }

    /// <summary>Names of the calls of the streams, in order.</summary>
    public ConcurrentQueue<string> Calls { get; } = new();

    /// <summary>Addresses that are local; null lets the inner transport say.</summary>
    public IReadOnlyList<EndpointAddress>? Addresses { get; set; }

    /// <summary>Who watches the addresses.</summary>
    public IAddressEvents? Watcher { get; private set; }

    public string Name => inner.Name;

    public bool SupportsFamily(ushort family) => inner.SupportsFamily(family);

    public NTSTATUS CreateStream(ushort family, IStreamEvents events, out IStreamSocket? socket)
    {
        _streams.Add(events);
        var status = inner.CreateStream(family, events, out var made);
        socket = made is null ? null : new PlannedStream(made, this);
        return status;
    }

    public NTSTATUS CreateDatagram(
        ushort family, ushort type, uint protocol, IDatagramEvents events, out IDatagramSocket? socket) =>
        inner.CreateDatagram(family, type, protocol, events, out socket);

    public IReadOnlyList<EndpointAddress> ListAddresses(ushort family) =>
        Addresses?.Where(a => a.Family == family).ToList() ?? inner.ListAddresses(family);

    public void WatchAddresses(IAddressEvents? events)
    {
        Watcher = events;
        inner.WatchAddresses(events);
    }

    /// <summary>
    /// Tells the owner of the newest stream something on the dispatcher, and waits for that.
    /// </summary>
    public void Tell(Action<IStreamEvents> what) => OnDispatcher(() => what(_streams[^1]));

    /// <summary>An address of the family came or went.</summary>
    public void ChangeAddresses(ushort family) => OnDispatcher(() => Watcher!.OnAddressesChanged(family));

    private void OnDispatcher(Action action)
    {
        using var ended = new ManagedEvent(executive);
        executive.Scheduler.Post(new Item(() =>
        {
            action();
            ended.Set();
        }));
        ended.Wait();
    }

    private sealed class Item(Action action) : DispatchItem
    {
        public override void Run() => action();
    }

    private sealed class PlannedStream(IStreamSocket inner, PlannedTransport plan) : IStreamSocket
    {
        public int Processor => inner.Processor;

        public EndpointAddress LocalAddress => inner.LocalAddress;

        public EndpointAddress RemoteAddress => plan.Remote ?? inner.RemoteAddress;

        public nuint ReceiveBacklogBytes => inner.ReceiveBacklogBytes;

        public nuint IdealSendBacklogBytes => inner.IdealSendBacklogBytes;

        public NTSTATUS Bind(in EndpointAddress local, bool isShared) => inner.Bind(local, isShared);

        public bool Connect(in EndpointAddress remote, TransportOperation operation) =>
            inner.Connect(remote, operation);

        public bool Send(SendOperation operation)
        {
            plan.Calls.Enqueue(nameof(Send));
            return inner.Send(operation);
        }

        public bool Disconnect(TransportOperation operation)
        {
            plan.Calls.Enqueue(nameof(Disconnect));
            return inner.Disconnect(operation);
        }

        public NTSTATUS TryReceive(Span<byte> destination, out int bytes) =>
            inner.TryReceive(destination, out bytes);

        public void ArmReceive() => inner.ArmReceive();

        public NTSTATUS SetOption(uint level, uint name, ReadOnlySpan<byte> value) =>
            plan.OnSetOption(level, name, value.ToArray()) ?? inner.SetOption(level, name, value);

        public NTSTATUS GetOption(uint level, uint name, Span<byte> value, out int bytes) =>
            inner.GetOption(level, name, value, out bytes);

        public NTSTATUS IoControl(uint code, ReadOnlySpan<byte> input, Span<byte> output, out int bytes)
        {
            var answer = plan.OnIoControl(code, input.ToArray());
            bytes = answer?.Length ?? 0;
            answer?.CopyTo(output);
            return answer is null ? NTSTATUS.STATUS_NOT_SUPPORTED : NTSTATUS.STATUS_SUCCESS;
        }

        public NTSTATUS Listen(
            in ListenSettings settings, IListenEvents events, out IListenSocket? listener) =>
            inner.Listen(settings, events, out listener);

        public void Attach(IStreamEvents events) => inner.Attach(events);

        public NTSTATUS BecomeSilent()
        {
            plan.Calls.Enqueue(nameof(BecomeSilent));
            return plan.Silence ?? inner.BecomeSilent();
        }

        public void Cancel(TransportOperation operation) => inner.Cancel(operation);

        public void Abort() => inner.Abort();

        public void Close() => inner.Close();
    }
}
