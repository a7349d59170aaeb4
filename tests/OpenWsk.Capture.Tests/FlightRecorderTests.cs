// What a flight recorder keeps of calls, callbacks and prints, while the process lives. It knows nothing
// about files: BlackBoxTests.cs.
using OpenWsk.Kernel;
using OpenWsk.Ports;
using OpenWsk.TestSupport;
using Xunit;

namespace OpenWsk.Capture.Tests;

public sealed class FlightRecorderTests : IDisposable
{
    private readonly FlightWorld _world = new();

    public void Dispose() => _world.Dispose();

    [Fact]
    public void A_recorded_world_is_quiet()
    {
        Assert.True(_world.Executive.IsQuiet);
        Assert.True(_world.Executive.AreCallbacksQuiet);
        Assert.False(_world.Executive.Observes(KernelEventKind.IrpCompleted));
    }

    [Fact]
    public void A_call_is_one_line_with_arguments_by_name_and_its_result()
    {
        _world.Call("KeEnterCriticalRegion");
        _world.Call("ExFreePoolWithTag", _world.Call("ExAllocatePoolWithTag", 0, 16, 0x68737243), 0x68737243);
        Assert.Collection(
            Whats(),
            line => Assert.Equal("KeEnterCriticalRegion() returned", line),
            line => Assert.Matches(
                "^ExAllocatePoolWithTag\\(PoolType=.*, NumberOfBytes=16, Tag='Crsh'\\) -> 0x[0-9a-f]+$",
                line),
            line => Assert.Matches("^ExFreePoolWithTag\\(P=0x[0-9a-f]+, Tag='Crsh'\\) returned$", line));
    }

    [Fact]
    public void Wild_pointers_are_shown_as_numbers()
    {
        _world.Executive.CurrentThread.Flight!.Begin(
            FlightRecord.DescribeCall((ulong)Number("RtlInitUnicodeString"), 2, 0),
            0x10,
            0xFFFF_0000_0000_0000);
        Assert.Contains("0xffff000000000000", Assert.Single(Whats()), StringComparison.Ordinal);
    }

    [Fact]
    public void Only_the_last_records_are_kept_in_their_order()
    {
        for (var i = 0; i < 3 * FlightRing.RecordCount + 7; i++)
            _world.Executive.CurrentThread.Flight!.Begin(
                FlightRecord.Describe(KernelEventKind.IrpCompleted, 3, 0), (ulong)i);
        var events = _world.Recorder.Read().Events;
        Assert.Equal(
            Enumerable.Range(2 * FlightRing.RecordCount + 7, FlightRing.RecordCount).Select(i => (ulong)i),
            events.Select(e => e.Arguments[0]));
        Assert.True(events.Zip(events.Skip(1)).All(pair => pair.First.TimeNs < pair.Second.TimeNs));
        Assert.Equal(FlightText.EventsShown, _world.Lines.Count);
    }

    [Fact]
    public void A_call_within_a_call_comes_between_its_beginning_and_its_end()
    {
        _world.CallGuest(
            () =>
            {
                _world.Call("KeEnterCriticalRegion");
                _world.CallGuest(() => 5);
                _world.Call("KeLeaveCriticalRegion");
                return 7;
            },
            1, 2);
        Assert.Equal(
            ["=> code(0x1, 0x2)", "KeEnterCriticalRegion() returned", "=> code() -> 0x5",
                "KeLeaveCriticalRegion() returned", "<= code -> 0x7"],
            Whats());
    }

    [Fact]
    public void A_thread_is_in_the_innermost_call_that_it_has_not_left()
    {
        var box = _world.Recorder.Read();
        Assert.Null(box.IsInRoutine(_world.ThreadId));
        var places = new List<string>();
        _world.CallGuest(() =>
        {
            _world.Call("KeEnterCriticalRegion");
            box = _world.Recorder.Read();
            places.AddRange(AutopsyText.Places(box).Select(p => p.Place));
            return 0;
        });
        Assert.StartsWith("guest code that began at 0x", Assert.Single(places), StringComparison.Ordinal);
        Assert.False(box.IsInRoutine(_world.ThreadId));
        box = _world.Recorder.Read();
        Assert.True(box.IsInRoutine(_world.ThreadId));
        Assert.Empty(AutopsyText.Places(box));
        _world.Executive.CurrentThread.Flight!.Begin(
            FlightRecord.DescribeCall((ulong)Number("KeWaitForSingleObject"), 0, 0));
        Assert.Equal(
            "KeWaitForSingleObject, called by a driver or for one",
            Assert.Single(AutopsyText.Places(_world.Recorder.Read())).Place);
        Assert.True(_world.Recorder.Read().IsInRoutine(_world.ThreadId));
    }

    [Fact]
    public void What_an_exception_ends_is_left()
    {
        Assert.Throws<InvalidTimeZoneException>(() => _world.CallGuest(() =>
        {
            _world.Call("KeEnterCriticalRegion");
            throw new InvalidTimeZoneException();
        }));
        Assert.Equal("<= code was left by an exception", Whats()[^1]);
        Assert.Empty(AutopsyText.Places(_world.Recorder.Read()));
    }

    [Fact]
    public void A_routine_that_raises_is_left_and_what_follows_is_not_in_it()
    {
        var flight = _world.Executive.CurrentThread.Flight!;
        flight.Begin(FlightRecord.DescribeCall((ulong)Number("KeWaitForSingleObject"), 0, 0));
        flight.AbandonInnermost();
        _world.Call("KeEnterCriticalRegion");
        Assert.Equal("KeWaitForSingleObject() was left by an exception", Whats()[0]);
        Assert.Empty(AutopsyText.Places(_world.Recorder.Read()));
    }

    [Fact]
    public void A_result_does_not_go_into_the_record_of_another_call()
    {
        _world.CallGuest(() =>
        {
            for (var i = 0; i < FlightRing.RecordCount; i++)
                _world.Call("KeEnterCriticalRegion");
            return 7;
        });
        Assert.All(Whats(), line => Assert.Equal("KeEnterCriticalRegion() returned", line));
    }

    [Fact]
    public void Prints_and_breaches_stand_where_they_happened_with_their_text()
    {
        _world.CallGuest(() =>
        {
            _world.Executive.Emit(KernelEvents.DebugPrint("line\n"));
            _world.Executive.Breach("IRP-01", "how");
            return 0;
        });
        Assert.Equal(["=> code()", "DbgPrint \"line\\n\"", "! IRP-01: how", "<= code -> 0x0"], Whats());
    }

    [Fact]
    public void A_long_print_is_cut()
    {
        _world.Executive.Emit(KernelEvents.DebugPrint(new string('ä', 1000)));
        Assert.Matches("^DbgPrint \"ä{200,300}\"$", Assert.Single(Whats()));
    }

    [Fact]
    public void Recording_allocates_nothing()
    {
        var executive = _world.Executive;
        var flight = executive.CurrentThread.Flight!;
        var routine = executive.Routines.Get(Libraries.Ntoskrnl, "KeGetCurrentIrql");
        var address = executive.Code.Register(static _ => 0);
        ulong[] words = [1, 2, 3, 4, 5, 6];
        Allocations.AssertNone(() => routine.Invoke(executive, []));
        Allocations.AssertNone(() => flight.End(flight.Begin(0, words), 0));
        Allocations.AssertNone(() => executive.Code.Call(address, words.AsSpan(0, 3)));
        Allocations.AssertNone(() => executive.Code.Call(address, words));
    }

    private int Number(string name) =>
        _world.Executive.Routines.Get(Libraries.Ntoskrnl, name).Number;

    // Lines without their time, and code addresses without their number.
    private IReadOnlyList<string> Whats() =>
    [
        .. _world.Lines.Select(line => System.Text.RegularExpressions.Regex.Replace(
            line[(line.IndexOf(' ', StringComparison.Ordinal) + 1)..], "code [0-9a-f]+", "code")),
    ];
}
