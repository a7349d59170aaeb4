// The call trace: one line for each call that a driver (or a managed client) makes, with decoded arguments,
// result, thread, IRQL and time; calls into the guest, completions and findings are lines of their own,
// indented by depth. A line is written as soon as its call begins, so that the last line of a hung driver is
// the call it hangs in. It does not know what arguments mean: that is ArgumentFormatter.
using OpenWsk.Abi;
using OpenWsk.Kernel;
using OpenWsk.Ports;

namespace OpenWsk.Capture;

/// <summary>Writes the events of a world as text.</summary>
/// <remarks>Owns: the writer stays the caller's.</remarks>
public sealed class TraceWriter(TextWriter output, Func<nuint, string?>? nameCode = null)
    : IEventSink, IDisposable
{
    private const int IndentMax = 24;
    private readonly Lock _lock = new();
    private readonly Dictionary<int, Stack<Routine?>> _depths = [];
    private int _openThread;
    private Routine? _openRoutine;

    /// <summary>Takes one event.</summary>
    public void OnEvent(in KernelEvent e)
    {
        lock (_lock)
        {
            var calls = CallsOf(e.ThreadId);
            if (e.Kind == KernelEventKind.Return && TryEndOpenLine(e, calls))
                return;
            CloseOpenLine();
            Write(e, calls);
        }
    }

    /// <summary>Ends the line that waits for its result.</summary>
    public void Dispose()
    {
        lock (_lock)
        {
            CloseOpenLine();
            output.Flush();
        }
    }

    private void Write(in KernelEvent e, Stack<Routine?> calls)
    {
        var arguments = e.Arguments;
        var values = ((ReadOnlySpan<ulong>)arguments)[..e.ArgumentCount];
        switch (e.Kind)
        {
            case KernelEventKind.Call when e.Routine is Routine routine:
                Begin(e, calls.Count);
                output.Write($"{routine.Name}({ArgumentFormatter.Arguments(routine, values)})");
                calls.Push(routine);
                (_openThread, _openRoutine) = (e.ThreadId, routine);
                output.Flush();
                return;
            case KernelEventKind.Return when e.Routine is Routine routine:
                Unwind(calls, routine);
                Line(e, calls.Count, $"<- {routine.Name}{Arrow(routine, e.Value)}");
                return;
            case KernelEventKind.Callback:
                Line(e, calls.Count, $"=> {Code((nuint)e.Value)}({Words(values)})");
                calls.Push(null);
                return;
            case KernelEventKind.CallbackReturn:
                Unwind(calls, null);
                Line(e, calls.Count, $"<= {Code((nuint)values[0])} -> {CallbackResult(e.Value)}");
                return;
            default:
                Line(e, calls.Count, Describe(e, values));
                return;
        }
    }

    private static string Describe(in KernelEvent e, ReadOnlySpan<ulong> values) => e.Kind switch
    {
        KernelEventKind.IrpCompleted =>
            $"* Irp={ArgumentFormatter.Hex(values[0])} completed {((NTSTATUS)(uint)values[1]).Name()}, "
            + $"Information={ArgumentFormatter.Hex(values[2])}",
        KernelEventKind.Breach => $"! {e.Text}: {e.Detail}",
        KernelEventKind.DebugPrint => $"DbgPrint {GuestReader.Quote(e.Text)}",
        KernelEventKind.Created => $"+ {e.Text} {ArgumentFormatter.Hex(values[0])}",
        KernelEventKind.Destroyed => $"- {e.Text} {ArgumentFormatter.Hex(values[0])}",
        KernelEventKind.Trace => $"ETW {e.Text}: {e.Detail}",
        KernelEventKind.Stopped => $"! stopped: {e.Text} {e.Detail}".TrimEnd(),
        _ => $"{e.Kind} {e.Text}",
    };

    private bool TryEndOpenLine(in KernelEvent e, Stack<Routine?> calls)
    {
        if (_openRoutine is null || e.ThreadId != _openThread || !ReferenceEquals(e.Routine, _openRoutine))
            return false;
        calls.Pop();
        output.WriteLine(Arrow(_openRoutine, e.Value));
        _openRoutine = null;
        return true;
    }

    private void CloseOpenLine()
    {
        if (_openRoutine is null)
            return;
        _openRoutine = null;
        output.WriteLine();
    }

    private void Line(in KernelEvent e, int depth, string text)
    {
        Begin(e, depth);
        output.WriteLine(text);
    }

    private void Begin(in KernelEvent e, int depth)
    {
        output.Write($"{e.TimeNs / 1e9,12:0.000000} T{e.ThreadId,-4} {Level(e.Irql),-8} ");
        for (var i = Math.Min(depth, IndentMax); i > 0; i--)
            output.Write("  ");
    }

    // A thread that was taken out of the guest skips the returns of its calls, so unwinding may pass several.
    private static void Unwind(Stack<Routine?> calls, Routine? routine)
    {
        if (!calls.Any(c => ReferenceEquals(c, routine)))
            return;
        while (calls.Count != 0 && !ReferenceEquals(calls.Pop(), routine))
        {
        }
    }

    private Stack<Routine?> CallsOf(int thread)
    {
        if (!_depths.TryGetValue(thread, out var calls))
            _depths[thread] = calls = new Stack<Routine?>();
        return calls;
    }

    private string Code(nuint address) => nameCode?.Invoke(address) ?? ArgumentFormatter.Hex(address);

    private static string Arrow(Routine routine, ulong value)
    {
        var result = ArgumentFormatter.Result(routine, value);
        return result.Length == 0 ? "" : $" -> {result}";
    }

    private static string Words(ReadOnlySpan<ulong> values)
    {
        var parts = new string[values.Length];
        for (var i = 0; i < parts.Length; i++)
            parts[i] = ArgumentFormatter.Hex(values[i]);
        return string.Join(", ", parts);
    }

    // The type of a callback's result is not known here; most return NTSTATUS, a void one leaves any value.
    private static string CallbackResult(ulong value)
    {
        var status = (NTSTATUS)(uint)value;
        return Enum.IsDefined(status) ? status.Name() : ArgumentFormatter.Hex(value);
    }

    private static string Level(byte irql) => irql switch
    {
        Irql.Passive => "PASSIVE",
        Irql.Apc => "APC",
        Irql.Dispatch => "DISPATCH",
        _ => $"IRQL{irql}",
    };
}
