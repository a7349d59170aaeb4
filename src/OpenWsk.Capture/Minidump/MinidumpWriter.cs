// Writes a crash report as a minidump, the file that debuggers of Windows drivers open: the guest's threads
// with their registers and stacks, the drivers with the names of their PDB files, the exception, guest
// memory, and the report's text as a comment. Layouts: minidumpapiset.h as its documentation has them;
// offsets of parts are from the file's start. It reads no guest memory: the report holds copies. Streams of
// lists are in MinidumpWriter.Lists.cs. Divergence from Windows: a crash of the Windows kernel gives a
// kernel dump (DMP64), which describes physical memory; ours is a user-mode minidump, because there is no
// physical memory here.
using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Text;
using OpenWsk.Abi;
using OpenWsk.Kernel;

namespace OpenWsk.Capture;

/// <summary>Makes minidumps.</summary>
public sealed partial class MinidumpWriter
{
    private const int HeaderBytes = 32;
    private const int DirectoryEntryBytes = 12;
    private const uint BreakpointCode = 0x8000_0003;

    // A number whose middle tells a debugger that this is a bug check and whose low word is the code.
    private const uint BugCheckException = 0xE000_0000;
    private readonly CrashReport _report;
    private readonly DumpBuffer _out = new();
    private readonly List<(DumpStream Kind, uint Bytes, uint Position)> _directory = [];
    private readonly Dictionary<int, (uint Bytes, uint Position)> _contexts = [];
    private readonly List<Action<Func<ulong, uint>>> _whenMemoryIsPlaced = [];

    private MinidumpWriter(CrashReport report) => _report = report;

    /// <summary>The file's contents.</summary>
    /// <param name="report">What happened.</param>
    /// <param name="time">When, for the header. </param>
    public static byte[] Write(CrashReport report, DateTimeOffset time) =>
        new MinidumpWriter(report).Write(time);

    private byte[] Write(DateTimeOffset time)
    {
        Action<DateTimeOffset>[] streams =
        [
            _ => SystemInfo(), MiscInfo, _ => Contexts(), _ => Threads(), _ => ThreadNames(), _ => Modules(),
            _ => Exception(), _ => Comment(), _ => MemoryInfo(), _ => Memory(),
        ];
        // One entry is kept free for each stream; contexts are none, and unused entries are of kind 0.
        _out.Zeros(HeaderBytes + streams.Length * DirectoryEntryBytes);
        foreach (var stream in streams)
            stream(time);
        Header(time, streams.Length);
        return _out.ToArray();
    }

    private void Header(DateTimeOffset time, int streamCount)
    {
        const uint Signature = 0x504D_444D, Version = 0xA793;
        const ulong WithFullMemory = 2;
        var header = new DumpBuffer();
        header.U32(Signature).U32(Version).U32((uint)streamCount).U32(HeaderBytes).U32(0)
            .U32((uint)time.ToUnixTimeSeconds()).U64(WithFullMemory);
        foreach (var (kind, bytes, position) in _directory)
            header.U32((uint)kind).U32(bytes).U32(position);
        _out.Patch(0, header.ToArray());
    }

    private void Stream(DumpStream kind, Action write)
    {
        _out.Align();
        var start = _out.Position;
        write();
        _directory.Add((kind, _out.Position - start, start));
    }

    private void SystemInfo()
    {
        const ushort Amd64 = 9;
        const byte Workstation = 1;
        // The build that PsGetVersion and RtlGetVersion report to drivers here.
        const uint Major = 10, Build = 22621, WindowsNt = 2;
        var servicePack = _out.Text("");
        Stream(DumpStream.SystemInfo, () => _out
            .U16(Amd64).U16(6).U16(0).Bytes([1, Workstation]).U32(Major).U32(0).U32(Build).U32(WindowsNt)
            .U32(servicePack).U16(0).U16(0).Zeros(24));
    }

    private void MiscInfo(DateTimeOffset time) => Stream(DumpStream.MiscInfo, () =>
    {
        const uint HasProcessId = 1, HasTimes = 2;
        _out.U32(24).U32(HasProcessId | HasTimes).U32((uint)Environment.ProcessId)
            .U32((uint)time.ToUnixTimeSeconds()).U32(0).U32(0);
    });

    private void Comment() => Stream(
        DumpStream.CommentA, () => _out.Bytes(Encoding.UTF8.GetBytes(CrashText.Render(_report))).Zeros(1));

    private void Exception() => Stream(DumpStream.Exception, () =>
    {
        var thread = _report.Check.Snapshot?.ThreadId ?? 0;
        _out.U32((uint)thread).U32(0);
        if (_report.Check.Snapshot?.Exception is { } record)
            Record(record);
        else
            BugCheckRecord();
        var (bytes, position) = _contexts.GetValueOrDefault(thread);
        _out.U32(bytes).U32(position);
    });

    private void Record(in EXCEPTION_RECORD record)
    {
        _out.U32((uint)record.ExceptionCode).U32(record.ExceptionFlags)
            .U64(record.ExceptionRecord.Address).U64(record.ExceptionAddress)
            .U32(Math.Min(record.NumberParameters, 15)).U32(0);
        for (var i = 0; i < 15; i++)
            _out.U64(record.ExceptionInformation[i]);
    }

    // A bug check that a routine gave: no processor exception, but its code and its four parameters.
    private void BugCheckRecord()
    {
        var check = _report.Check;
        var code = check.Code <= 0xFFFF ? BugCheckException | check.Code : BreakpointCode;
        _out.U32(code).U32(1).U64(0).U64(check.Snapshot?.Context.Rip ?? 0).U32(5).U32(0).U64(check.Code);
        foreach (var value in BugCheckParameters.Values(check))
            _out.U64(value);
        _out.Zeros(8 * 10);
    }

    private void Contexts()
    {
        foreach (var thread in _report.Threads)
        {
            _out.Align();
            var context = thread.Context ?? default;
            // Debuggers look at the flags to learn which registers are there.
            const uint Amd64All = 0x10_001F;
            context.ContextFlags = Amd64All;
            (context.SegCs, context.SegSs, context.SegDs, context.SegEs) = (0x33, 0x2B, 0x2B, 0x2B);
            (context.SegFs, context.SegGs) = (0x53, 0x2B);
            var bytes = MemoryMarshal.AsBytes(new ReadOnlySpan<CONTEXT>(in context));
            _contexts[thread.Id] = ((uint)bytes.Length, _out.Position);
            _out.Bytes(bytes);
        }
    }

    private void Memory()
    {
        var memory = _report.Memory;
        _out.Align();
        var start = _out.Position;
        var data = start + 16 + 16 * (uint)memory.Count;
        _out.U64((ulong)memory.Count).U64(data);
        foreach (var copy in memory)
            _out.U64(copy.Address).U64((ulong)copy.Bytes.Length);
        _directory.Add((DumpStream.Memory64List, _out.Position - start, start));
        foreach (var copy in memory)
            _out.Bytes(copy.Bytes.Span);
        _whenMemoryIsPlaced.ForEach(patch => patch(address => PositionOf(address, data)));
    }

    private uint PositionOf(ulong address, uint data)
    {
        foreach (var copy in _report.Memory)
        {
            if (address >= copy.Address && address < copy.End)
                return data + (uint)(address - copy.Address);
            data += (uint)copy.Bytes.Length;
        }
        return 0;
    }

    private void PatchWithPosition(uint place, ulong address) => _whenMemoryIsPlaced.Add(positionOf =>
    {
        Span<byte> bytes = stackalloc byte[4];
        BinaryPrimitives.WriteUInt32LittleEndian(bytes, positionOf(address));
        _out.Patch(place, bytes);
    });
}
