// The streams of a minidump that are lists: threads with their stacks, their names, drivers, and what the
// pages of memory allow. It knows nothing about the file's head. Next: MinidumpWriter.cs.
using OpenWsk.Kernel;

namespace OpenWsk.Capture;

public sealed partial class MinidumpWriter
{
    private void Threads() => Stream(DumpStream.ThreadList, () =>
    {
        var threads = _report.Threads.Where(t => _contexts.ContainsKey(t.Id)).ToList();
        _out.U32((uint)threads.Count);
        foreach (var thread in threads)
        {
            _out.U32((uint)thread.Id).U32(0).U32(0).U32(0).U64(thread.Kpcr);
            // The stack is part of the memory at the file's end; where is known when that is written.
            var stack = _report.Memory.FirstOrDefault(
                m => thread.StackStart - m.Address < (ulong)m.Bytes.Length);
            var bytes = stack is null ? 0 : Math.Min(thread.StackBytes, stack.End - thread.StackStart);
            _out.U64(thread.StackStart).U32((uint)bytes);
            PatchWithPosition(_out.Position, thread.StackStart);
            var (contextBytes, position) = _contexts[thread.Id];
            _out.U32(0).U32(contextBytes).U32(position);
        }
    });

    private void ThreadNames()
    {
        var names = _report.Threads.Select(t => (t.Id, Position: _out.Text(Name(t)))).ToList();
        Stream(DumpStream.ThreadNames, () =>
        {
            _out.U32((uint)names.Count);
            foreach (var (id, position) in names)
                _out.U32((uint)id).U64(position);
        });
    }

    private static string Name(CrashThread thread) =>
        thread.Name.Length == 0 ? $"T{thread.Id}" : $"T{thread.Id} {thread.Name}";

    private void Modules()
    {
        var named = _report.Modules.Select(m => (Module: m, Name: _out.Text(m.Name))).ToList();
        var records = new Dictionary<CrashModule, uint>();
        foreach (var module in _report.Modules.Where(m => !m.PdbRecord.IsEmpty))
        {
            _out.Align();
            records[module] = _out.Position;
            _out.Bytes(module.PdbRecord.Span);
        }
        Stream(DumpStream.ModuleList, () =>
        {
            _out.U32((uint)named.Count);
            foreach (var (module, name) in named)
            {
                const int VersionBytes = 52;
                _out.U64(module.Start).U32(module.SizeBytes).U32(module.CheckSum)
                    .U32(module.TimeStamp).U32(name);
                _out.Zeros(VersionBytes);
                _out.U32((uint)module.PdbRecord.Length).U32(records.GetValueOrDefault(module));
                _out.U32(0).U32(0).U64(0).U64(0);
            }
        });
    }

    private void MemoryInfo() => Stream(DumpStream.MemoryInfoList, () =>
    {
        const uint HeaderSize = 16, EntrySize = 48, Committed = 0x1000, Private = 0x2_0000, ReadWrite = 4;
        const uint ExecuteReadWrite = 0x40, Image = 0x100_0000;
        _out.U32(HeaderSize).U32(EntrySize).U64((ulong)_report.Memory.Count);
        foreach (var copy in _report.Memory)
        {
            var isImage = _report.Modules.Any(m => copy.Address - m.Start < m.SizeBytes);
            var protection = copy.IsCode ? ExecuteReadWrite : ReadWrite;
            _out.U64(copy.Address).U64(copy.Address).U32(protection).U32(0).U64((ulong)copy.Bytes.Length)
                .U32(Committed).U32(protection).U32(isImage ? Image : Private).U32(0);
        }
    });
}
