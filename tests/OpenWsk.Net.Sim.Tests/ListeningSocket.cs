// A provider's view of a listening socket, made blocking for tests: accept parks until a connection waits,
// requests and their ends are written down. It knows nothing about what a test checks.
using System.Buffers.Binary;
using OpenWsk.Abi;
using OpenWsk.Ports;
using Xunit;

namespace OpenWsk.Net.Sim.Tests;

internal sealed class ListeningSocket : IStreamEvents, IListenEvents
{
    private readonly IScheduler _scheduler;
    private IParker? _waiter;

    public ListeningSocket(IScheduler scheduler, ITransport transport, string endpoint, int backlog = 8,
        bool isConditional = false, bool isShared = false, uint? isV6Only = null)
    {
        _scheduler = scheduler;
        var local = Address.Of(endpoint);
        Assert.Equal(NTSTATUS.STATUS_SUCCESS, transport.CreateStream(local.Family, this, out var socket));
        Socket = socket!;
        if (isV6Only is { } value)
            Assert.Equal(NTSTATUS.STATUS_SUCCESS, SetOption(WskConstants.IPPROTO_IPV6,
                WskConstants.IPV6_V6ONLY, value));
        Assert.Equal(NTSTATUS.STATUS_SUCCESS, Socket.Bind(local, isShared));
        var settings = new ListenSettings(backlog, isConditional);
        Assert.Equal(NTSTATUS.STATUS_SUCCESS, Socket.Listen(settings, this, out var listener));
        Port = listener!;
    }

    public IStreamSocket Socket { get; }

    public IListenSocket Port { get; }

    public string Endpoint => Socket.LocalAddress.ToString();

    public int AcceptableEvents { get; private set; }

    public int BrokenEvents { get; private set; }

    public List<ConnectionRequest> Requests { get; } = [];

    public List<ulong> Dropped { get; } = [];

    public NTSTATUS SetOption(uint level, uint name, uint value)
    {
        Span<byte> bytes = stackalloc byte[4];
        BinaryPrimitives.WriteUInt32LittleEndian(bytes, value);
        return Socket.SetOption(level, name, bytes);
    }

    public AcceptedSocket Accept()
    {
        IStreamSocket? connection;
        ulong requestId;
        while (Port.TryAccept(out connection, out requestId) == NTSTATUS.STATUS_PENDING)
        {
            var before = AcceptableEvents;
            Port.ArmAccept();
            WaitWhile(() => AcceptableEvents == before);
        }
        Assert.NotNull(connection);
        return new AcceptedSocket(_scheduler, connection, requestId);
    }

    public bool TryAccept()
    {
        var status = Port.TryAccept(out var connection, out _);
        connection?.Close();
        return status == NTSTATUS.STATUS_SUCCESS;
    }

    public ConnectionRequest WaitForRequest(int index = 0)
    {
        WaitWhile(() => Requests.Count <= index);
        return Requests[index];
    }

    public void WaitForDrop() => WaitWhile(() => Dropped.Count == 0);

    public void OnAcceptable()
    {
        AcceptableEvents++;
        _waiter?.Unpark();
    }

    public void OnRequest(in ConnectionRequest request)
    {
        Requests.Add(request);
        _waiter?.Unpark();
    }

    public void OnRequestDropped(ulong requestId)
    {
        Dropped.Add(requestId);
        _waiter?.Unpark();
    }

    public void OnReceivable() => Assert.Fail("A listening socket receives nothing.");

    public void OnIdealSendBacklog(nuint bytes) => Assert.Fail("A listening socket sends nothing.");

    public void OnBroken()
    {
        BrokenEvents++;
        _waiter?.Unpark();
    }

    private void WaitWhile(Func<bool> condition)
    {
        _waiter = _scheduler.CurrentParker;
        while (condition())
            _waiter.Park(IParker.Never);
    }
}

/// <summary>An accepted connection with blocking calls.</summary>
internal sealed class AcceptedSocket : IStreamEvents
{
    private readonly IScheduler _scheduler;
    private IParker? _waiter;
    private int _receivableEvents;

    public AcceptedSocket(IScheduler scheduler, IStreamSocket port, ulong requestId)
    {
        _scheduler = scheduler;
        Port = port;
        RequestId = requestId;
        Port.Attach(this);
    }

    public IStreamSocket Port { get; }

    public ulong RequestId { get; }

    public int BrokenEvents { get; private set; }

    public List<nuint> IdealSendBacklogs { get; } = [];

    public NTSTATUS Send(params byte[][] segments)
    {
        var operation = new BlockingSend(_scheduler, segments);
        operation.Started(Port.Send(operation));
        return operation.Wait();
    }

    public NTSTATUS Receive(Span<byte> destination, out int bytes)
    {
        NTSTATUS status;
        while ((status = Port.TryReceive(destination, out bytes)) == NTSTATUS.STATUS_PENDING)
        {
            var before = _receivableEvents;
            _waiter = _scheduler.CurrentParker;
            Port.ArmReceive();
            while (_receivableEvents == before)
                _waiter.Park(IParker.Never);
        }
        return status;
    }

    public uint Option(uint level, uint name)
    {
        Span<byte> value = stackalloc byte[4];
        Assert.Equal(NTSTATUS.STATUS_SUCCESS, Port.GetOption(level, name, value, out _));
        return BinaryPrimitives.ReadUInt32LittleEndian(value);
    }

    public void OnReceivable()
    {
        _receivableEvents++;
        _waiter?.Unpark();
    }

    public void OnIdealSendBacklog(nuint bytes) => IdealSendBacklogs.Add(bytes);

    public void OnBroken() => BrokenEvents++;
}
