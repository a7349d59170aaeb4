// The trace of the demo: the calls of WSK alone, one line each, without addresses of memory, because a reader
// who sees it for the first time looks for the story. The full one is --trace. It knows nothing about the
// demo's driver.
using OpenWsk.Abi;
using OpenWsk.Capture;
using OpenWsk.Kernel;
using OpenWsk.Ports;

namespace OpenWsk.Cli.Demo;

/// <summary>Tells the calls of WSK.</summary>
internal sealed class DemoTrace(TextWriter output) : IEventSink
{
    private readonly Lock _lock = new();
    private readonly Dictionary<ulong, string> _pending = [];
    private readonly Dictionary<int, string> _calls = [];

    public void OnEvent(in KernelEvent e)
    {
        switch (e.Kind)
        {
            case KernelEventKind.Call when e.Routine is Routine routine && IsWsk(routine):
                var arguments = e.Arguments;
                Remember(e.ThreadId, routine, ((ReadOnlySpan<ulong>)arguments)[..e.ArgumentCount]);
                break;
            case KernelEventKind.Return when e.Routine is Routine routine && IsWsk(routine):
                Line(e, $"{Describe(e.ThreadId, routine)}{Result(routine, e.Value)}");
                break;
            case KernelEventKind.IrpCompleted:
                Complete(e);
                break;
        }
    }

    private static bool IsWsk(Routine routine) => routine.Library is Libraries.Wsk or Libraries.Netio;

    private void Remember(int thread, Routine routine, ReadOnlySpan<ulong> values)
    {
        var shown = new List<string>();
        for (var i = 0; i < Math.Min(values.Length, routine.Parameters.Count); i++)
        {
            var text = ArgumentFormatter.Argument(routine, i, values[i]);
            if (!text.StartsWith("0x", StringComparison.Ordinal) && text is not ("NULL" or "0"))
                shown.Add(
                    text.StartsWith('{') ? text[(text.IndexOf("Length", StringComparison.Ordinal))..^1]
                        : text);
        }
        lock (_lock)
        {
            _calls[thread] = $"{routine.Name}({string.Join(", ", shown)})";
            if (routine.Parameters.Count > 0 && routine.Parameters[^1].Name == "Irp" && values[^1] != 0)
                _pending[values[^1]] = routine.Name;
        }
    }

    private string Describe(int thread, Routine routine)
    {
        lock (_lock)
            return _calls.GetValueOrDefault(thread, routine.Name);
    }

    private static string Result(Routine routine, ulong value)
    {
        var result = ArgumentFormatter.Result(routine, value);
        return result.Length == 0 ? "" : $" -> {result}";
    }

    private void Complete(in KernelEvent e)
    {
        string? call;
        lock (_lock)
            _pending.Remove(e.Arguments[0], out call);
        if (call is null)
            return;
        var status = (NTSTATUS)(uint)e.Arguments[1];
        var bytes = call is "WskSend" or "WskReceive" && status.IsSuccess() ? $", {e.Arguments[2]} bytes"
            : "";
        Line(e, $"  the IRP of {call} completes: {status.Name()}{bytes}");
    }

    private void Line(in KernelEvent e, string text)
    {
        lock (_lock)
            output.WriteLine($"  {e.TimeNs / 1e6,8:0.00} ms  {text}");
    }
}
