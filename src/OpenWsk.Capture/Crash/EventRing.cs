// The last events of a world, kept as they are and put into words only when somebody asks: a run that goes
// well pays for a copy of each event and nothing else. It reads no guest memory, which may be gone by then.
// It knows nothing about bug checks; CrashText.cs shows the lines.
using OpenWsk.Abi;
using OpenWsk.Kernel;
using OpenWsk.Ports;

namespace OpenWsk.Capture;

/// <summary>A bounded memory of events.</summary>
public sealed class EventRing(Func<nuint, string?>? nameCode = null, int count = EventRing.DefaultCount)
    : IEventSink
{
    /// <summary>How many events are kept.</summary>
    public const int DefaultCount = 50;

    private readonly Lock _lock = new();
    private readonly KernelEvent[] _events = new KernelEvent[count];
    private long _next;

    /// <inheritdoc/>
    public void OnEvent(in KernelEvent e)
    {
        lock (_lock)
            _events[_next++ % _events.Length] = e;
    }

    /// <summary>
    /// Whether a thread is in a routine of ours, by its last event; null when none of its events is kept.
    /// </summary>
    public bool? IsInRoutine(int threadId)
    {
        bool? isInside = null;
        foreach (var e in Kept())
        {
            if (e.ThreadId == threadId && e.Kind is not KernelEventKind.Breach)
                isInside = e.Kind is not (KernelEventKind.Return or KernelEventKind.Callback);
        }
        return isInside;
    }

    /// <summary>The events that are kept, oldest first, as lines.</summary>
    public IReadOnlyList<string> Lines() => [.. Kept().Select(e => Line(e))];

    private KernelEvent[] Kept()
    {
        lock (_lock)
        {
            var first = Math.Max(0, _next - _events.Length);
            return [.. Enumerable.Range(0, (int)(_next - first))
                .Select(i => _events[(first + i) % _events.Length])];
        }
    }

    private string Line(in KernelEvent e)
    {
        var what = Describe(e);
        return $"{e.TimeNs / 1e9:0.000000} T{e.ThreadId} {Irql.Name(e.Irql)} {what}";
    }

    private string Describe(in KernelEvent e)
    {
        var arguments = e.Arguments;
        var values = ((ReadOnlySpan<ulong>)arguments)[..e.ArgumentCount];
        return e.Kind switch
        {
            KernelEventKind.Call when e.Routine is Routine routine =>
                $"{routine.Name}({ArgumentFormatter.RawArguments(routine, values)})",
            KernelEventKind.Return when e.Routine is Routine routine =>
                $"<- {routine.Name} {ArgumentFormatter.Result(routine, e.Value)}".TrimEnd(),
            KernelEventKind.Callback => $"=> {Code(e.Value)}({Words(values)})",
            KernelEventKind.CallbackReturn => $"<= {Code(values[0])} -> {ArgumentFormatter.Hex(e.Value)}",
            KernelEventKind.IrpCompleted => $"* Irp={ArgumentFormatter.Hex(values[0])} completed "
                + $"{((NTSTATUS)(uint)values[1]).Name()}, Information={ArgumentFormatter.Hex(values[2])}",
            KernelEventKind.Breach => $"! {e.Text}: {e.Detail}",
            KernelEventKind.DebugPrint => $"DbgPrint {GuestReader.Quote(e.Text)}",
            KernelEventKind.Created => $"+ {e.Text} {ArgumentFormatter.Hex(values[0])}",
            KernelEventKind.Destroyed => $"- {e.Text} {ArgumentFormatter.Hex(values[0])}",
            _ => $"{e.Kind} {e.Text} {e.Detail}".TrimEnd(),
        };
    }

    private string Code(ulong address) => nameCode?.Invoke((nuint)address) ?? ArgumentFormatter.Hex(address);

    private static string Words(ReadOnlySpan<ulong> values)
    {
        var parts = new string[values.Length];
        for (var i = 0; i < parts.Length; i++)
            parts[i] = ArgumentFormatter.Hex(values[i]);
        return string.Join(", ", parts);
    }
}
