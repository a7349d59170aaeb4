// A registered client: WskRegister and WskCaptureProviderNPI when it is made, WskReleaseProviderNPI and
// WskDeregister when it is disposed. Here is its life; its parts: .Sockets (making them), .Controls
// (transports), .Names. It knows nothing about what sockets do: Sockets/.
using System.Runtime.CompilerServices;
using OpenWsk.Abi;
using OpenWsk.Kernel;
using static OpenWsk.Abi.WskConstants;

namespace OpenWsk;

/// <summary>A WSK client.</summary>
/// <remarks>All members may be called from any thread, and several calls may be under way.</remarks>
public sealed partial class WskClient : IAsyncDisposable
{
    // The registration block: WSK_CLIENT_DISPATCH, WSK_CLIENT_NPI, WSK_REGISTRATION, WSK_PROVIDER_NPI.
    private const int NpiOffset = 16;
    private const int RegistrationOffset = 32;
    private const int ProviderNpiOffset = 64;
    private const int BlockBytes = 96;
    private const ushort Version = 0x0100;

    private readonly WskHost _host;
    private readonly nuint _block;
    private readonly WSK_PROVIDER_NPI _npi;
    private readonly Lock _lock = new();
    private readonly HashSet<WskSocket> _sockets = [];
    private readonly HashSet<IrpOperation> _underWay = [];
    private CallGate _gate;
    private TaskCompletionSource? _disposal;
    private TaskCompletionSource? _change;

    private WskClient(WskHost host, nuint block)
    {
        _host = host;
        _block = block;
        // A copy, because late calls look at it when the block is gone; the table is the provider's.
        _npi = GuestMemory.Read<WSK_PROVIDER_NPI>(block + ProviderNpiOffset);
    }

    /// <summary>The events that are enabled on every socket from its start.</summary>
    public WskEvents StaticEvents { get; private set; }

    internal IrpPool Operations => _host.Operations;

    internal bool IsEnding => _gate.IsShut;

    private Executive Executive => _host.Executive;

    private ulong Client => _npi.Client.Address;

    private ref WSK_PROVIDER_DISPATCH Dispatch => ref _npi.Dispatch.Value;

    /// <summary>
    /// Closes the client's sockets, releases the provider and deregisters; waits until that is done.
    /// </summary>
    /// <remarks>Calls that are under way fail with <see cref="ObjectDisposedException"/>.</remarks>
    public ValueTask DisposeAsync()
    {
        TaskCompletionSource disposal;
        lock (_lock)
        {
            if (_disposal is not null)
                return new ValueTask(_disposal.Task);
            disposal = _disposal = new TaskCompletionSource();
        }
        return End(disposal);
    }

    internal static WskClient Register(WskHost host, TimeSpan? readyTimeout, WskEvents staticEvents)
    {
        var executive = host.Executive;
        var block = executive.Heap.Allocate(BlockBytes);
        GuestMemory.Write(block, new WSK_CLIENT_DISPATCH { Version = Version });
        GuestMemory.Write(block + NpiOffset, new WSK_CLIENT_NPI { Dispatch = new(block) });
        var status = Call(executive, "WskRegister", [block + NpiOffset, block + RegistrationOffset]);
        if (status.IsSuccess())
        {
            status = Call(executive, "WskCaptureProviderNPI",
                [block + RegistrationOffset, Milliseconds(readyTimeout), block + ProviderNpiOffset]);
            if (status.IsSuccess())
            {
                var client = new WskClient(host, block);
                status = client.SetStaticEvents(staticEvents);
                if (status.IsSuccess())
                    return client;
                Call(executive, "WskReleaseProviderNPI", [block + RegistrationOffset]);
            }
            Call(executive, "WskDeregister", [block + RegistrationOffset]);
        }
        executive.Heap.Free(block);
        throw new WskException("WskRegister", status);
    }

    /// <summary>A call that an operation makes is about to begin; ended by <see cref="EndCall"/>.</summary>
    internal void BeginCall(IrpOperation operation, in SocketCreation creation)
    {
        lock (_lock)
        {
            if (_disposal is null)
            {
                operation.Expect(creation);
                _underWay.Add(operation);
                return;
            }
        }
        operation.Abandon();
        throw new ObjectDisposedException(nameof(WskClient));
    }

    /// <summary>
    /// A call has ended, with a new socket or without; false when the client ends, and the socket with it.
    /// </summary>
    internal bool EndCall(IrpOperation operation, WskSocket? socket)
    {
        TaskCompletionSource? change;
        bool isEnding;
        lock (_lock)
        {
            _underWay.Remove(operation);
            if (socket is not null)
                _sockets.Add(socket);
            isEnding = _disposal is not null;
            (change, _change) = (_change, null);
        }
        change?.TrySetResult();
        return !isEnding;
    }

    /// <summary>A callback has brought a socket; false when the client ends.</summary>
    internal bool TryAdopt(WskSocket socket)
    {
        lock (_lock)
            return _disposal is null && _sockets.Add(socket);
    }

    internal void Forget(WskSocket socket)
    {
        lock (_lock)
            _sockets.Remove(socket);
    }

    // A call and the end of the registration must not cross: without a capture no dispatch function may be
    // called.
    private short Start(
        IrpOperation operation,
        string call,
        nuint function,
        ReadOnlySpan<ulong> arguments,
        in SocketCreation creation,
        CancellationToken cancellation)
    {
        if (!_gate.TryEnter())
        {
            operation.Abandon();
            throw new ObjectDisposedException(nameof(WskClient));
        }
        try
        {
            BeginCall(operation, creation);
            operation.Begin(call, cancellation);
            return operation.Start(function, arguments);
        }
        finally
        {
            _gate.Leave();
        }
    }

    private async ValueTask End(TaskCompletionSource disposal)
    {
        _gate.Shut();
        await EndCalls().ConfigureAwait(false);
        // WskDeregister blocks its thread until the provider has let go.
        var deregistration = new Deregistration(this);
        Executive.Scheduler.StartThread("openwsk deregistration", deregistration.Run);
        await deregistration.Task.ConfigureAwait(false);
        disposal.SetResult();
    }

    // A call that makes a socket may succeed although it was cancelled, so there may be more to close.
    private async Task EndCalls()
    {
        while (true)
        {
            WskSocket[] open;
            TaskCompletionSource? change = null;
            lock (_lock)
            {
                foreach (var operation in _underWay)
                    operation.Cancel();
                open = [.. _sockets];
                if (open.Length == 0 && _underWay.Count == 0)
                    return;
                if (open.Length == 0)
                    change = _change ??= new TaskCompletionSource();
            }
            foreach (var socket in open)
                await socket.DisposeAsync().ConfigureAwait(false);
            if (change is not null)
                await change.Task.ConfigureAwait(false);
        }
    }

    private NTSTATUS SetStaticEvents(WskEvents events)
    {
        StaticEvents = events;
        if (events == WskEvents.None)
            return NTSTATUS.STATUS_SUCCESS;
        var size = Unsafe.SizeOf<WSK_EVENT_CALLBACK_CONTROL>();
        var control = Executive.Heap.Allocate(size);
        GuestMemory.Write(control, new WSK_EVENT_CALLBACK_CONTROL
        {
            NpiId = new(Operations.Callbacks.Interface),
            EventMask = (uint)events,
        });
        var status = Control(WSK_SET_STATIC_EVENT_CALLBACKS, control, size, 0, 0, 0);
        Executive.Heap.Free(control);
        return status;
    }

    private static NTSTATUS Call(Executive executive, string name, ReadOnlySpan<ulong> arguments) =>
        (NTSTATUS)(uint)executive.Routines.Get(Libraries.Netio, name).Invoke(executive, arguments);

    private static ulong Milliseconds(TimeSpan? timeout) => timeout is { } span
        ? (ulong)Math.Clamp(span.TotalMilliseconds, WSK_NO_WAIT, WSK_INFINITE_WAIT - 1)
        : WSK_INFINITE_WAIT;

    // Runs on a thread of the world's own; its end is told where C# goes on.
    private sealed class Deregistration(WskClient client) : IThreadPoolWorkItem
    {
        private readonly TaskCompletionSource _done = new();

        public Task Task => _done.Task;

        public void Run()
        {
            var executive = client.Executive;
            Call(executive, "WskReleaseProviderNPI", [client._block + RegistrationOffset]);
            Call(executive, "WskDeregister", [client._block + RegistrationOffset]);
            executive.Heap.Free(client._block);
            KernelThread.Detach(executive);
            client.Operations.Continuations.Post(this);
        }

        public void Execute() => _done.SetResult();
    }
}
