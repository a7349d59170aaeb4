// Calls between C# and guest code through the thunks, in both directions, nested, and left by exceptions.
// The driver is Drivers/calls.c; its routines are named by their place in the DRIVER_OBJECT.
namespace OpenWsk.Loader.Tests;

public sealed class CallTests : IDisposable
{
    private const int AddressOfSum = 0;
    private const int CallSum = 1;
    private const int CallNarrow = 2;
    private const int CallPrint = 3;
    private const int Nest = 4;
    private const int NestAndCatch = 5;
    private const int ReadKpcr = 6;
    private const int EndDirty = 7;
    private const int Visit = 11;
    private const ulong EndWithCancelled = 0xC000_0120_0000_0000;
    private readonly LoaderWorld _world = new();
    private readonly LoadedDriver _driver;

    public CallTests() => _driver = _world.Start("calls");

    public void Dispose() => _world.Dispose();

    [CapabilityFact(Capability.Clang, Capability.Lld, Capability.Llvm)]
    public void Guest_routines_receive_up_to_twelve_arguments()
    {
        for (var count = 0; count <= 12; count++)
        {
            var sum = (nuint)_world.Call(_driver, AddressOfSum, (ulong)count);
            var arguments = Enumerable.Range(0, count).Select(i => 0x1_0000_0001ul * (ulong)(i + 3))
                .ToArray();
            Assert.Equal(TestRoutines.Weigh(arguments) + 1000, _world.Executive.Code.Call(sum, arguments));
        }
    }

    [CapabilityFact(Capability.Clang, Capability.Lld, Capability.Llvm)]
    public void Imports_receive_up_to_twelve_arguments()
    {
        for (var count = 0; count <= 12; count++)
        {
            var arguments = Enumerable.Range(1, count).Select(i => (ulong)i).ToArray();
            Assert.Equal(TestRoutines.Weigh(arguments), _world.Call(_driver, CallSum, (ulong)count));
        }
    }

    [CapabilityFact(Capability.Clang, Capability.Lld, Capability.Llvm)]
    public void Narrow_arguments_are_cut_to_their_width_and_narrow_results_extended()
    {
        Assert.Equal(7ul, _world.Call(_driver, CallNarrow));
        Assert.Equal(["7 4660 -2 -5 9"], TestRoutines.Log(_world.Executive));
    }

    [CapabilityFact(Capability.Clang, Capability.Lld, Capability.Llvm)]
    public void Variadic_arguments_are_slots_in_the_callers_frame_doubles_too()
    {
        Assert.Equal(7ul, _world.Call(_driver, CallPrint));
        Assert.Equal(["5 42 2.5 43 -1.25 1000000000 0.5"], TestRoutines.Log(_world.Executive));
    }

    [CapabilityFact(Capability.Clang, Capability.Lld, Capability.Llvm)]
    public void Calls_nest_twenty_levels_deep()
    {
        Assert.Equal(1020ul, _world.Call(_driver, Nest, 20));
        Assert.Equal(0, _world.Executive.CurrentThread.CallDepth);
    }

    [CapabilityFact(Capability.Clang, Capability.Lld, Capability.Llvm)]
    public void An_exception_leaves_twenty_nested_segments_and_keeps_its_origin()
    {
        for (var round = 0; round < 3; round++)
        {
            var ended = Assert.Throws<ThreadTerminatedException>(
                () => _world.Call(_driver, Nest, EndWithCancelled | 20));
            Assert.Equal(NTSTATUS.STATUS_CANCELLED, ended.Status);
            Assert.Contains(nameof(TestRoutines.TestEndThread), ended.StackTrace, StringComparison.Ordinal);
            Assert.Equal(1003ul, _world.Call(_driver, Nest, 3));
        }
    }

    [CapabilityFact(Capability.Clang, Capability.Lld, Capability.Llvm)]
    public void An_exception_caught_half_way_lets_the_outer_guest_frames_go_on()
    {
        Assert.Equal(78ul, _world.Call(_driver, NestAndCatch, EndWithCancelled | 5));
        Assert.Equal(1006ul, _world.Call(_driver, NestAndCatch, 5));
    }

    [CapabilityFact(Capability.Clang, Capability.Lld, Capability.Llvm)]
    public void Leaving_guest_code_restores_what_csharp_expects_of_the_processor()
    {
        Assert.Throws<ThreadTerminatedException>(() => _world.Call(_driver, EndDirty));
        // 5 / 3 is rounded up to the nearest double; towards zero its last digit would be A.
        var three = double.Parse("3", System.Globalization.CultureInfo.InvariantCulture);
        Assert.Equal(0x3FFA_AAAA_AAAA_AAAB, BitConverter.DoubleToInt64Bits(5 / three));
    }

    [CapabilityFact(Capability.Clang, Capability.Lld, Capability.Llvm)]
    public void The_kpcr_is_the_threads_own()
    {
        var thread = _world.Executive.CurrentThread;
        Assert.Equal((ulong)thread.Kpcr, _world.Call(_driver, ReadKpcr, 0));
        Assert.Equal((ulong)thread.Object, _world.Call(_driver, ReadKpcr, 1));
        thread.Irql = Irql.Dispatch;
        Assert.Equal(2ul, _world.Call(_driver, ReadKpcr, 2));
        thread.Irql = Irql.Passive;
        Assert.Equal(0ul, _world.Call(_driver, ReadKpcr, 3));
    }

    [CapabilityFact(Capability.Clang, Capability.Lld, Capability.Llvm)]
    public void One_thread_serves_two_worlds_and_returns_to_the_right_one()
    {
        using var other = new LoaderWorld();
        var otherDriver = other.Start("calls");
        var kpcr = (ulong)_world.Executive.CurrentThread.Kpcr;
        var seen = 0ul;
        TestRoutines.OnVisit(other.Executive, () => seen = _world.Call(_driver, ReadKpcr, 0));
        Assert.Equal(7ul, other.Call(otherDriver, Visit));
        Assert.Equal(kpcr, seen);
        Assert.NotEqual(kpcr, other.Call(otherDriver, ReadKpcr, 0));
        Assert.Equal(kpcr, _world.Call(_driver, ReadKpcr, 0));
        Assert.Single(TestRoutines.Log(other.Executive));
        Assert.Empty(TestRoutines.Log(_world.Executive));
    }

    [CapabilityFact(Capability.Clang, Capability.Lld, Capability.Llvm)]
    public void Two_worlds_that_one_thread_calls_in_turn_each_get_their_own_routines()
    {
        using var other = new LoaderWorld();
        var otherDriver = other.Start("calls");
        for (var round = 1; round <= 50; round++)
        {
            Assert.Equal(7ul, _world.Call(_driver, Visit));
            Assert.Equal(round, TestRoutines.Log(_world.Executive).Count);
            Assert.Equal(round - 1, TestRoutines.Log(other.Executive).Count);
            Assert.Equal(7ul, other.Call(otherDriver, Visit));
            Assert.Equal(round, TestRoutines.Log(other.Executive).Count);
        }
    }

    [CapabilityFact(Capability.Clang, Capability.Lld, Capability.Llvm)]
    public void A_thread_that_called_an_image_before_it_was_unmapped_is_refused_after()
    {
        var read = _driver.Object.Value.MajorFunction[ReadKpcr];
        using var called = new SemaphoreSlim(0);
        using var unmapped = new SemaphoreSlim(0);
        Exception? refusal = null;
        var ran = false;
        _world.Executive.BugChecked += check => ran = check.Snapshot is not null;
        var thread = new Thread(() =>
        {
            _world.Executive.Code.Call(read, [0]);
            called.Release();
            unmapped.Wait();
            refusal = Record.Exception(() => _world.Executive.Code.Call(read, [0]));
        });
        thread.Start();
        called.Wait();
        _driver.Dispose();
        unmapped.Release();
        thread.Join();
        Assert.IsType<GuestStoppedException>(refusal);
        Assert.False(ran, "the call was made and has faulted");
    }

    [CapabilityFact(Capability.Clang, Capability.Lld, Capability.Llvm)]
    public void A_call_of_no_code_stops_the_guest_and_names_the_address()
    {
        var data = _driver.ImageStart;
        var stopped = Assert.Throws<GuestStoppedException>(() => _world.Executive.Code.Call(data, []));
        Assert.Contains("calls.sys+0x0", stopped.Message, StringComparison.Ordinal);
        Assert.Equal(stopped.Message, _world.Executive.StopReason);
    }

    [CapabilityFact(Capability.Clang, Capability.Lld, Capability.Llvm)]
    public void A_thread_whose_world_another_thread_has_ended_serves_the_next_world()
    {
        for (var round = 0; round < 20; round++)
        {
            var world = new LoaderWorld();
            var driver = world.Start("calls");
            Assert.Equal(7ul, world.Call(driver, Visit));
            Assert.Single(TestRoutines.Log(world.Executive));
            var ending = new Thread(world.Dispose);
            ending.Start();
            ending.Join();
        }
    }
}
