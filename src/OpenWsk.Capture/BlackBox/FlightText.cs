// Words for what a flight recorder kept; they look like the trace's, but no guest memory is read, which may
// be gone by then. It knows nothing about where lines are shown: CrashText.cs, AutopsyText.cs.
using OpenWsk.Abi;
using OpenWsk.Kernel;
using OpenWsk.Ports;

namespace OpenWsk.Capture;

/// <summary>Describes events.</summary>
public static class FlightText
{
    /// <summary>How many of the last events a report shows.</summary>
    public const int EventsShown = 50;

    /// <summary>The last events, a line each.</summary>
    public static IReadOnlyList<string> Lines(BlackBoxContents box, Func<ulong, string> nameCode) =>
    [
        .. box.Events.TakeLast(EventsShown).Select(e =>
            $"{e.TimeNs / 1e9:0.000000} T{e.ThreadId} {Irql.Name(e.Irql)} {Describe(e, nameCode)}"),
    ];

    /// <summary>What happened.</summary>
    public static string Describe(FlightEvent e, Func<ulong, string> nameCode) => e.Kind switch
    {
        KernelEventKind.Call => $"{e.Text}({Arguments(e)}){Result(e)}",
        KernelEventKind.Return => $"<- {e.Text}{Result(e)}",
        KernelEventKind.Callback => $"=> {nameCode(e.Code)}({Words(e.Arguments)}){Result(e)}",
        KernelEventKind.CallbackReturn => $"<= {nameCode(e.Code)}{Result(e)}",
        KernelEventKind.IrpCompleted => $"* Irp={Word(e, 0)} completed "
            + $"{((NTSTATUS)(uint)e.Arguments.ElementAtOrDefault(1)).Name()}, Information={Word(e, 2)}",
        KernelEventKind.Breach => $"! {e.Text}",
        KernelEventKind.DebugPrint => $"DbgPrint {GuestReader.Quote(e.Text)}",
        KernelEventKind.Stopped => $"! stopped: {e.Text}",
        _ => $"{e.Kind} {e.Text}".TrimEnd(),
    };

    private static string Result(FlightEvent e)
    {
        if (!e.IsOver)
            return "";
        if (e.IsAbandoned)
            return " was left by an exception";
        var text = e.Routine is { } routine ? ArgumentFormatter.Result(routine, e.Result)
            : ArgumentFormatter.Hex(e.Result);
        return text.Length == 0 ? " returned" : $" -> {text}";
    }

    private static string Arguments(FlightEvent e) => e.Routine is { } routine
        ? ArgumentFormatter.RawArguments(routine, [.. e.Arguments])
        : Words(e.Arguments);

    private static string Words(IEnumerable<ulong> values) =>
        string.Join(", ", values.Select(ArgumentFormatter.Hex));

    private static string Word(FlightEvent e, int index) =>
        ArgumentFormatter.Hex(e.Arguments.ElementAtOrDefault(index));
}
