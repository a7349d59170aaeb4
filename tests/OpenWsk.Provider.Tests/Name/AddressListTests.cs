// The lists that WskGetAddressInfo returns, after they were found: who frees them, and what is noticed when
// nobody does. Rules NAME-09, NAME-10, IRQL-09.
using OpenWsk.Abi;
using OpenWsk.Kernel;
using OpenWsk.TestSupport;
using static OpenWsk.Abi.NTSTATUS;

namespace OpenWsk.Provider.Tests;

public sealed class AddressListTests
{
    [ArmTheory]
    [Rule("NAME-10")]
    [Rule("NAME-09", Twin.Obeyed)]
    [Rule("IRQL-09", Twin.Obeyed)]
    public void NAME_10_freeing_frees_the_whole_list(Arm arm) => ContractWorld.Run(arm, world =>
    {
        using var names = new NameClient(world);
        world.Names.Add("many.test", "192.0.2.1", "192.0.2.2", "2001:db8::1");
        var lists = Enumerable.Range(0, 3).Select(_ => names.Ask("many.test", "80").List).ToList();
        Assert.All(lists, list => Assert.Equal(3, NameClient.Read(list).Count));
        Assert.Equal(3, world.Provider.AddressListCount);
        Assert.Equal("address list", Assert.Single(
            world.Executive.CollectLeftovers(), leftover => leftover.Kind == "address list").Kind);

        foreach (var list in lists)
            names.Free(list);
        Assert.Equal(0, world.Provider.AddressListCount);
        AssertHeapStaysFlat(world, names);
        Assert.DoesNotContain(world.Executive.CollectLeftovers(), left => left.Kind == "address list");
        // No list is freed by doing nothing.
        names.Free(0);
        Assert.Empty(world.Breaches);
    });

    [ArmTheory]
    public void A_freed_list_that_is_still_used_is_told_of(Arm arm) => ContractWorld.Run(arm, world =>
    {
        using var names = new NameClient(world);
        var list = names.Ask("127.0.0.1", "0").List;
        var address = new GuestPtr<ADDRINFOEXW>(list).Value.ai_addr.Address;
        var sockets = new[] { names.Client.Socket(), names.Client.Socket() };
        Assert.Equal(STATUS_SUCCESS, names.Client.Bind(sockets[0], address));
        Assert.Empty(world.Breaches);

        names.Free(list);
        Assert.Equal(STATUS_SUCCESS, names.Client.Bind(sockets[1], address));
        Assert.Equal(["POOL"], world.Breaches);
        Assert.All(sockets, socket => Assert.Equal(STATUS_SUCCESS, names.Client.Close(socket)));
    });

    // Freed lists stay readable for a while, and only so many of them: from then on a look-up leaves no more
    // behind than one that finds nothing, which is what the test client keeps of each.
    private static void AssertHeapStaysFlat(ContractWorld world, NameClient names)
    {
        int Growth(string name, int count)
        {
            var before = world.Executive.Heap.Count;
            for (var i = 0; i < count; i++)
                names.Free(names.Ask(name, "80").List);
            return world.Executive.Heap.Count - before;
        }

        const int moreThanAreKept = 32;
        Growth("many.test", moreThanAreKept);
        Assert.Equal(Growth("nobody.test", moreThanAreKept), Growth("many.test", moreThanAreKept));
    }

    [ArmTheory]
    [Rule("NAME-09", Twin.Violated)]
    public void NAME_09_a_list_that_was_never_freed_is_reported_at_deregistration(Arm arm) =>
        ContractWorld.Run(arm, world =>
        {
            using (var names = new NameClient(world))
            {
                names.Ask("127.0.0.1");
                names.Ask("::1");
            }

            Assert.Equal(["NAME-09", "NAME-09"], world.Breaches);
            Assert.Equal(0, world.Provider.AddressListCount);
        });

    [ArmTheory]
    [Rule("NAME-09", Twin.Violated)]
    public void NAME_09_a_second_free_and_a_foreign_pointer_are_reported_and_free_nothing(Arm arm) =>
        ContractWorld.Run(arm, world =>
        {
            using var names = new NameClient(world);
            using var other = new NameClient(world);
            var list = names.Ask("127.0.0.1", "80").List;

            other.Free(list);
            Assert.Equal(["NAME-09"], world.Breaches);
            names.Free(list + 8);
            names.Free(names.Client.Memory(72));
            Assert.Equal(3, world.Breaches.Count);
            Assert.Equal("127.0.0.1:80", Assert.Single(NameClient.Read(list)).Text);
            names.Free(list);
            Assert.Equal(3, world.Breaches.Count);
            names.Free(list);
            Assert.Equal(4, world.Breaches.Count(rule => rule == "NAME-09"));
        });

    [ArmTheory]
    [Rule("IRQL-09", Twin.Violated)]
    public void IRQL_09_freeing_above_passive_level_is_reported(Arm arm) => ContractWorld.Run(arm, world =>
    {
        using var names = new NameClient(world);
        var list = names.Ask("127.0.0.1").List;
        world.AtIrql(Irql.Dispatch, () =>
        {
            names.Free(list);
            return STATUS_SUCCESS;
        });

        Assert.Equal(["IRQL-09"], world.Breaches);
    });
}
