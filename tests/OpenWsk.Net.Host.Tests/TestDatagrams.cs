// A datagram socket under test with its owner's events, and sends that are made of messages.
// It knows nothing about the transport under test.
using OpenWsk.Abi;
using OpenWsk.Ports;
using static OpenWsk.Abi.NTSTATUS;

namespace OpenWsk.Net.Host.Tests;

/// <summary>A send of given messages, each of which is given segments.</summary>
internal sealed class TestDatagramSend(params byte[][][] messages) : SendOperation
{
    private readonly ManualResetEvent _completed = new(false);
    private readonly byte[][] _segments = [.. messages.SelectMany(segments => segments)];

    public int Completions { get; private set; }

    public override int SegmentCount => _segments.Length;

    public override int MessageCount => messages.Length;

    public override Memory<byte> Segment(int index) => _segments[index];

    public override int MessageEnd(int message) => messages.Take(message + 1).Sum(m => m.Length);

    /// <summary>Waits for the completion and returns its status.</summary>
    public NTSTATUS Wait()
    {
        Waiting.For(_completed, "completion of a send of datagrams");
        return Status;
    }

    protected override void OnCompleted()
    {
        Completions++;
        _completed.Set();
    }
}

/// <summary>A received datagram.</summary>
internal sealed record TestDatagram(byte[] Bytes, DatagramInfo Info);

/// <summary>A datagram socket and what it tells.</summary>
internal sealed class TestDatagramSocket : IDatagramEvents
{
    private readonly AutoResetEvent _receivable = new(false);
    private readonly ManualResetEvent _broken = new(false);

    public TestDatagramSocket(
        ITransport transport, ushort family, ushort type = WskConstants.SOCK_DGRAM, uint protocol = 17)
    {
        Assert.Equal(STATUS_SUCCESS, transport.CreateDatagram(family, type, protocol, this, out var socket));
        Socket = socket!;
    }

    public IDatagramSocket Socket { get; }

    public int Receivables { get; private set; }

    /// <summary>Runs in the event, before the wait for it ends.</summary>
    public Action? Receivable { get; set; }

    public int Brokens { get; private set; }

    public EndpointAddress Local => Socket.LocalAddress;

    public TestDatagramSocket Bind(EndpointAddress local, bool isShared = false)
    {
        Assert.Equal(STATUS_SUCCESS, Socket.Bind(local, isShared));
        return this;
    }

    public NTSTATUS Send(EndpointAddress destination, params byte[] bytes) =>
        Send(destination, default, [bytes.Length == 0 ? [] : [bytes]]);

    public NTSTATUS Send(EndpointAddress destination, DatagramControl control, params byte[][][] messages)
    {
        var send = new TestDatagramSend(messages) { Destination = destination, Control = control };
        return Socket.Send(send) ? send.Status : send.Wait();
    }

    /// <summary>Takes a datagram as the provider does: try, arm, wait, try again.</summary>
    public TestDatagram Receive(int room = 65_536)
    {
        var buffer = new byte[room];
        Assert.Equal(STATUS_SUCCESS, Receive(buffer, out var bytes, out var info));
        return new TestDatagram(buffer[..bytes], info);
    }

    public NTSTATUS Receive(Span<byte> buffer, out int bytes, out DatagramInfo info)
    {
        while (true)
        {
            var status = Socket.TryReceive(buffer, out bytes, out info);
            if (status != STATUS_PENDING)
            {
                return status;
            }
            Socket.ArmReceive();
            WaitReceivable();
        }
    }

    public void WaitReceivable() => Waiting.For(_receivable, "OnReceivable of a datagram socket");

    public void WaitBroken() => Waiting.For(_broken, "OnBroken of a datagram socket");

    public void OnReceivable()
    {
        Receivables++;
        Receivable?.Invoke();
        _receivable.Set();
    }

    public void OnBroken()
    {
        Brokens++;
        _broken.Set();
    }
}
