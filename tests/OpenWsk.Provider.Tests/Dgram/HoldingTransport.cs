// A transport whose datagram sends wait until the test lets them go, and whose receives can fail: both are
// rare on real networks and the same on every arm here. It knows nothing about WSK.
using OpenWsk.Abi;
using OpenWsk.Ports;

namespace OpenWsk.Provider.Tests;

/// <summary>Decorates a transport; the last datagram socket that was made is the one to play with.</summary>
internal sealed class HoldingTransport(ITransport inner, IScheduler scheduler) : ITransport
{
    public string Name => inner.Name;

    /// <summary>Whether sends wait; otherwise they go through.</summary>
    public bool IsHolding { get; set; }

    /// <summary>The socket that was made last.</summary>
    public HeldSocket Socket { get; private set; } = null!;

    public bool SupportsFamily(ushort family) => inner.SupportsFamily(family);

    public NTSTATUS CreateStream(ushort family, IStreamEvents events, out IStreamSocket? socket) =>
        inner.CreateStream(family, events, out socket);

    public NTSTATUS CreateDatagram(
        ushort family, ushort type, uint protocol, IDatagramEvents events, out IDatagramSocket? socket)
    {
        var status = inner.CreateDatagram(family, type, protocol, events, out var made);
        socket = made is null ? null : Socket = new HeldSocket(this, made);
        return status;
    }

    public IReadOnlyList<EndpointAddress> ListAddresses(ushort family) => inner.ListAddresses(family);

    public void WatchAddresses(IAddressEvents? events) => inner.WatchAddresses(events);

    /// <summary>One of its datagram sockets.</summary>
    public sealed class HeldSocket(HoldingTransport owner, IDatagramSocket inner) : IDatagramSocket
    {
        private readonly Lock _gate = new();
        private readonly List<SendOperation> _held = [];

        private bool _isArmed;

        /// <summary>Whether the socket's owner is not told when there is something to receive.</summary>
        public bool HoldsArms { get; set; }

        /// <summary>Outcomes that TryReceive gives before it asks the real socket.</summary>
        public Queue<NTSTATUS> Failures { get; } = new();

        public int Processor => inner.Processor;

        public EndpointAddress LocalAddress => inner.LocalAddress;

        public bool Send(SendOperation operation)
        {
            if (!owner.IsHolding)
                return inner.Send(operation);
            lock (_gate)
                _held.Add(operation);
            return false;
        }

        public void Cancel(TransportOperation operation)
        {
            lock (_gate)
            {
                if (!_held.Remove((SendOperation)operation))
                    return;
            }
            End(operation, NTSTATUS.STATUS_CANCELLED);
        }

        /// <summary>Lets every held send go on its way.</summary>
        public void SendAll()
        {
            foreach (var operation in TakeHeld())
            {
                if (inner.Send(operation))
                    End(operation, operation.Status);
            }
        }

        /// <summary>Ends every held send.</summary>
        public void EndAll(NTSTATUS status) => TakeHeld().ForEach(operation => End(operation, status));

        public void Close()
        {
            EndAll(NTSTATUS.STATUS_CANCELLED);
            inner.Close();
        }

        public NTSTATUS TryReceive(Span<byte> destination, out int bytes, out DatagramInfo info)
        {
            if (!Failures.TryDequeue(out var failure))
                return inner.TryReceive(destination, out bytes, out info);
            bytes = 0;
            info = default;
            return failure;
        }

        public void ArmReceive()
        {
            _isArmed = HoldsArms;
            if (!HoldsArms)
                inner.ArmReceive();
        }

        /// <summary>Passes on that the owner wants to be told.</summary>
        public void ReleaseArms()
        {
            HoldsArms = false;
            if (_isArmed)
                inner.ArmReceive();
        }

        public NTSTATUS Bind(in EndpointAddress local, bool isShared) => inner.Bind(local, isShared);

        public NTSTATUS SetOption(uint level, uint name, ReadOnlySpan<byte> value) =>
            inner.SetOption(level, name, value);

        public NTSTATUS GetOption(uint level, uint name, Span<byte> value, out int bytes) =>
            inner.GetOption(level, name, value, out bytes);

        private List<SendOperation> TakeHeld()
        {
            lock (_gate)
            {
                List<SendOperation> held = [.. _held];
                _held.Clear();
                return held;
            }
        }

        private void End(TransportOperation operation, NTSTATUS status)
        {
            operation.Status = status;
            owner.Post(operation);
        }
    }

    private void Post(DispatchItem item) => scheduler.Post(item);
}
