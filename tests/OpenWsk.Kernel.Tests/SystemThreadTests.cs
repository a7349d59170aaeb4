// Threads that a driver makes: their handles and objects, their ends, and what is left of them.
// It knows nothing about events: see WaitTests.cs.
using OpenWsk.Ports;

namespace OpenWsk.Kernel.Tests;

public sealed class SystemThreadTests
{
    [Fact]
    public void A_thread_runs_with_its_context_and_its_object_is_signalled_at_the_end() =>
        KernelWorld.Simulate(world =>
        {
            var seen = 0ul;
            var thread = Create(world, a => seen = a[0], context: 0xABCD);
            Assert.Equal(0ul, WaitTests.Wait(world, thread, null));
            Assert.Equal(0xABCDul, seen);
            Assert.Equal(0ul, WaitTests.Wait(world, thread, 0));
            Assert.Equal(0ul, world.Call("ObfDereferenceObject", thread));
            Assert.Equal(0, world.Executive.GuestThreads.Count);
            Assert.Equal(0, world.Executive.Handles.Count);
        });

    [Fact]
    public void PsTerminateSystemThread_does_not_return() => KernelWorld.Simulate(world =>
    {
        var cameBack = false;
        var thread = Create(world, _ =>
        {
            world.Call("PsTerminateSystemThread", (uint)NTSTATUS.STATUS_SUCCESS);
            cameBack = true;
            return 0;
        });
        WaitTests.Wait(world, thread, null);
        Assert.False(cameBack);
        Assert.Null(world.Executive.StopReason);
    });

    [Fact]
    public void PsTerminateSystemThread_refuses_threads_that_the_guest_did_not_make() =>
        KernelWorld.Simulate(world =>
            Assert.Equal((uint)NTSTATUS.STATUS_INVALID_PARAMETER, world.Call("PsTerminateSystemThread", 0)));

        [Fact]
        public void A_handle_keeps_the_object_and_closing_it_gives_it_back() => KernelWorld.Simulate(world =>
        {
            var handleAt = world.Memory(8);
            var clientId = world.New<CLIENT_ID>();
            var routine = world.Callback(_ => world.Call("PsGetCurrentThreadId"));
            world.Call("PsCreateSystemThread", handleAt, 0, 0, 0, clientId.Address, routine, 0);
            var handle = GuestMemory.Read<nuint>(handleAt);
            Assert.Equal(0xFFFF_FFFF_8000_0000, handle & 0xFFFF_FFFF_8000_0000);
            Assert.Equal(4u, clientId.Value.UniqueProcess);
            Assert.NotEqual(0u, clientId.Value.UniqueThread);
            var before = world.Executive.Objects.Count;
            Assert.True(world.Executive.GuestThreads.WaitUntilIdle(IParker.Never));
            Assert.Equal(before, world.Executive.Objects.Count);
            Assert.Equal(0ul, world.Call("ZwClose", handle));
            Assert.Equal(before - 1, world.Executive.Objects.Count);
            Assert.Equal((uint)NTSTATUS.STATUS_INVALID_HANDLE, world.Call("ZwClose", handle));
        });

    [Fact]
    public void Type_and_handle_are_checked_when_an_object_is_referenced() => KernelWorld.Simulate(world =>
    {
        var handleAt = world.Memory(8);
        var objectAt = world.Memory(8);
        world.Call("PsCreateSystemThread", handleAt, 0, 0, 0, 0, world.Callback(_ => 0), 0);
        var handle = GuestMemory.Read<nuint>(handleAt);
        ulong Reference(nuint h, string? type) => world.Call(
            "ObReferenceObjectByHandle", h, 0, type is null ? 0 : TypeOf(world, type), 0, objectAt, 0);
        Assert.Equal((uint)NTSTATUS.STATUS_INVALID_HANDLE, Reference(handle + 4, "PsThreadType"));
        Assert.Equal((uint)NTSTATUS.STATUS_OBJECT_TYPE_MISMATCH, Reference(handle, "PsProcessType"));
        Assert.Equal(0ul, Reference(handle, "PsThreadType"));
        Assert.Equal(0ul, Reference(handle, null));
        Assert.Equal(0ul, Reference(unchecked((nuint)(-2)), "PsThreadType"));
        Assert.Equal(world.Call("KeGetCurrentThread"), GuestMemory.Read<nuint>(objectAt));
        Assert.Equal(0ul, Reference(unchecked((nuint)(-1)), "PsProcessType"));
        Assert.Equal(world.Call("IoGetCurrentProcess"), GuestMemory.Read<nuint>(objectAt));
    });

    [Fact]
    public void A_reference_too_many_given_back_is_bug_check_18() => KernelWorld.Simulate(world =>
    {
        var thread = Create(world, _ => 0);
        WaitTests.Wait(world, thread, null);
        world.Call("ObfDereferenceObject", thread);
        var stop = Assert.Throws<GuestStoppedException>(() => world.Call("ObfDereferenceObject", thread));
        Assert.StartsWith("REFERENCE_BY_POINTER (0x18)", stop.Message, StringComparison.Ordinal);
    });

    [Fact]
    public void Every_thread_has_an_id_of_its_own_and_the_system_process() => KernelWorld.Simulate(world =>
    {
        var ids = new List<ulong> { world.Call("PsGetCurrentThreadId") };
        for (var i = 0; i < 3; i++)
            WaitTests.Wait(world, Create(world, _ =>
            {
                ids.Add(world.Call("PsGetCurrentThreadId"));
                Assert.Equal(4ul, world.Call("PsGetCurrentProcessId"));
                return 0;
            }), null);
        Assert.Equal(ids.Count, ids.Distinct().Count());
        Assert.All(ids, id => Assert.Equal(0ul, id % 4));
    });

    [Fact]
    public void The_last_thread_to_end_is_told() => KernelWorld.Simulate(world =>
    {
        var told = 0;
        world.Executive.GuestThreads.BecameIdle += () => told++;
        Assert.True(world.Executive.GuestThreads.WaitUntilIdle(0));
        var e = WaitTests.NewEvent(world, EVENT_TYPE.NotificationEvent);
        WaitTests.Start(world, 2, _ => WaitTests.Wait(world, e, null));
        Assert.False(world.Executive.GuestThreads.WaitUntilIdle(1_000));
        Assert.Equal(2, world.Executive.GuestThreads.Count);
        Assert.Equal(0, told);
        world.Call("KeSetEvent", e, 0, 0);
        Assert.True(world.Executive.GuestThreads.WaitUntilIdle(IParker.Never));
        Assert.Equal(1, told);
    });

    [Fact]
    public void A_call_into_nowhere_stops_the_guest_and_ends_the_thread() => KernelWorld.Simulate(world =>
    {
        world.Call("PsCreateSystemThread", world.Memory(8), 0, 0, 0, 0, 0xDEAD_0000, 0);
        Assert.True(world.Executive.GuestThreads.WaitUntilIdle(IParker.Never));
        Assert.Contains("0xdead0000", world.Executive.StopReason!, StringComparison.Ordinal);
    });

    [Fact]
    public void A_thousand_threads_leave_nothing_behind()
    {
        using var world = KernelWorld.OnHost();
        var blocks = 0;
        for (var round = 0; round < 100; round++)
        {
            WaitTests.Join(world, WaitTests.Start(world, 10, _ => { }));
            if (round == 1)
                blocks = world.Executive.Heap.Count;
        }
        Assert.True(world.Executive.GuestThreads.WaitUntilIdle(IParker.Never));
        Assert.Equal(1000, world.Executive.GuestThreads.StartedCount);
        // A thread's blocks go after its object is signalled, so a few of the last round may still be there.
        Assert.InRange(world.Executive.Heap.Count, 0, blocks + 1000 + 40);
        Assert.Equal(0, world.Executive.Handles.Count);
    }

    /// <summary>Starts a guest thread, closes its handle, returns its object with a reference.</summary>
    internal static nuint Create(KernelWorld world, Func<ulong[], ulong> body, ulong context = 0)
    {
        var handleAt = world.Memory(16);
        Assert.Equal(0ul,
            world.Call("PsCreateSystemThread", handleAt, 0, 0, 0, 0, world.Callback(body), context));
        var handle = GuestMemory.Read<nuint>(handleAt);
        Assert.Equal(0ul, world.Call("ObReferenceObjectByHandle",
            handle, 0, TypeOf(world, "PsThreadType"), 0, handleAt + 8, 0));
        Assert.Equal(0ul, world.Call("ZwClose", handle));
        return GuestMemory.Read<nuint>(handleAt + 8);
    }

    private static ulong TypeOf(KernelWorld world, string variable)
    {
        Assert.True(world.Executive.Routines.TryFindVariable(Libraries.Ntoskrnl, variable, out var cell));
        return GuestMemory.Read<ulong>(cell);
    }
}
