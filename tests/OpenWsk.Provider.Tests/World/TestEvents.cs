// A WSK_CLIENT_CONNECTION_DISPATCH whose callbacks record what they are given and answer as the test says.
// It knows nothing about enabling them: see TestClient.SetEvents.
using OpenWsk.Abi;
using OpenWsk.Kernel;
using static OpenWsk.Abi.NTSTATUS;

namespace OpenWsk.Provider.Tests;

/// <summary>One call of WskReceiveEvent, with a copy of the data.</summary>
public sealed record ReceiveCall(
    ulong Context,
    uint Flags,
    GuestPtr<WSK_DATA_INDICATION> Indication,
    nuint BytesIndicated,
    GuestPtr<nuint> BytesAccepted,
    byte[] Data,
    byte Irql);

/// <summary>One call of WskDisconnectEvent.</summary>
public sealed record DisconnectCall(ulong Context, uint Flags, byte Irql);

/// <summary>The callbacks of a socket.</summary>
public sealed class TestEvents : IDisposable
{
    private readonly Executive _executive;
    private readonly nuint _table;
    private readonly nuint _receive;
    private readonly nuint _disconnect;
    private readonly ManagedEvent _wake;
    private readonly Lock _gate = new();
    private readonly List<ReceiveCall> _receives = [];
    private readonly List<DisconnectCall> _disconnects = [];

    public TestEvents(Executive executive)
    {
        _executive = executive;
        _wake = new ManagedEvent(executive, EVENT_TYPE.SynchronizationEvent);
        _receive = executive.Code.Register(Receive);
        _disconnect = executive.Code.Register(Disconnect);
        _table = executive.Heap.Allocate(24);
        GuestMemory.Write(
            _table, new WSK_CLIENT_CONNECTION_DISPATCH { WskReceiveEvent = _receive,
            WskDisconnectEvent = _disconnect });
    }

    /// <summary>What the client's WskReceiveEvent does and returns; accepts everything by default.</summary>
    public Func<ReceiveCall, NTSTATUS> OnReceive { get; set; } = _ => STATUS_SUCCESS;

    /// <summary>What the client's WskDisconnectEvent does.</summary>
    public Action<DisconnectCall>? OnDisconnect { get; set; }

    /// <summary>What the client's WskDisconnectEvent returns.</summary>
    public NTSTATUS DisconnectAnswer { get; set; } = STATUS_SUCCESS;

    /// <summary>Address of the table.</summary>
    public ulong Table => _table;

    public IReadOnlyList<ReceiveCall> Receives
    {
        get
        {
            lock (_gate)
                return [.. _receives];
        }
    }

    public IReadOnlyList<DisconnectCall> Disconnects
    {
        get
        {
            lock (_gate)
                return [.. _disconnects];
        }
    }

    /// <summary>All bytes that were shown, in order, whether or not they were accepted.</summary>
    public byte[] Shown => [.. Receives.SelectMany(r => r.Data)];

    /// <summary>Waits until so many receive callbacks have returned.</summary>
    public void WaitForReceives(int count) => WaitUntil(() => Receives.Count >= count);

    /// <summary>Waits until so many bytes have been shown.</summary>
    public void WaitForBytes(int count) => WaitUntil(() => Shown.Length >= count);

    /// <summary>Waits until so many disconnect callbacks have returned.</summary>
    public void WaitForDisconnects(int count) => WaitUntil(() => Disconnects.Count >= count);

    public void Dispose()
    {
        _executive.Code.Unregister(_receive);
        _executive.Code.Unregister(_disconnect);
        _executive.Heap.Free(_table);
    }

    private void WaitUntil(Func<bool> isSo)
    {
        while (!isSo())
            _wake.Wait();
    }

    private ulong Receive(ReadOnlySpan<ulong> arguments)
    {
        var indication = new GuestPtr<WSK_DATA_INDICATION>((nuint)arguments[2]);
        var call = new ReceiveCall(
            arguments[0],
            (uint)arguments[1],
            indication,
            (nuint)arguments[3],
            new GuestPtr<nuint>((nuint)arguments[4]),
            Copy(indication),
            _executive.CurrentThread.Irql);
        var status = OnReceive(call);
        lock (_gate)
            _receives.Add(call);
        _wake.Set();
        return (uint)status;
    }

    private ulong Disconnect(ReadOnlySpan<ulong> arguments)
    {
        var call = new DisconnectCall(arguments[0], (uint)arguments[1], _executive.CurrentThread.Irql);
        OnDisconnect?.Invoke(call);
        lock (_gate)
            _disconnects.Add(call);
        _wake.Set();
        return (uint)DisconnectAnswer;
    }

    // As drivers read an indication: MappedSystemVa plus Offset, Length bytes, then Next.
    private static byte[] Copy(GuestPtr<WSK_DATA_INDICATION> list)
    {
        var data = new List<byte>();
        for (var at = list; !at.IsNull; at = at.Value.Next)
        {
            ref var buffer = ref at.Value.Buffer;
            var start = buffer.Mdl.Value.MappedSystemVa + buffer.Offset;
            data.AddRange(GuestMemory.Span(start, (int)buffer.Length));
        }
        return [.. data];
    }
}
