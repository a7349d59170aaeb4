// The black box of a process that runs drivers: a file, mapped into memory, that always holds the last events
// and which drivers lie where. A driver shares our address space and can destroy the runtime itself; what is
// in a mapped file survives that, and another process reads it (BlackBoxReader.cs). It knows nothing about
// why a process ends.
using System.IO.MemoryMappedFiles;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Text;
using OpenWsk.Ports;

namespace OpenWsk.Capture;

/// <summary>Keeps the last events of a world in a file.</summary>
public sealed class BlackBoxRecorder : IEventSink, IDisposable
{
    internal const ulong Magic = 0x3130_4258_4B53_574F; // "OWSKXB01" in the file's first bytes
    internal const int HeaderBytes = 4096;
    internal const int SlotCount = 256;
    internal const int FinishedOffset = 8;
    internal const int DriverCountOffset = 12;
    internal const int DriversOffset = 64;
    internal const int DriverBytes = 96;
    internal const int DriverNameBytes = 80;
    internal const int DriversMax = (HeaderBytes - DriversOffset) / DriverBytes;
    internal const int FileBytes = HeaderBytes + SlotCount * BlackBoxSlot.SizeBytes;

    private readonly Lock _gate = new();
    private readonly MemoryMappedFile _file;
    private readonly MemoryMappedViewAccessor _view;
    private int _drivers;
    private long _sequence;

    /// <summary>Makes the file, or empties the one that is there.</summary>
    /// <remarks>Errors: IOException and UnauthorizedAccessException as for any file.</remarks>
    public BlackBoxRecorder(string path)
    {
        _file = MemoryMappedFile.CreateFromFile(path, FileMode.Create, null, FileBytes);
        _view = _file.CreateViewAccessor(0, FileBytes);
        _view.Write(0, Magic);
    }

    /// <summary>Notes where a driver lies, so that addresses can be named afterwards.</summary>
    public void AddDriver(string name, nuint start, nuint lengthBytes)
    {
        lock (_gate)
        {
            if (_drivers == DriversMax)
                return;
            var at = DriversOffset + _drivers * DriverBytes;
            Span<byte> text = stackalloc byte[DriverNameBytes];
            text.Clear();
            Encoding.UTF8.GetEncoder().Convert(name, text[..^1], flush: true, out _, out _, out _);
            _view.SafeMemoryMappedViewHandle.WriteSpan<byte>((ulong)at, text);
            _view.Write(at + DriverNameBytes, (ulong)start);
            _view.Write(at + DriverNameBytes + 8, (ulong)lengthBytes);
            _view.Write(DriverCountOffset, ++_drivers);
        }
    }

    /// <summary>Notes that the process has told what there was to tell; its end is not a death.</summary>
    public void Finish() => _view.Write(FinishedOffset, 1);

    /// <inheritdoc/>
    public void OnEvent(in KernelEvent e)
    {
        // Each event has a slot of its own until the ring comes round, so no lock is taken.
        var sequence = Interlocked.Increment(ref _sequence);
        var slot = BlackBoxSlot.From(e, sequence);
        var at = HeaderBytes + (int)((sequence - 1) % SlotCount) * BlackBoxSlot.SizeBytes;
        _view.SafeMemoryMappedViewHandle.WriteSpan<byte>(
            (ulong)at, MemoryMarshal.AsBytes(new ReadOnlySpan<BlackBoxSlot>(in slot)));
    }

    /// <summary>Unmaps the file; it stays on the disk.</summary>
    public void Dispose()
    {
        _view.Dispose();
        _file.Dispose();
    }
}
