// Generic tables, AVL and splay: against a sorted dictionary over thousands of random steps, with the shape
// of the tree checked, and the enumerations' rules. It knows nothing about drivers: see the loader's tests.
namespace OpenWsk.Kernel.Tests;

public sealed class TableTests
{
    private const int AvlLinks = 0x20;
    private const int SplayLinks = 0x28;

    [Theory]
    [InlineData("Avl", 1)]
    [InlineData("Avl", 2)]
    [InlineData("", 3)]
    [InlineData("", 4)]
    public void A_table_is_a_sorted_dictionary(string kind, int seed) => KernelWorld.Simulate(world =>
    {
        var table = NewTable(world, kind);
        var model = new SortedDictionary<uint, uint>();
        var random = new Random(seed);
        for (var step = 0; step < 3000; step++)
        {
            var key = (uint)random.Next(200);
            switch (random.Next(3))
            {
                case 0:
                    var (place, isNew) = Insert(world, table, kind, key, (uint)step);
                    Assert.Equal(model.TryAdd(key, (uint)step), isNew);
                    Assert.Equal(model[key], GuestMemory.Read<uint>((nuint)place + 4));
                    break;
                case 1:
                    Assert.Equal(
                        model.Remove(key) ? 1ul : 0,
                        world.Call("RtlDeleteElementGenericTable" + kind, table, Key(world, key)));
                    break;
                default:
                    var found = world.Call("RtlLookupElementGenericTable" + kind, table, Key(world, key));
                    Assert.Equal(model.ContainsKey(key), found != 0);
                    break;
            }
            if (step % 50 == 0)
                CheckShape(world, table, kind, model.Count);
        }
        Assert.Equal((ulong)model.Count, world.Call("RtlNumberGenericTableElements" + kind, table));
        Assert.Equal(model.Keys, Enumerate(world, table, kind));
        Assert.Equal(model.Keys, EnumerateWithoutSplaying(world, table, kind));
        foreach (var key in model.Keys.ToArray())
            Assert.Equal(1ul, world.Call("RtlDeleteElementGenericTable" + kind, table, Key(world, key)));
        Assert.Equal(1ul, world.Call("RtlIsGenericTableEmpty" + kind, table));
        Assert.Equal(0, s_live);
    });

    [Fact]
    public void An_avl_table_numbers_its_elements_in_the_order_of_keys() => KernelWorld.Simulate(world =>
    {
        var table = NewTable(world, "Avl");
        foreach (var key in (uint[])[5, 1, 9, 3, 7])
            Insert(world, table, "Avl", key, 0);
        foreach (var (index, key) in ((uint, uint)[])[(0, 1), (2, 5), (4, 9), (1, 3)])
            Assert.Equal(key, KeyAt(world.Call("RtlGetElementGenericTableAvl", table, index)));
        Assert.Equal(0ul, world.Call("RtlGetElementGenericTableAvl", table, 5));
        world.Call("RtlDeleteElementGenericTableAvl", table, Key(world, 1));
        Assert.Equal(3u, KeyAt(world.Call("RtlGetElementGenericTableAvl", table, 0)));
        Clear(world, table, "Avl");
    });

    [Fact]
    public void A_splay_table_numbers_its_elements_in_the_order_of_insertion() =>
        KernelWorld.Simulate(world =>
        {
            var table = NewTable(world, "");
            foreach (var key in (uint[])[5, 1, 9, 3, 7])
                Insert(world, table, "", key, 0);
            foreach (var (index, key) in ((uint, uint)[])[(0, 5), (2, 9), (4, 7), (1, 1)])
                Assert.Equal(key, KeyAt(world.Call("RtlGetElementGenericTable", table, index)));
            Assert.Equal(0ul, world.Call("RtlGetElementGenericTable", table, 5));
            Clear(world, table, "");
        });

    [Fact]
    public void A_directory_listing_survives_deletions() => KernelWorld.Simulate(world =>
    {
        var table = NewTable(world, "Avl");
        for (var key = 1u; key <= 10; key++)
            Insert(world, table, "Avl", key, 0);
        var isEven = world.Callback(a => GuestMemory.Read<uint>((nuint)a[1]) % 2 == 0
            ? (uint)NTSTATUS.STATUS_SUCCESS
            : (uint)NTSTATUS.STATUS_NO_MATCH);
        var (restart, deletes) = (world.New<nuint>(), world.New<uint>());
        var seen = new List<uint>();
        var at = Key(world, 0);
        while (world.Call("RtlEnumerateGenericTableLikeADirectory", table, isEven, 0, 1, restart.Address,
            deletes.Address, at) is var element && element != 0)
        {
            seen.Add(KeyAt(element));
            at = Key(world, seen[^1]);
            if (seen[^1] == 4)
                world.Call("RtlDeleteElementGenericTableAvl", table, Key(world, 4));
        }
        Assert.Equal([2u, 4u, 6u, 8u, 10u], seen);
        Clear(world, table, "Avl");
    });

    [Fact]
    public void The_first_of_equal_elements_is_found() => KernelWorld.Simulate(world =>
    {
        // All keys below 100 count as equal, as a look-up by prefix has it.
        var table = NewTable(world, "Avl");
        for (var key = 1u; key <= 7; key++)
            Insert(world, table, "Avl", key, 0);
        var loose = world.Callback(a => 2);
        new GuestPtr<RTL_AVL_TABLE>(table).Value.CompareRoutine = loose;
        var first = world.Call(
            "RtlLookupFirstMatchingElementGenericTableAvl", table, Key(world, 3), world.New<nuint>().Address);
        Assert.Equal(1u, KeyAt(first));
    });

    [Fact]
    public void Links_that_a_driver_has_broken_end_in_a_bug_check() => KernelWorld.Simulate(world =>
    {
        var table = NewTable(world, "Avl");
        Insert(world, table, "Avl", 1, 0);
        var node = new GuestPtr<RTL_AVL_TABLE>(table).Value.BalancedRoot.RightChild;
        node.Value.RightChild = node;
        var stop = Assert.Throws<GuestStoppedException>(
            () => world.Call("RtlLookupElementGenericTableAvl", table, Key(world, 5)));
        Assert.StartsWith("KERNEL_SECURITY_CHECK_FAILURE (0x139)", stop.Message, StringComparison.Ordinal);
    });

    [Fact]
    public void No_memory_leaves_the_table_as_it_was() => KernelWorld.Simulate(world =>
    {
        var table = NewTable(world, "Avl");
        new GuestPtr<RTL_AVL_TABLE>(table).Value.AllocateRoutine = world.Callback(_ => 0);
        Assert.Equal((0ul, false), Insert(world, table, "Avl", 1, 0));
        Assert.Equal(1ul, world.Call("RtlIsGenericTableEmptyAvl", table));
    });

    [Fact]
    public void Splay_links_work_without_a_table() => KernelWorld.Simulate(world =>
    {
        var nodes = Enumerable.Range(0, 5).Select(_ => world.New<RTL_SPLAY_LINKS>().Address).ToArray();
        TreeOf(nodes);
        Assert.Equal(nodes[1], world.Call("RtlRealSuccessor", nodes[0]));
        Assert.Equal(nodes[3], world.Call("RtlRealPredecessor", nodes[4]));
        Assert.Equal(0ul, world.Call("RtlRealSuccessor", nodes[4]));
        Assert.Equal(0ul, world.Call("RtlSubtreePredecessor", nodes[0]));
        Assert.Equal(nodes[4], world.Call("RtlSplay", nodes[4]));
        Assert.Equal(nodes[4], new GuestPtr<RTL_SPLAY_LINKS>(nodes[4]).Value.Parent.Address);
        var root = world.New<nuint>();
        root.Value = nodes[4];
        world.Call("RtlDeleteNoSplay", nodes[4], root.Address);
        Assert.NotEqual(nodes[4], root.Value);
        Assert.Equal(0ul, world.Call("RtlRealSuccessor", nodes[3]));
        Assert.NotEqual(0ul, world.Call("RtlDelete", nodes[2]));
        Assert.Equal(nodes[3], world.Call("RtlRealSuccessor", nodes[1]));
    });

    // A chain of right children in order.
    private static void TreeOf(nuint[] nodes)
    {
        for (var i = 0; i < nodes.Length; i++)
        {
            ref var links = ref new GuestPtr<RTL_SPLAY_LINKS>(nodes[i]).Value;
            links.Parent = new GuestPtr<RTL_SPLAY_LINKS>(nodes[Math.Max(i - 1, 0)]);
            links.RightChild = new GuestPtr<RTL_SPLAY_LINKS>(i + 1 < nodes.Length ? nodes[i + 1] : 0);
        }
    }

    [ThreadStatic]
    private static int s_live;

    private static nuint NewTable(KernelWorld world, string kind)
    {
        s_live = 0;
        var table = world.Memory(104);
        var compare = world.Callback(a =>
        {
            var (x, y) = (GuestMemory.Read<uint>((nuint)a[1]), GuestMemory.Read<uint>((nuint)a[2]));
            return x < y ? 0ul : x > y ? 1ul : 2ul;
        });
        var allocate = world.Callback(a =>
        {
            Assert.Equal(8ul + (ulong)(kind == "Avl" ? AvlLinks : SplayLinks), a[1]);
            s_live++;
            return world.Memory((int)a[1]);
        });
        var free = world.Callback(a =>
        {
            s_live--;
            world.Executive.Heap.Free((nuint)a[1]);
            return 0;
        });
        world.Call("RtlInitializeGenericTable" + kind, table, compare, allocate, free, 0x77);
        return table;
    }

    private static (ulong Place, bool IsNew) Insert(
        KernelWorld world, nuint table, string kind, uint key, uint value)
    {
        var (buffer, isNew) = (Key(world, key), world.New<byte>());
        GuestMemory.Write(buffer + 4, value);
        var place = world.Call("RtlInsertElementGenericTable" + kind, table, buffer, 8, isNew.Address);
        return (place, isNew.Value != 0);
    }

    private static void Clear(KernelWorld world, nuint table, string kind)
    {
        foreach (var key in Enumerate(world, table, kind))
            world.Call("RtlDeleteElementGenericTable" + kind, table, Key(world, key));
        Assert.Equal(0, s_live);
    }

    private static List<uint> Enumerate(KernelWorld world, nuint table, string kind)
    {
        var keys = new List<uint>();
        for (var element = world.Call("RtlEnumerateGenericTable" + kind, table, 1); element != 0;
            element = world.Call("RtlEnumerateGenericTable" + kind, table, 0))
            keys.Add(KeyAt(element));
        return keys;
    }

    private static List<uint> EnumerateWithoutSplaying(KernelWorld world, nuint table, string kind)
    {
        var keys = new List<uint>();
        var restart = world.New<nuint>();
        while (world.Call("RtlEnumerateGenericTableWithoutSplaying" + kind, table, restart.Address) is var e
            && e != 0)
            keys.Add(KeyAt(e));
        return keys;
    }

    // Each child knows its parent, and no node of an AVL tree leans by more than one.
    private static void CheckShape(KernelWorld world, nuint table, string kind, int count)
    {
        if (kind.Length == 0)
            return;
        var root = new GuestPtr<RTL_AVL_TABLE>(table).Value.BalancedRoot.RightChild;
        var (depth, nodes) = Measure(root, table);
        Assert.Equal(count, nodes);
        if (count > 0)
            Assert.Equal((uint)depth, new GuestPtr<RTL_AVL_TABLE>(table).Value.DepthOfTree);
    }

    private static (int Depth, int Nodes) Measure(GuestPtr<RTL_BALANCED_LINKS> node, nuint parent)
    {
        if (node.IsNull)
            return (0, 0);
        Assert.Equal(parent, node.Value.Parent.Address);
        var (left, leftNodes) = Measure(node.Value.LeftChild, node.Address);
        var (right, rightNodes) = Measure(node.Value.RightChild, node.Address);
        Assert.Equal(right - left, node.Value.Balance);
        Assert.InRange(right - left, -1, 1);
        return (Math.Max(left, right) + 1, leftNodes + rightNodes + 1);
    }

    private static nuint Key(KernelWorld world, uint key)
    {
        var buffer = world.Memory(8);
        GuestMemory.Write(buffer, key);
        return buffer;
    }

    private static uint KeyAt(ulong element) => GuestMemory.Read<uint>((nuint)element);
}
