// A WSK_CLIENT_LISTEN_DISPATCH whose callbacks record what they are given and answer as the test says. It
// knows nothing about enabling them. The callbacks of connections are TestEvents.cs.
using OpenWsk.Abi;
using OpenWsk.Kernel;
using OpenWsk.Ports;
using static OpenWsk.Abi.NTSTATUS;

namespace OpenWsk.Provider.Tests;

/// <summary>One call of WskAcceptEvent, with copies of the addresses.</summary>
public sealed record AcceptCall(
    ulong Context,
    uint Flags,
    nuint Socket,
    EndpointAddress Local,
    EndpointAddress Remote,
    GuestPtr<SOCKADDR> LocalBuffer,
    GuestPtr<nuint> ContextVariable,
    GuestPtr<nuint> TableVariable,
    byte Irql)
{
    /// <summary>Stores what becomes context and table of the accepted socket.</summary>
    public NTSTATUS Take(ulong context, ulong table)
    {
        ContextVariable.Value = (nuint)context;
        TableVariable.Value = (nuint)table;
        return STATUS_SUCCESS;
    }
}

/// <summary>One call of WskInspectEvent; the identifier is a copy, null when there was none.</summary>
public sealed record InspectCall(
    ulong Context,
    EndpointAddress Local,
    EndpointAddress Remote,
    WSK_INSPECT_ID? Id,
    GuestPtr<SOCKADDR> LocalBuffer,
    GuestPtr<WSK_INSPECT_ID> IdBuffer,
    byte Irql);

/// <summary>One call of WskAbortEvent.</summary>
public sealed record AbortCall(ulong Context, WSK_INSPECT_ID Id);

/// <summary>The callbacks of a listener.</summary>
public sealed class TestListenEvents : IDisposable
{
    private readonly Executive _executive;
    private readonly nuint _table;
    private readonly nuint[] _code;
    private readonly ManagedEvent _wake;
    private readonly Lock _gate = new();
    private readonly List<AcceptCall> _accepts = [];
    private readonly List<InspectCall> _inspects = [];
    private readonly List<AbortCall> _aborts = [];

    public TestListenEvents(Executive executive)
    {
        _executive = executive;
        _wake = new ManagedEvent(executive, EVENT_TYPE.SynchronizationEvent);
        _code =
        [
            executive.Code.Register(Accept), executive.Code.Register(Inspect), executive.Code.Register(Abort),
        ];
        _table = executive.Heap.Allocate(24);
        Callbacks.Value = new WSK_CLIENT_LISTEN_DISPATCH
        {
            WskAcceptEvent = _code[0],
            WskInspectEvent = _code[1],
            WskAbortEvent = _code[2],
        };
    }

    /// <summary>What the client's WskAcceptEvent does and returns; takes the socket by default.</summary>
    public Func<AcceptCall, NTSTATUS> OnAccept { get; set; } = _ => STATUS_SUCCESS;

    /// <summary>A socket that the client has taken.</summary>
    public Action<nuint>? Taken { get; set; }

    /// <summary>What the client's WskInspectEvent does and returns.</summary>
    public Func<InspectCall, WSK_INSPECT_ACTION> OnInspect { get; set; } =
        _ => WSK_INSPECT_ACTION.WskInspectAccept;

    /// <summary>What the client's WskAbortEvent does and returns.</summary>
    public Func<AbortCall, NTSTATUS> OnAbort { get; set; } = _ => STATUS_SUCCESS;

    /// <summary>Address of the table.</summary>
    public ulong Table => _table;

    /// <summary>The table, to leave callbacks out of it.</summary>
    public GuestPtr<WSK_CLIENT_LISTEN_DISPATCH> Callbacks => new(_table);

    public IReadOnlyList<AcceptCall> Accepts => Copy(_accepts);

    public IReadOnlyList<InspectCall> Inspects => Copy(_inspects);

    public IReadOnlyList<AbortCall> Aborts => Copy(_aborts);

    /// <summary>Waits until so many accept callbacks have returned.</summary>
    public AcceptCall WaitForAccept(int count = 1) => WaitFor(_accepts, count);

    /// <summary>Waits until so many inspect callbacks have returned.</summary>
    public InspectCall WaitForInspect(int count = 1) => WaitFor(_inspects, count);

    /// <summary>Waits until so many abort callbacks have returned.</summary>
    public AbortCall WaitForAbort(int count = 1) => WaitFor(_aborts, count);

    public void Dispose()
    {
        foreach (var code in _code)
            _executive.Code.Unregister(code);
        _executive.Heap.Free(_table);
    }

    private List<T> Copy<T>(List<T> calls)
    {
        lock (_gate)
            return [.. calls];
    }

    private T WaitFor<T>(List<T> calls, int count)
    {
        while (Copy(calls).Count < count)
            _wake.Wait();
        return Copy(calls)[count - 1];
    }

    private void Note<T>(List<T> calls, T call)
    {
        lock (_gate)
            calls.Add(call);
        _wake.Set();
    }

    private ulong Accept(ReadOnlySpan<ulong> arguments)
    {
        var call = new AcceptCall(
            arguments[0],
            (uint)arguments[1],
            (nuint)arguments[4],
            Read(arguments[2]),
            Read(arguments[3]),
            new GuestPtr<SOCKADDR>((nuint)arguments[2]),
            new GuestPtr<nuint>((nuint)arguments[5]),
            new GuestPtr<nuint>((nuint)arguments[6]),
            _executive.CurrentThread.Irql);
        var status = OnAccept(call);
        if (status == STATUS_SUCCESS && call.Socket != 0)
            Taken?.Invoke(call.Socket);
        Note(_accepts, call);
        return (uint)status;
    }

    private ulong Inspect(ReadOnlySpan<ulong> arguments)
    {
        var id = new GuestPtr<WSK_INSPECT_ID>((nuint)arguments[3]);
        var call = new InspectCall(
            arguments[0], Read(arguments[1]), Read(arguments[2]), id.IsNull ? null : id.Value,
            new GuestPtr<SOCKADDR>((nuint)arguments[1]), id, _executive.CurrentThread.Irql);
        var action = OnInspect(call);
        Note(_inspects, call);
        return (uint)action;
    }

    private ulong Abort(ReadOnlySpan<ulong> arguments)
    {
        var call = new AbortCall(
            arguments[0], new GuestPtr<WSK_INSPECT_ID>((nuint)arguments[1]).Value);
        var status = OnAbort(call);
        Note(_aborts, call);
        return (uint)status;
    }

    private static EndpointAddress Read(ulong address)
    {
        Assert.True(EndpointAddress.TryRead(new GuestPtr<SOCKADDR>((nuint)address), out var read));
        return read;
    }
}
