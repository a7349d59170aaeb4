// The account of a process that a driver took down, made of its black box: what it died of, where each thread
// was, and the last events. It knows nothing about files or processes. A line of events looks like a line of
// the trace, with bare numbers, because the guest's memory is gone.
using OpenWsk.Kernel;
using OpenWsk.Ports;

namespace OpenWsk.Capture;

/// <summary>Words for a black box.</summary>
public static class AutopsyText
{
    /// <summary>How many of the last events an account shows.</summary>
    public const int EventsShown = FlightText.EventsShown;

    /// <summary>The account, a line each.</summary>
    public static IEnumerable<string> Lines(BlackBoxContents box)
    {
        foreach (var driver in box.Drivers)
            yield return $"driver {driver.Name} at 0x{driver.Start:x}, {driver.LengthBytes} bytes";
        foreach (var (thread, place) in Places(box))
            yield return $"thread T{thread} was in {place}";
        yield return box.Events.Count == 0 ? "no event was recorded" : "the last events:";
        foreach (var e in box.Events.TakeLast(EventsShown))
            yield return "  " + Line(box, e);
    }

    /// <summary>One event, as the trace would show it.</summary>
    public static string Line(BlackBoxContents box, FlightEvent e) =>
        $"{e.TimeNs / 1e9,12:0.000000} T{e.ThreadId,-4} {Irql.Name(e.Irql),-14} "
        + Printable(FlightText.Describe(e, box.NameAddress));

    /// <summary>
    /// For each thread of which the events say so, the innermost call or guest code that it had not left.
    /// </summary>
    public static IReadOnlyList<(int Thread, string Place)> Places(BlackBoxContents box)
    {
        var stacks = new SortedDictionary<int, Stack<string>>();
        foreach (var e in box.Events)
        {
            if (!stacks.TryGetValue(e.ThreadId, out var stack))
                stacks[e.ThreadId] = stack = new Stack<string>();
            if (e.IsEntry)
            {
                stack.Push(e.Kind == KernelEventKind.Call ? $"{e.Text}, called by a driver or for one"
                    : $"guest code that began at {box.NameAddress(e.Code)}");
            }
            else if (e.IsExit)
            {
                stack.TryPop(out _);
            }
        }
        return [.. stacks.Where(s => s.Value.Count != 0).Select(s => (s.Key, s.Value.Peek()))];
    }

    private static string Printable(string text) =>
        string.Concat(text.Select(c => char.IsControl(c) ? ' ' : c)).TrimEnd();
}
