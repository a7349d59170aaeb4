// A WSK_CLIENT_DATAGRAM_DISPATCH whose callback records what it is given and answers as the test says. It
// knows nothing about enabling it: see TestClient.SetEvents.
using System.Text;
using OpenWsk.Abi;
using OpenWsk.Kernel;
using OpenWsk.Ports;
using static OpenWsk.Abi.NTSTATUS;

namespace OpenWsk.Provider.Tests;

/// <summary>One datagram of an indication, with copies of what it points to.</summary>
public sealed record ShownDatagram(
    GuestPtr<WSK_DATAGRAM_INDICATION> Indication,
    byte[] Data,
    EndpointAddress Source,
    IReadOnlyList<ControlObject> Control,
    bool HasControlPointer)
{
    public string Text => Encoding.ASCII.GetString(Data);

    /// <summary>What the structure describes now, as drivers read it.</summary>
    public byte[] ReadAgain()
    {
        ref var buffer = ref Indication.Value.Buffer;
        var start = buffer.Mdl.Value.MappedSystemVa + buffer.Offset;
        return GuestMemory.Span(start, (int)buffer.Length).ToArray();
    }
}

/// <summary>One call of WskReceiveFromEvent.</summary>
public sealed record ReceiveFromCall(
    ulong Context, uint Flags, ulong List, IReadOnlyList<ShownDatagram> Datagrams, byte Irql);

/// <summary>The callback of a datagram socket.</summary>
public sealed class DatagramEvents : IDisposable
{
    private readonly Executive _executive;
    private readonly nuint _table;
    private readonly nuint _receive;
    private readonly ManagedEvent _wake;
    private readonly Lock _gate = new();
    private readonly List<ReceiveFromCall> _calls = [];

    public DatagramEvents(Executive executive)
    {
        _executive = executive;
        _wake = new ManagedEvent(executive, EVENT_TYPE.SynchronizationEvent);
        _receive = executive.Code.Register(Receive);
        _table = executive.Heap.Allocate(8);
        GuestMemory.Write(_table, new WSK_CLIENT_DATAGRAM_DISPATCH { WskReceiveFromEvent = _receive });
    }

    /// <summary>What the client's callback does and returns; consumes everything by default.</summary>
    public Func<ReceiveFromCall, NTSTATUS> OnReceive { get; set; } = _ => STATUS_SUCCESS;

    /// <summary>Address of the table.</summary>
    public ulong Table => _table;

    public IReadOnlyList<ReceiveFromCall> Calls
    {
        get
        {
            lock (_gate)
                return [.. _calls];
        }
    }

    /// <summary>All datagrams that were shown, in order, whether or not they were consumed.</summary>
    public IReadOnlyList<ShownDatagram> Shown => [.. Calls.SelectMany(c => c.Datagrams)];

    public IReadOnlyList<string> Texts => [.. Shown.Select(d => d.Text)];

    /// <summary>Waits until so many callbacks have returned.</summary>
    public void WaitForCalls(int count) => WaitUntil(() => Calls.Count >= count);

    /// <summary>Waits until so many datagrams have been shown.</summary>
    public void WaitForDatagrams(int count) => WaitUntil(() => Shown.Count >= count);

    public void Dispose()
    {
        _executive.Code.Unregister(_receive);
        _executive.Heap.Free(_table);
    }

    private void WaitUntil(Func<bool> isSo)
    {
        while (!isSo())
            _wake.Wait();
    }

    private ulong Receive(ReadOnlySpan<ulong> arguments)
    {
        var call = new ReceiveFromCall(
            arguments[0],
            (uint)arguments[1],
            arguments[2],
            Copy(new GuestPtr<WSK_DATAGRAM_INDICATION>((nuint)arguments[2])),
            _executive.CurrentThread.Irql);
        var status = OnReceive(call);
        lock (_gate)
            _calls.Add(call);
        _wake.Set();
        return (uint)status;
    }

    private static List<ShownDatagram> Copy(GuestPtr<WSK_DATAGRAM_INDICATION> list)
    {
        var all = new List<ShownDatagram>();
        for (var at = list; !at.IsNull; at = at.Value.Next)
        {
            ref var one = ref at.Value;
            Assert.True(EndpointAddress.TryRead(one.RemoteAddress, out var source));
            var control = ControlObject.Parse(
                GuestMemory.Span(one.ControlInfo.Address, (int)one.ControlInfoLength));
            var shown = new ShownDatagram(at, [], source, control, !one.ControlInfo.IsNull);
            all.Add(shown with { Data = shown.ReadAgain() });
        }
        return all;
    }
}
