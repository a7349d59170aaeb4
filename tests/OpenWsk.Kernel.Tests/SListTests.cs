// Interlocked lists: order, depth as inlined code reads it, and that two threads never get one entry.
// It knows nothing about lookaside lists: see PoolTests.cs.
namespace OpenWsk.Kernel.Tests;

public sealed class SListTests
{
    [Fact]
    public void Entries_come_back_last_first_and_the_header_counts() => KernelWorld.Simulate(world =>
    {
        var head = world.New<SLIST_HEADER>();
        GuestMemory.Span(head.Address, 16).Fill(0xFF);
        world.Call("InitializeSListHead", head.Address);
        var entries = Enumerable.Range(0, 3).Select(_ => world.Memory(16)).ToArray();
        Assert.Equal(0ul, world.Call("ExpInterlockedPopEntrySList", head.Address));
        Assert.Equal(0ul, world.Call("ExpInterlockedPushEntrySList", head.Address, entries[0]));
        Assert.Equal(entries[0], world.Call("ExpInterlockedPushEntrySList", head.Address, entries[1]));
        Assert.Equal(entries[1], world.Call("ExpInterlockedPushEntrySList", head.Address, entries[2]));
        Assert.Equal(3, (ushort)head.Value.Alignment);
        Assert.Equal(entries[2], head.Value.Region);
        Assert.Equal(entries[2], world.Call("ExpInterlockedPopEntrySList", head.Address));
        Assert.Equal(2ul, world.Call("ExQueryDepthSList", head.Address));
        Assert.Equal(entries[1], world.Call("ExpInterlockedFlushSList", head.Address));
        Assert.Equal(entries[0], GuestMemory.Read<nuint>(entries[1]));
        Assert.Equal(0ul, world.Call("ExQueryDepthSList", head.Address));
        Assert.Equal(0ul, world.Call("FirstEntrySList", head.Address));
    });

    [Fact]
    public void A_misaligned_entry_stops_the_guest() => KernelWorld.Simulate(world =>
        Assert.Throws<GuestStoppedException>(() =>
            world.Call("ExpInterlockedPushEntrySList", world.Memory(16), world.Memory(32) + 8)));

    [Fact]
    public void Two_threads_never_get_one_entry()
    {
        using var world = KernelWorld.OnHost();
        var head = world.Memory(16);
        var entries = Enumerable.Range(0, 8).Select(_ => world.Memory(32)).ToArray();
        foreach (var entry in entries)
            world.Call("ExpInterlockedPushEntrySList", head, entry);
        WaitTests.Join(world, WaitTests.Start(world, 4, _ =>
        {
            for (var i = 0; i < 5000; i++)
            {
                var entry = (nuint)world.Call("ExpInterlockedPopEntrySList", head);
                Assert.NotEqual(0u, entry);
                ref var owners = ref GuestMemory.Ref<int>(entry + 16);
                Assert.Equal(1, Interlocked.Increment(ref owners));
                Interlocked.Decrement(ref owners);
                world.Call("ExpInterlockedPushEntrySList", head, entry);
            }
        }));
        Assert.Equal(8ul, world.Call("ExQueryDepthSList", head));
    }

    [Fact]
    public void Singly_linked_lists_under_a_spin_lock_are_stacks() => KernelWorld.Simulate(world =>
    {
        var (head, spinLock) = (world.Memory(8), world.Memory(8));
        var entries = new[] { world.Memory(8), world.Memory(8) };
        Assert.Equal(0ul, world.Call("ExInterlockedPushEntryList", head, entries[0], spinLock));
        Assert.Equal(entries[0], world.Call("ExInterlockedPushEntryList", head, entries[1], spinLock));
        Assert.Equal(entries[1], world.Call("ExInterlockedPopEntryList", head, spinLock));
        Assert.Equal(entries[0], world.Call("ExInterlockedPopEntryList", head, spinLock));
        Assert.Equal(0ul, world.Call("ExInterlockedPopEntryList", head, spinLock));
    });

    [Fact]
    public void Lists_under_a_spin_lock_keep_their_links() => KernelWorld.Simulate(world =>
    {
        var spinLock = world.Memory(8);
        var head = world.New<LIST_ENTRY>();
        (head.Value.Flink, head.Value.Blink) = (head, head);
        var entries = Enumerable.Range(0, 3).Select(_ => world.Memory(16)).ToArray();
        Assert.Equal(0ul, world.Call("ExInterlockedInsertTailList", head.Address, entries[1], spinLock));
        Assert.Equal(entries[1],
            world.Call("ExInterlockedInsertTailList", head.Address, entries[2], spinLock));
        Assert.Equal(entries[1],
            world.Call("ExInterlockedInsertHeadList", head.Address, entries[0], spinLock));
        foreach (var entry in entries)
            Assert.Equal(entry, world.Call("ExInterlockedRemoveHeadList", head.Address, spinLock));
        Assert.Equal(0ul, world.Call("ExInterlockedRemoveHeadList", head.Address, spinLock));
        Assert.Equal(head, head.Value.Blink);
    });
}
