// The ring keeps the last events and no more, and reads no guest memory to show them. It knows nothing about
// what a report makes of them; see CrashTextTests.cs.
using OpenWsk.Kernel;
using Xunit;

namespace OpenWsk.Capture.Tests;

public sealed class EventRingTests
{
    [Fact]
    public void The_last_events_are_kept_in_their_order()
    {
        var ring = new EventRing(count: 3);
        for (var i = 0; i < 10; i++)
            ring.OnEvent(KernelEvents.DebugPrint($"line {i}\n"));
        Assert.Equal(
            ["DbgPrint \"line 7\\n\"", "DbgPrint \"line 8\\n\"", "DbgPrint \"line 9\\n\""],
            ring.Lines().Select(line => line[line.IndexOf("DbgPrint", StringComparison.Ordinal)..]));
    }

    [Fact]
    public void Fewer_events_than_places_are_all_there()
    {
        var ring = new EventRing(address => address == 0x99 ? "driver.sys+0x99" : null);
        Assert.Empty(ring.Lines());
        ring.OnEvent(KernelEvents.Callback(0x99, [1, 2]));
        ring.OnEvent(KernelEvents.CallbackReturn(0x99, 3));
        Assert.Equal(
            ["0.000000 T0 PASSIVE_LEVEL => driver.sys+0x99(0x1, 0x2)",
                "0.000000 T0 PASSIVE_LEVEL <= driver.sys+0x99 -> 0x3"],
            ring.Lines());
    }

    [Fact]
    public void A_threads_last_event_tells_whether_it_is_in_a_routine()
    {
        var ring = new EventRing();
        var routine = KernelExports.All.First(r => r.Name == "KeSetEvent");
        Assert.Null(ring.IsInRoutine(0));
        ring.OnEvent(KernelEvents.Call(routine, [1]));
        Assert.True(ring.IsInRoutine(0));
        Assert.Null(ring.IsInRoutine(4));
        ring.OnEvent(KernelEvents.Return(routine, 0));
        Assert.False(ring.IsInRoutine(0));
    }

    [Fact]
    public void Wild_pointers_are_shown_as_numbers()
    {
        var routine = KernelExports.All.First(r => r.Name == "RtlInitUnicodeString");
        var ring = new EventRing();
        ring.OnEvent(KernelEvents.Call(routine, [0x10, 0xFFFF_0000_0000_0000]));
        var line = Assert.Single(ring.Lines());
        Assert.Contains("0xffff000000000000", line, StringComparison.Ordinal);
    }
}
