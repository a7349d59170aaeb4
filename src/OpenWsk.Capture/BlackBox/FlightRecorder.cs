// The flight recorder of a process that runs drivers: memory that always holds what each thread did last, and
// which drivers lie where. It may be a file's: a driver shares our address space and can destroy the runtime
// itself; what is in a mapped file survives that, and another process reads it (BlackBoxReader.cs). Calls are
// records in the threads' own rings (FlightRings.cs); what is rare and has a text is an event, kept here. It
// knows nothing about why a process ends.
using System.IO.MemoryMappedFiles;
using System.Runtime.InteropServices;
using System.Text;
using OpenWsk.Abi;
using OpenWsk.Kernel;
using OpenWsk.Ports;

namespace OpenWsk.Capture;

/// <summary>Keeps what the threads of a world did last.</summary>
public sealed class FlightRecorder : IFlightRecorder, IEventSink, IDisposable
{
    private readonly Lock _gate = new();
    private readonly MemoryMappedFile? _file;
    private readonly MemoryMappedViewAccessor? _view;
    private readonly byte[]? _memory;
    private readonly nuint _start;
    private readonly FlightRings _rings;
    private readonly Dictionary<int, Routine> _routines = [];
    private Executive? _executive;
    private FlightClock? _clock;
    private int _drivers;
    private int _nameBytes;
    private long _notes;

    /// <summary>Records in memory, or in a file that is made or emptied.</summary>
    /// <remarks>Errors: IOException and UnauthorizedAccessException as for any file.</remarks>
    public FlightRecorder(string? path = null)
    {
        if (path is null)
        {
            (_memory, _start) = FlightRings.Allocate(FlightLayout.FileBytes);
        }
        else
        {
            // The disk's room is taken at once: a write to a page that finds none would be a signal.
            using (File.OpenHandle(
                path, FileMode.Create, FileAccess.Write, preallocationSize: FlightLayout.FileBytes))
            {
            }
            _file = MemoryMappedFile.CreateFromFile(path, FileMode.Open, null, FlightLayout.FileBytes);
            _view = _file.CreateViewAccessor(0, FlightLayout.FileBytes);
            _start = (nuint)_view.SafeMemoryMappedViewHandle.DangerousGetHandle()
                + (nuint)_view.PointerOffset;
        }
        _rings = new FlightRings(_start + FlightLayout.RingsOffset);
        GuestMemory.Write(_start, FlightLayout.Magic);
    }

    /// <summary>Begins to record a world; there is one for each recorder.</summary>
    public void Attach(Executive executive)
    {
        _executive = executive;
        _clock = new FlightClock(executive.Code.Native?.TimeStamp ?? 0, executive.Clock);
        NoteMoment(FlightLayout.FirstMomentOffset);
        foreach (var routine in executive.Routines.All.Concat(executive.Routines.Unlisted))
            AddName(routine);
        executive.Routines.UnlistedAdded += AddName;
        executive.StartFlight(this);
        executive.AddSink(this);
    }

    /// <summary>Notes where a driver lies, so that addresses can be named afterwards.</summary>
    public void AddDriver(string name, nuint start, nuint lengthBytes)
    {
        lock (_gate)
        {
            if (_drivers == FlightLayout.DriversMax)
                return;
            var at = _start + FlightLayout.DriversOffset + (nuint)(_drivers * FlightLayout.DriverBytes);
            var text = GuestMemory.Span(at, FlightLayout.DriverNameBytes);
            text.Clear();
            Encoding.UTF8.GetEncoder().Convert(name, text[..^1], flush: true, out _, out _, out _);
            GuestMemory.Write(at + FlightLayout.DriverNameBytes, (ulong)start);
            GuestMemory.Write(at + FlightLayout.DriverNameBytes + 8, (ulong)lengthBytes);
            GuestMemory.Write(_start + FlightLayout.DriverCountOffset, ++_drivers);
        }
        OnTick();
    }

    /// <summary>Notes that the process has told what there was to tell; its end is not a death.</summary>
    public void Finish() => GuestMemory.Write(_start + FlightLayout.FinishedOffset, 1);

    /// <summary>What is recorded now, while threads go on.</summary>
    public BlackBoxContents Read()
    {
        OnTick();
        var copy = GuestMemory.Span(_start, FlightLayout.FileBytes).ToArray();
        List<byte[]> rings = [];
        for (var i = 0; i < FlightLayout.RingCount; i++)
        {
            var offset = FlightLayout.RingsOffset + i * FlightLayout.RingBytes;
            rings.Add(FlightRings.Copy(_start + (nuint)offset));
        }
        lock (_gate)
        {
            return BlackBoxReader.Read(
                copy, rings.Concat(_rings.CopyPrivate()), number => _routines.GetValueOrDefault(number));
        }
    }

    FlightRing IFlightRecorder.Take(int threadId) => _rings.Take(threadId, _clock!, OnTick);

    void IFlightRecorder.Return(FlightRing ring) => _rings.Return(ring);

    /// <inheritdoc/>
    public bool Wants(KernelEventKind kind) => kind is KernelEventKind.Breach or KernelEventKind.DebugPrint
        or KernelEventKind.Stopped or KernelEventKind.Trace or KernelEventKind.Notice;

    /// <inheritdoc/>
    public void OnEvent(in KernelEvent e)
    {
        if (!Wants(e.Kind))
            return;
        // Each note has a place of its own until its turn comes again, so no lock is taken.
        var number = Interlocked.Increment(ref _notes);
        var at = FlightLayout.NotesOffset + (number - 1) % FlightLayout.NoteCount * FlightNote.SizeBytes;
        GuestMemory.Write(_start + (nuint)at, FlightNote.From(e, number));
        var thread = _executive!.CurrentThread;
        thread.Flight?.Begin(FlightRecord.Describe(e.Kind, 1, e.Irql), (ulong)number);
        OnTick();
    }

    /// <summary>Unmaps the file, which stays on the disk; the world has ended.</summary>
    public void Dispose()
    {
        _view?.Dispose();
        _file?.Dispose();
    }

    // How long a tick of the stamps is, the better known the longer it has been looked at.
    private void OnTick() => NoteMoment(FlightLayout.LastMomentOffset);

    private void NoteMoment(int offset)
    {
        if (_clock is not { } clock || !_gate.TryEnter())
            return;
        try
        {
            GuestMemory.Write(_start + (nuint)offset, clock.Read());
            GuestMemory.Write(_start + (nuint)offset + 8, clock.Clock.NowNs);
        }
        finally
        {
            _gate.Exit();
        }
    }

    private void AddName(Routine routine)
    {
        lock (_gate)
        {
            _routines[routine.Number] = routine;
            var at = _start + FlightLayout.NamesOffset + (nuint)_nameBytes;
            var room = FlightLayout.NamesBytes - _nameBytes - FlightLayout.NameHeadBytes;
            if (room < FlightLayout.NameBytesMax)
                return;
            var area = GuestMemory.Span(at + FlightLayout.NameHeadBytes, FlightLayout.NameBytesMax);
            Encoding.UTF8.GetEncoder()
                .Convert(routine.Name, area, flush: true, out _, out var used, out _);
            GuestMemory.Write(at + 4, (byte)used);
            GuestMemory.Write(at, routine.Number);
            _nameBytes += FlightLayout.NameHeadBytes + used;
        }
    }
}
