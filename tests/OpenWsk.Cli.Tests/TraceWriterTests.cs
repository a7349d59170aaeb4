// The lines of a trace: what shares a line, what gets its own, how depth is shown, also when a thread leaves
// the guest.
using OpenWsk.Abi;
using OpenWsk.Capture;
using OpenWsk.Kernel;
using OpenWsk.Ports;
using Xunit;

namespace OpenWsk.Cli.Tests;

public sealed class TraceWriterTests : IDisposable
{
    private static readonly Routine Connect = Routines.Make("Connect", "NTSTATUS", ("Flags", "uint"));
    private static readonly Routine Free = Routines.Make("Free", "void", ("Irp", "GuestPtr<IRP>"));
    private readonly StringWriter _text = new() { NewLine = "\n" };
    private readonly TraceWriter _trace;

    public TraceWriterTests() =>
        _trace = new TraceWriter(_text, address => address == 0x99 ? "a.sys+0x99" : null);

    public void Dispose()
    {
        _trace.Dispose();
        _text.Dispose();
    }

    [Fact]
    public void A_result_shares_the_line_of_its_call_when_nothing_came_between()
    {
        Emit(KernelEvents.Call(Connect, [7]), KernelEvents.Return(Connect, (uint)NTSTATUS.STATUS_PENDING));
        Assert.Equal("    1.500000 T4    PASSIVE  Connect(Flags=7) -> STATUS_PENDING\n", _text.ToString());
    }

    [Fact]
    public void A_void_routine_shows_no_result()
    {
        Emit(KernelEvents.Call(Free, [0x10]), KernelEvents.Return(Free, 0));
        Assert.Equal(["Free(Irp=0x10)"], Lines());
    }

    [Fact]
    public void A_call_is_visible_before_it_returns()
    {
        Emit(KernelEvents.Call(Connect, [7]));
        Assert.EndsWith("Connect(Flags=7)", _text.ToString());
    }

    [Fact]
    public void What_happens_inside_a_call_is_indented_and_the_result_gets_its_own_line()
    {
        Emit(
            KernelEvents.Call(Connect, [7]),
            KernelEvents.IrpCompleted(0x20, NTSTATUS.STATUS_CONNECTION_REFUSED, 0),
            KernelEvents.Callback(0x99, [1, 2]),
            KernelEvents.CallbackReturn(0x99, (uint)NTSTATUS.STATUS_MORE_PROCESSING_REQUIRED),
            KernelEvents.Return(Connect, (uint)NTSTATUS.STATUS_PENDING));
        Assert.Equal(
            [
                "Connect(Flags=7)",
                "  * Irp=0x20 completed STATUS_CONNECTION_REFUSED, Information=0x0",
                "  => a.sys+0x99(0x1, 0x2)",
                "  <= a.sys+0x99 -> STATUS_MORE_PROCESSING_REQUIRED",
                "<- Connect -> STATUS_PENDING",
            ],
            Lines());
    }

    [Fact]
    public void Another_thread_ends_an_open_line_and_keeps_its_own_depth()
    {
        Emit(KernelEvents.Call(Connect, [7]));
        EmitOn(8, KernelEvents.Call(Free, [1]), KernelEvents.Return(Free, 0));
        Emit(KernelEvents.Return(Connect, 0));
        Assert.Equal(["Connect(Flags=7)", "Free(Irp=0x1)", "<- Connect -> STATUS_SUCCESS"], Lines());
    }

    [Fact]
    public void Calls_that_a_stopped_thread_never_returns_from_do_not_indent_what_follows()
    {
        Emit(
            KernelEvents.Callback(0x99, []),
            KernelEvents.Call(Connect, [7]),
            KernelEvents.CallbackReturn(0x99, 0),
            KernelEvents.Call(Free, [1]),
            KernelEvents.Return(Free, 0));
        Assert.Equal("Free(Irp=0x1)", Lines()[^1]);
    }

    [Fact]
    public void Breaches_prints_and_stops_are_lines_of_their_own()
    {
        Emit(
            KernelEvents.Breach("SCONN-13", "Flags is 7"),
            KernelEvents.DebugPrint("hello\n"),
            KernelEvents.Created("socket", 0x30),
            KernelEvents.Stopped("no such routine"));
        Assert.Equal(
            ["! SCONN-13: Flags is 7", "DbgPrint \"hello\\n\"", "+ socket 0x30",
                "! stopped: no such routine"],
            Lines());
    }

    private void Emit(params KernelEvent[] events) => EmitOn(4, events);

    private void EmitOn(int thread, params KernelEvent[] events)
    {
        foreach (var e in events)
        {
            var stamped = e;
            stamped.ThreadId = thread;
            stamped.TimeNs = 1_500_000_000;
            _trace.OnEvent(stamped);
        }
    }

    // The columns before the text are 28 wide.
    private List<string> Lines()
    {
        _trace.Dispose();
        return [.. _text.ToString().TrimEnd('\n').Split('\n').Select(line => line[28..])];
    }
}
