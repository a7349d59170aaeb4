// A provider's view of a datagram socket, made blocking for tests: receiving parks until there is something.
// It knows nothing about what a test checks.
using System.Buffers.Binary;
using OpenWsk.Abi;
using OpenWsk.Ports;
using Xunit;

namespace OpenWsk.Net.Sim.Tests;

internal sealed class DatagramSocket : IDatagramEvents
{
    private readonly IScheduler _scheduler;
    private IParker? _receiver;

    public DatagramSocket(IScheduler scheduler, ITransport transport, ushort family = WskConstants.AF_INET,
        ushort type = WskConstants.SOCK_DGRAM, uint protocol = WskConstants.IPPROTO_UDP)
    {
        _scheduler = scheduler;
        Assert.Equal(NTSTATUS.STATUS_SUCCESS,
            transport.CreateDatagram(family, type, protocol, this, out var socket));
        Port = socket!;
    }

    public IDatagramSocket Port { get; }

    public int ReceivableEvents { get; private set; }

    public int BrokenEvents { get; private set; }

    public NTSTATUS Bind(string endpoint, bool isShared = false) => Port.Bind(Address.Of(endpoint), isShared);

    public NTSTATUS Send(string destination, byte[] bytes, DatagramControl control = default) =>
        SendAll(destination, control, [bytes]);

    public NTSTATUS SendAll(string destination, DatagramControl control, params byte[][] messages)
    {
        var operation = new Messages(messages) { Destination = Address.Of(destination), Control = control };
        Assert.True(Port.Send(operation));
        return operation.Status;
    }

    public NTSTATUS SetOption(uint level, uint name, uint value)
    {
        Span<byte> bytes = stackalloc byte[4];
        BinaryPrimitives.WriteUInt32LittleEndian(bytes, value);
        return Port.SetOption(level, name, bytes);
    }

    public uint Option(uint level, uint name)
    {
        Span<byte> value = stackalloc byte[4];
        Assert.Equal(NTSTATUS.STATUS_SUCCESS, Port.GetOption(level, name, value, out var bytes));
        Assert.Equal(4, bytes);
        return BinaryPrimitives.ReadUInt32LittleEndian(value);
    }

    public NTSTATUS TryReceive(out byte[] bytes, out DatagramInfo info, int size = 65_536)
    {
        var buffer = new byte[size];
        var status = Port.TryReceive(buffer, out var count, out info);
        bytes = buffer[..count];
        return status;
    }

    public byte[] Receive(out DatagramInfo info, int size = 65_536)
    {
        NTSTATUS status;
        byte[] bytes;
        while ((status = TryReceive(out bytes, out info, size)) == NTSTATUS.STATUS_PENDING)
        {
            var before = ReceivableEvents;
            _receiver = _scheduler.CurrentParker;
            Port.ArmReceive();
            while (ReceivableEvents == before)
                _receiver.Park(IParker.Never);
        }
        Assert.Equal(NTSTATUS.STATUS_SUCCESS, status);
        return bytes;
    }

    public void OnReceivable()
    {
        ReceivableEvents++;
        _receiver?.Unpark();
    }

    public void OnBroken() => BrokenEvents++;

    /// <summary>One datagram per element; an empty one has no segments.</summary>
    private sealed class Messages(byte[][] messages) : SendOperation
    {
        private readonly byte[][] _segments = [.. messages.Where(message => message.Length > 0)];

        public override int SegmentCount => _segments.Length;

        public override int MessageCount => messages.Length;

        public override Memory<byte> Segment(int index) => _segments[index];

        public override int MessageEnd(int message) =>
            messages.Take(message + 1).Count(bytes => bytes.Length > 0);

        protected override void OnCompleted() => Assert.Fail("It was complete on return.");
    }
}
