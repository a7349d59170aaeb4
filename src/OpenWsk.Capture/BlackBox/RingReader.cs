// Turns threads' rings into what happened, in order: within a thread by the records' own numbers, which also
// say between which of them a call came back, and among threads by their stamps. It trusts no number. It
// knows nothing about the memory that rings lie in.
using System.Runtime.InteropServices;
using OpenWsk.Kernel;
using OpenWsk.Ports;

namespace OpenWsk.Capture;

/// <summary>Reads rings.</summary>
internal sealed class RingReader(
    FlightTime time, Func<int, Routine?> findRoutine, Dictionary<int, string> names,
    Dictionary<ulong, string> notes)
{
    private readonly List<(ulong Stamp, FlightEvent Event)> _events = [];

    /// <summary>Adds what is in a ring.</summary>
    public void Add(ReadOnlySpan<byte> ring)
    {
        var threadId = MemoryMarshal.Read<int>(ring);
        var records = new List<FlightRecord>();
        var all = MemoryMarshal.Cast<byte, FlightRecord>(ring[FlightLayout.RingHeadBytes..]);
        for (var i = 0; i < FlightRing.RecordCount; i++)
        {
            if (all[i].Sequence != 0 && all[i].Sequence % FlightRing.RecordCount == (ulong)i)
                records.Add(all[i]);
        }
        records.Sort(static (a, b) => a.Sequence.CompareTo(b.Sequence));
        var stamp = 0ul;
        var entered = new Stack<FlightRecord>();
        for (var i = 0; i < records.Count; i++)
        {
            var record = records[i];
            // A thread's own order holds, whatever its stamps say.
            stamp = Math.Max(stamp, record.Stamp);
            AddRecord(threadId, record, stamp);
            if (record.Kind is KernelEventKind.Call or KernelEventKind.Callback && record.End != 1)
                entered.Push(record);
            // What came back before the next record began; what it had entered and not left is left too.
            var next = i + 1 < records.Count ? records[i + 1].Sequence : record.Sequence + 1;
            while (entered.Any(r => r.End != 0 && r.Sequence + (ulong)r.End <= next))
                AddReturn(threadId, entered.Pop(), record, stamp);
        }
    }

    /// <summary>Everything, oldest first.</summary>
    public IReadOnlyList<FlightEvent> Merge() =>
        [.. _events.OrderBy(e => e.Stamp).ThenBy(e => e.Event.ThreadId).Select(e => e.Event)];

    private void AddRecord(int threadId, in FlightRecord record, ulong stamp)
    {
        if (!IsWritten(record.Kind))
            return;
        var copy = record.Arguments;
        var words = ((ReadOnlySpan<ulong>)copy)[..Math.Min(record.ArgumentCount, EventArguments.Count)];
        var code = words.IsEmpty ? 0 : words[0];
        var isCallback = record.Kind == KernelEventKind.Callback;
        var isNote = record.Kind is not (
            KernelEventKind.Call or KernelEventKind.Callback or KernelEventKind.IrpCompleted);
        var e = Make(record.Kind, threadId, record, record.Stamp) with
        {
            Text = isNote ? notes.GetValueOrDefault(code, "?") : NameOf(record),
            Arguments = isNote ? [] : [.. isCallback && !words.IsEmpty ? words[1..] : words],
            IsOver = record.End == 1,
        };
        _events.Add((stamp, e));
    }

    private static bool IsWritten(KernelEventKind kind) => kind is KernelEventKind.Call
        or KernelEventKind.Callback or KernelEventKind.IrpCompleted or KernelEventKind.Breach
        or KernelEventKind.DebugPrint or KernelEventKind.Stopped or KernelEventKind.Trace
        or KernelEventKind.Notice;

    private void AddReturn(int threadId, in FlightRecord left, in FlightRecord last, ulong stamp)
    {
        var kind = left.Kind == KernelEventKind.Call ? KernelEventKind.Return
            : KernelEventKind.CallbackReturn;
        var e = Make(kind, threadId, left, last.Stamp) with
        {
            IsOver = true,
            IsAbandoned = left.IsAbandoned || left.End == 0,
        };
        _events.Add((stamp, e));
    }

    private FlightEvent Make(KernelEventKind kind, int threadId, in FlightRecord record, ulong stamp)
    {
        var isCall = record.Kind == KernelEventKind.Call;
        return new FlightEvent(kind, threadId, record.Irql, time.ToNs(stamp), NameOf(record), [])
        {
            Routine = isCall ? findRoutine(record.Routine) : null,
            Code = record.Kind == KernelEventKind.Callback ? record.Arguments[0] : 0,
            Result = record.Result,
            IsAbandoned = record.IsAbandoned,
        };
    }

    private string NameOf(in FlightRecord record) => record.Kind != KernelEventKind.Call ? ""
        : findRoutine(record.Routine)?.Name ?? names.GetValueOrDefault(record.Routine, "a routine");
}
