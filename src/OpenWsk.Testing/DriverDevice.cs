// An open device as an application has it: device control, read, write, flush, cancel, close. Buffers are
// copied into guest memory of exactly their size, so that a driver that goes past one is caught. It knows
// nothing about IRPs: the kernel's IoService makes them.
using OpenWsk.Abi;
using OpenWsk.Kernel;
using static OpenWsk.Abi.WdmConstants;

namespace OpenWsk.Testing;

/// <summary>A handle to a device.</summary>
public sealed class DriverDevice : IDisposable
{
    /// <summary>GENERIC_READ | GENERIC_WRITE.</summary>
    public const uint ReadWrite = 0xC000_0000;

    /// <summary>The process that opens devices unless a test says otherwise.</summary>
    public const uint DefaultProcessId = 1000;

    private const uint BufferTag = 0x72_65_73_55; // 'User'
    private readonly DriverWorld _world;
    private readonly OpenFile _file;
    private readonly nuint _handle;
    private readonly Requestor _by;
    private readonly Lock _gate = new();
    private readonly List<PendingIo> _pending = [];
    private bool _isClosed;

    private DriverDevice(DriverWorld world, OpenFile file, nuint handle, uint processId)
    {
        _world = world;
        _file = file;
        _handle = handle;
        _by = Requestor.Application(processId);
    }

    /// <summary>Requests that have not completed.</summary>
    public IReadOnlyList<PendingIo> Pending
    {
        get
        {
            lock (_gate)
                return [.. _pending.Where(p => !p.IsCompleted)];
        }
    }

    /// <summary>The FILE_OBJECT.</summary>
    public GuestPtr<FILE_OBJECT> FileObject => _file.Pointer;

    /// <summary>Sends a device control and waits for its end.</summary>
    /// <param name="code">A CTL_CODE value.</param>
    /// <param name="input">The input buffer.</param>
    /// <param name="outputLength">Size of the output buffer. Units: bytes.</param>
    public IoResult IoControl(uint code, ReadOnlySpan<byte> input = default, int outputLength = 0) =>
        IoControlAsync(code, input, outputLength).Wait();

    /// <summary>Sends a device control; the result can be waited for, awaited, or cancelled.</summary>
    /// <remarks>As <see cref="IoControl"/>.</remarks>
    public PendingIo IoControlAsync(
        uint code, ReadOnlySpan<byte> input = default, int outputLength = 0) =>
        IoControlAsync(code, input, new byte[outputLength]);

    /// <summary>Sends a device control whose second buffer has contents (METHOD_IN_DIRECT).</summary>
    public PendingIo IoControlAsync(uint code, ReadOnlySpan<byte> input, ReadOnlySpan<byte> second)
    {
        var (bytes, contents) = (input.ToArray(), second.ToArray());
        return Send(bytes, contents, (IoBuffer i, IoBuffer o, in IoNotice n, out IoRequest? r) =>
            _world.Executive.Io.DeviceControl(_file, _by, code, i, o, n, out r));
    }

    /// <summary>Reads and waits.</summary>
    public IoResult Read(int length, long offset = 0) => ReadAsync(length, offset).Wait();

    /// <summary>Reads. Units: bytes.</summary>
    public PendingIo ReadAsync(int length, long offset = 0) =>
        Send([], new byte[length], (IoBuffer i, IoBuffer o, in IoNotice n, out IoRequest? r) =>
            _world.Executive.Io.Read(_file, _by, o, offset, 0, n, out r));

    /// <summary>Writes and waits.</summary>
    public IoResult Write(ReadOnlySpan<byte> data, long offset = 0) => WriteAsync(data, offset).Wait();

    /// <summary>Writes.</summary>
    public PendingIo WriteAsync(ReadOnlySpan<byte> data, long offset = 0)
    {
        var bytes = data.ToArray();
        return Send(bytes, [], (IoBuffer i, IoBuffer o, in IoNotice n, out IoRequest? r) =>
            _world.Executive.Io.Write(_file, _by, i, offset, 0, n, out r));
    }

    /// <summary>Sends IRP_MJ_FLUSH_BUFFERS and waits.</summary>
    public IoResult Flush() => Send([], [], (IoBuffer i, IoBuffer o, in IoNotice n, out IoRequest? r) =>
        _world.Executive.Io.Flush(_file, _by, n, out r)).Wait();

    /// <summary>
    /// Asks the driver to give every pending request of this handle up, as CancelIoEx does.
    /// </summary>
    public void Cancel()
    {
        foreach (var pending in Pending)
            pending.Cancel();
    }

    /// <summary>
    /// Closes the handle: the driver gets IRP_MJ_CLEANUP now, and IRP_MJ_CLOSE when no request is left.
    /// </summary>
    public void Dispose()
    {
        if (_isClosed)
            return;
        _isClosed = true;
        if (_world.StopReason is null && !_world.Executive.IsDisposed)
            _world.Run(() => _world.Executive.Handles.Close(_handle));
    }

    internal static DriverDevice Open(
        DriverWorld world, string path, uint access, uint processId, AccessToken token)
    {
        var opening = new FileOpening
        {
            Path = path,
            DesiredAccess = access,
            ShareAccess = FILE_SHARE_READ | FILE_SHARE_WRITE,
            Disposition = FILE_OPEN,
            Options = FILE_NON_DIRECTORY_FILE,
            By = Requestor.Application(processId) with { Token = token },
        };
        return world.Run(() =>
        {
            var status = world.Executive.Io.Open(opening, out var file, out _);
            if (file is null)
                throw new DeviceException(path, status);
            var handle = world.Executive.Handles.Open(file.Pointer.Address, file.Access);
            world.Executive.Objects.Dereference(file.Pointer.Address);
            return new DriverDevice(world, file, handle, processId);
        });
    }

    private PendingIo Send(byte[] input, byte[] output, Sender send)
    {
        ObjectDisposedException.ThrowIf(_isClosed, this);
        return _world.Run(() => SendInside(input, output, send));
    }

    private PendingIo SendInside(byte[] input, byte[] output, Sender send)
    {
        var (i, o) = (Put(input), Put(output));
        PendingIo? pending = null;
        IoResult? early = null;
        var gate = new Lock();
        var notice = new IoNotice
        {
            Callback = outcome =>
            {
                var result = Take(outcome, i, o);
                lock (gate)
                {
                    early = result;
                    pending?.SetResult(result);
                }
            },
        };
        var status = send(i, o, notice, out var request);
        if (request is null)
            return new PendingIo(_world, null, Take(new IoOutcome(status, 0), i, o));
        lock (gate)
            pending = new PendingIo(_world, request, early);
        lock (_gate)
        {
            _pending.RemoveAll(p => p.IsCompleted);
            _pending.Add(pending);
        }
        return pending;
    }

    private IoResult Take(IoOutcome outcome, IoBuffer input, IoBuffer output)
    {
        var length = outcome.Status.IsError() ? 0
            : (int)Math.Min((ulong)outcome.Information, output.LengthBytes);
        var bytes = GuestMemory.Span(output.Address, length).ToArray();
        foreach (var buffer in (IoBuffer[])[input, output])
        {
            if (buffer.Address != 0)
                _world.Executive.Pool.Free(buffer.Address, BufferTag);
        }
        return new IoResult(outcome.Status, outcome.Information, bytes);
    }

    private IoBuffer Put(byte[] bytes)
    {
        if (bytes.Length == 0)
            return default;
        var address = _world.Executive.Pool.Allocate(
            (nuint)bytes.Length, BufferTag, isPaged: false, isZeroed: true);
        bytes.CopyTo(GuestMemory.Span(address, bytes.Length));
        return new IoBuffer(address, (uint)bytes.Length);
    }

    private delegate NTSTATUS Sender(
        IoBuffer input, IoBuffer output, in IoNotice notice, out IoRequest? request);
}
