// One asynchronous WSK call: an IRP with a managed completion routine, a WSK_BUF with its MDL, room for two
// addresses, and the ValueTask that the caller awaits. It is used again and again and allocates nothing then.
// The completion routine runs on the dispatcher at DISPATCH_LEVEL and only hands the outcome over:
// continuations run on the thread pool. After the call has begun nothing here is touched by its starter,
// because the awaiter may have given the operation back already. It does not know which function it serves.
using System.Buffers;
using System.Runtime.CompilerServices;
using System.Threading.Tasks.Sources;
using OpenWsk.Abi;
using OpenWsk.Kernel;
using OpenWsk.Ports;
using static OpenWsk.Abi.WskConstants;

namespace OpenWsk;

/// <summary>What an IRP was completed with.</summary>
internal readonly record struct IrpOutcome(NTSTATUS Status, nuint Information);

/// <summary>A reusable operation.</summary>
internal sealed class IrpOperation
    : IValueTaskSource, IValueTaskSource<int>, IValueTaskSource<nuint>, IThreadPoolWorkItem
{
    // The scratch block: WSK_BUF, then two SOCKADDR_STORAGE-sized places, 16-byte aligned.
    private const int LocalAddressOffset = 32;
    private const int RemoteAddressOffset = 64;
    private const int ScratchBytes = 96;
    private const int PageBytes = 4096;
    private const byte InvokeAlways = SL_INVOKE_ON_CANCEL | SL_INVOKE_ON_SUCCESS | SL_INVOKE_ON_ERROR;

    private readonly IrpPool _pool;
    private readonly Executive _executive;
    private readonly nuint _scratch;
    private readonly nuint _completion;
    private ManualResetValueTaskSourceCore<IrpOutcome> _core;
    private nuint _mdl;
    private int _mdlPages;
    private MemoryHandle _pin;
    private CancellationToken _cancellation;
    private CancellationTokenRegistration _registration;
    private string _call = "";
    private IrpOutcome _outcome;

    public IrpOperation(IrpPool pool)
    {
        _pool = pool;
        _executive = pool.Executive;
        _scratch = _executive.Heap.Allocate(ScratchBytes);
        _completion = _executive.Code.Register(CompleteIrp);
        Irp = (nuint)pool.AllocateIrp.Invoke(_executive, [1, 0]);
        if (Irp == 0)
            throw new WskException(pool.AllocateIrp.Name, NTSTATUS.STATUS_INSUFFICIENT_RESOURCES);
    }

    /// <summary>The most bytes of one buffer: what the 16-bit size of an MDL can describe.</summary>
    public static int BufferBytesMax { get; } = 8 * 1024 * 1024;

    public IrpOperation? NextFree { get; set; }

    public nuint Irp { get; }

    /// <summary>The WSK_BUF that <see cref="SetBuffer"/> filled.</summary>
    public nuint Buffer => _scratch;

    /// <summary>Room for a SOCKADDR, with the address that <see cref="SetLocal"/> wrote.</summary>
    public nuint LocalAddress => _scratch + LocalAddressOffset;

    /// <summary>Room for a SOCKADDR, with the address that <see cref="SetRemote"/> wrote.</summary>
    public nuint RemoteAddress => _scratch + RemoteAddressOffset;

    /// <summary>Makes the IRP ready for a call; the token cancels it from now on.</summary>
    public void Begin(string call, CancellationToken cancellation)
    {
        _call = call;
        _core.Reset();
        _pool.ReuseIrp.Invoke(_executive, [Irp, 0]);
        ref var location = ref new GuestPtr<IRP>(Irp).Value.CurrentStackLocation.At(-1).Value;
        location.CompletionRoutine = _completion;
        location.Context = 0;
        location.Control = InvokeAlways;
        _cancellation = cancellation;
        _registration =
            cancellation.UnsafeRegister(static operation => ((IrpOperation)operation!).Cancel(), this);
    }

    public void SetLocal(in EndpointAddress address) => address.Write(new GuestPtr<SOCKADDR>(LocalAddress));

    public void SetRemote(in EndpointAddress address) => address.Write(new GuestPtr<SOCKADDR>(RemoteAddress));

    /// <summary>
    /// Points the WSK_BUF at managed memory, which stays pinned until the operation is over.
    /// </summary>
    public void SetBuffer(ReadOnlyMemory<byte> memory)
    {
        _pin = memory.Pin();
        var address = GuestMemory.AddressOf(_pin);
        BuildMdl(address, memory.Length);
        GuestMemory.Write(Buffer, new WSK_BUF { Mdl = new(_mdl), Offset = 0, Length = (nuint)memory.Length });
    }

    /// <summary>Calls a dispatch function whose last argument is this operation's IRP.</summary>
    /// <returns>The token of this use, for the ValueTask.</returns>
    public short Start(nuint function, ReadOnlySpan<ulong> arguments)
    {
        var version = _core.Version;
        _executive.Code.Call(function, arguments);
        return version;
    }

    /// <summary>Gives the operation back; it was not started, or it is over.</summary>
    public void Abandon()
    {
        _registration.Dispose();
        _registration = default;
        _cancellation = default;
        _pin.Dispose();
        _pin = default;
        _pool.Return(this);
    }

    public ValueTaskSourceStatus GetStatus(short token) => _core.GetStatus(token);

    public void OnCompleted(
        Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags) =>
        _core.OnCompleted(continuation, state, token, flags);

    void IValueTaskSource.GetResult(short token) => Finish(token);

    int IValueTaskSource<int>.GetResult(short token) => (int)Finish(token);

    nuint IValueTaskSource<nuint>.GetResult(short token) => Finish(token);

    /// <summary>Frees the guest memory; nobody uses the operation any more.</summary>
    public void Free()
    {
        if (_executive.IsDisposed)
            return;
        _pool.FreeIrp.Invoke(_executive, [Irp]);
        _executive.Code.Unregister(_completion);
        _executive.Heap.Free(_scratch);
        if (_mdl != 0)
            _executive.Heap.Free(_mdl);
    }

    // On the thread pool: the awaiter goes on from here, and may use the operation again before this returns.
    void IThreadPoolWorkItem.Execute() => _core.SetResult(_outcome);

    private void Cancel() => _pool.CancelIrp.Invoke(_executive, [Irp]);

    // The IRP's completion routine. MORE_PROCESSING_REQUIRED keeps the IRP ours, as for every driver's own
    // IRP.
    private ulong CompleteIrp(ReadOnlySpan<ulong> arguments)
    {
        ref var io = ref new GuestPtr<IRP>(Irp).Value.IoStatus;
        _outcome = new IrpOutcome(io.Status, io.Information);
        // The operation is its own work item: handing over a continuation would allocate one.
        ThreadPool.UnsafeQueueUserWorkItem(this, preferLocal: false);
        return (uint)NTSTATUS.STATUS_MORE_PROCESSING_REQUIRED;
    }

    private nuint Finish(short token)
    {
        var outcome = _core.GetResult(token);
        var (call, cancellation) = (_call, _cancellation);
        Abandon();
        if (outcome.Status.IsSuccess())
            return outcome.Information;
        if (outcome.Status == NTSTATUS.STATUS_CANCELLED)
            cancellation.ThrowIfCancellationRequested();
        throw new WskException(call, outcome.Status);
    }

    // Pinned managed memory is to the provider what non-paged pool is: it is there, and it does not move.
    private void BuildMdl(nuint address, int lengthBytes)
    {
        var offset = (int)(address % PageBytes);
        var pages = (offset + lengthBytes + PageBytes - 1) / PageBytes;
        if (pages > _mdlPages || _mdl == 0)
            Grow(pages);
        GuestMemory.Write(_mdl, new MDL
        {
            Size = (short)(MDL.SizeBytes + (pages * Unsafe.SizeOf<ulong>())),
            MdlFlags = MDL_SOURCE_IS_NONPAGED_POOL,
            MappedSystemVa = address,
            StartVa = address - (nuint)offset,
            ByteOffset = (uint)offset,
            ByteCount = (uint)lengthBytes,
        });
    }

    private void Grow(int pages)
    {
        if (_mdl != 0)
            _executive.Heap.Free(_mdl);
        _mdlPages = Math.Max(pages, 2 * _mdlPages);
        _mdl = _executive.Heap.Allocate(MDL.SizeBytes + (_mdlPages * Unsafe.SizeOf<ulong>()));
    }
}
