// A provider's view of a simulated socket, made blocking for tests: each call starts the operation through
// the port, parks until it has completed and gives its status. It also counts completions, since every
// operation must complete exactly once and never from inside the call that started it.
using System.Net;
using OpenWsk.Abi;
using OpenWsk.Ports;
using Xunit;

namespace OpenWsk.Net.Sim.Tests;

internal sealed class BlockingSocket : IStreamEvents
{
    private readonly IScheduler _scheduler;
    private IParker? _receiver;
    private int _receivableEvents;

    public BlockingSocket(IScheduler scheduler, ITransport transport, ushort family = WskConstants.AF_INET)
    {
        _scheduler = scheduler;
        Assert.Equal(NTSTATUS.STATUS_SUCCESS, transport.CreateStream(family, this, out var socket));
        Port = socket!;
    }

    public IStreamSocket Port { get; }

    public int ReceivableEvents => Volatile.Read(ref _receivableEvents);

    public NTSTATUS Bind(string endpoint, bool isShared = false) => Port.Bind(Address.Of(endpoint), isShared);

    public NTSTATUS Connect(string endpoint)
    {
        var operation = new BlockingOperation(_scheduler);
        return operation.Run(Port.Connect(Address.Of(endpoint), operation));
    }

    public BlockingOperation BeginConnect(string endpoint)
    {
        var operation = new BlockingOperation(_scheduler);
        operation.Started(Port.Connect(Address.Of(endpoint), operation));
        return operation;
    }

    public NTSTATUS Send(params byte[][] segments) => BeginSend(segments).Wait();

    public BlockingSend BeginSend(params byte[][] segments)
    {
        var operation = new BlockingSend(_scheduler, segments);
        operation.Started(Port.Send(operation));
        return operation;
    }

    public NTSTATUS Disconnect() => BeginDisconnect().Wait();

    public BlockingOperation BeginDisconnect()
    {
        var operation = new BlockingOperation(_scheduler);
        operation.Started(Port.Disconnect(operation));
        return operation;
    }

    public NTSTATUS Receive(Span<byte> destination, out int bytes)
    {
        while (true)
        {
            var status = Port.TryReceive(destination, out bytes);
            if (status != NTSTATUS.STATUS_PENDING)
                return status;
            var events = ReceivableEvents;
            _receiver = _scheduler.CurrentParker;
            Port.ArmReceive();
            while (ReceivableEvents == events)
                _receiver.Park(IParker.Never);
        }
    }

    public byte[] ReceiveExactly(int count)
    {
        var bytes = new byte[count];
        for (var filled = 0; filled < count;)
        {
            Assert.Equal(NTSTATUS.STATUS_SUCCESS, Receive(bytes.AsSpan(filled), out var received));
            filled += received;
        }
        return bytes;
    }

    public List<nuint> IdealSendBacklogs { get; } = [];

    public int BrokenEvents { get; private set; }

    public void OnIdealSendBacklog(nuint bytes) => IdealSendBacklogs.Add(bytes);

    public void OnBroken() => BrokenEvents++;

    public void OnReceivable()
    {
        Interlocked.Increment(ref _receivableEvents);
        _receiver?.Unpark();
    }
}

internal sealed class BlockingSend(IScheduler scheduler, byte[][] segments) : SendOperation
{
    private readonly Completion _completion = new(scheduler);

    public override int SegmentCount => segments.Length;

    public bool IsComplete => _completion.IsComplete;

    public override Memory<byte> Segment(int index) => segments[index];

    public void Started(bool isInline) => _completion.Started(isInline);

    public NTSTATUS Wait()
    {
        _completion.Wait();
        return Status;
    }

    protected override void OnCompleted() => _completion.OnCompleted();
}

internal sealed class BlockingOperation(IScheduler scheduler) : TransportOperation
{
    private readonly Completion _completion = new(scheduler);

    public bool IsComplete => _completion.IsComplete;

    public void Started(bool isInline) => _completion.Started(isInline);

    public NTSTATUS Run(bool isInline)
    {
        Started(isInline);
        return Wait();
    }

    public NTSTATUS Wait()
    {
        _completion.Wait();
        return Status;
    }

    protected override void OnCompleted() => _completion.OnCompleted();
}

internal sealed class Completion(IScheduler scheduler)
{
    private readonly IParker _owner = scheduler.CurrentParker;
    private readonly int _ownerThread = Environment.CurrentManagedThreadId;
    private bool _isStarted;
    private int _completions;

    public bool IsComplete => Volatile.Read(ref _completions) > 0;

    public void Started(bool isInline)
    {
        _isStarted = true;
        if (isInline)
            CountCompletion();
    }

    public void Wait()
    {
        while (!IsComplete)
            _owner.Park(IParker.Never);
    }

    public void OnCompleted()
    {
        var isInside = Environment.CurrentManagedThreadId == _ownerThread && !_isStarted;
        Assert.False(isInside, "An operation completed from inside the call that started it.");
        CountCompletion();
        _owner.Unpark();
    }

    private void CountCompletion() =>
        Assert.True(Interlocked.Increment(ref _completions) == 1, "An operation completed twice.");
}

internal static class Address
{
    public static EndpointAddress Of(string endpoint) => EndpointAddress.From(IPEndPoint.Parse(endpoint));
}
