// For whom a name is looked up: OwningProcess and OwningThread of the name functions. Rules NAME-11..15,
// DIFF-10, DIFF-11. In user mode there are no tokens: a world says who a process is, and hands that on to its
// resolver.
using OpenWsk.Abi;
using OpenWsk.Ports;
using OpenWsk.TestSupport;
using static OpenWsk.Abi.NTSTATUS;

namespace OpenWsk.Provider.Tests;

public sealed class NameAccountTests
{
    private const string Alice = "S-1-5-21-1-2-3-1001";
    private const string Bob = "S-1-5-21-1-2-3-1002";
    private const nuint Process = 0x1000;
    private const nuint Thread = 0x2000;

    [ArmTheory]
    [Rule("NAME-11")]
    [Rule("DIFF-10")]
    public void NAME_11_without_a_process_a_local_account_with_minimal_privileges_asks(Arm arm) =>
        Run(arm, names =>
        {
            Assert.Equal(STATUS_NOT_FOUND, names.Ask("alice.test").Status);
            Assert.Equal("192.0.2.1", names.Names(HostOf("192.0.2.1")).Node);
            // The account of the local service, not that of the process in which drivers run.
            Assert.All(Accounts(names), account => Assert.Equal("S-1-1-0 S-1-5-19", account));
        });

    [ArmTheory]
    [Rule("NAME-12")]
    public void NAME_12_the_account_of_the_process_or_of_the_thread_asks(Arm arm) => Run(arm, names =>
    {
        names.World.Provider.Security.SetThread(Thread, Bob);
        var (status, list) = names.Ask("alice.test", process: Process);
        Assert.Equal(STATUS_SUCCESS, status);
        names.Free(list);
        Assert.Equal("alice.test", names.Names(HostOf("192.0.2.1"), process: Process).Node);
        Assert.Equal([Alice, Alice], Accounts(names));

        // The thread impersonates Bob, to whom Alice's name is nothing.
        Assert.Equal(STATUS_NOT_FOUND, names.Ask("alice.test", process: Process, thread: Thread).Status);
        Assert.Equal(
            "192.0.2.1", names.Names(HostOf("192.0.2.1"), process: Process, thread: Thread).Node);
        Assert.Equal([Alice, Alice, Bob, Bob], Accounts(names));
    });

    [ArmTheory]
    [Rule("NAME-13")]
    [Rule("NAME-15")]
    public void NAME_13_a_caller_that_impersonates_names_no_process_and_no_thread(Arm arm) =>
        Run(arm, names =>
        {
            var self = names.World.Executive.CurrentThread.Object;
            names.World.Provider.Security.SetThread(self, Bob);

            Refused(names, Process, 0);
            Refused(names, Process, Thread);
            Assert.Empty(names.World.Names.Seen);
            // Naming neither is allowed, and so is naming both once it impersonates no more.
            names.Free(names.Ask("127.0.0.1").List);
            names.World.Provider.Security.SetThread(self);
            names.Free(names.Ask("127.0.0.1", process: Process, thread: Thread).List);
        });

    [ArmTheory]
    [Rule("NAME-14")]
    [Rule("DIFF-11")]
    public void NAME_14_a_thread_without_its_process_is_refused(Arm arm) => Run(arm, names =>
    {
        Refused(names, 0, Thread);
        Assert.Empty(names.World.Names.Seen);
        names.Free(names.Ask("127.0.0.1", process: Process, thread: Thread).List);
    });

    private static void Refused(NameClient names, nuint process, nuint thread)
    {
        var (status, _) = names.Ask("alice.test", process: process, thread: thread);
        Assert.Equal(STATUS_INVALID_PARAMETER, status);
        Assert.Equal(
            STATUS_INVALID_PARAMETER,
            names.Names(HostOf("192.0.2.1"), process: process, thread: thread).Status);
    }

    private static IEnumerable<string> Accounts(NameClient names) =>
        names.World.Names.Seen.Select(lookup => string.Join(
            ' ', (lookup is AddressLookup host ? host.Account : ((NameLookup)lookup).Account).Order()));

    private static EndpointAddress HostOf(string address) =>
        EndpointAddress.From(System.Net.IPAddress.Parse(address), 0);

    private static void Run(Arm arm, Action<NameClient> body) => ContractWorld.Run(arm, world =>
    {
        using var names = new NameClient(world);
        world.Names.Add("alice.test", "192.0.2.1").VisibleTo = Alice;
        world.Provider.Security.SetProcess(Process, Alice);
        body(names);
        Assert.Empty(world.Breaches);
    });
}
