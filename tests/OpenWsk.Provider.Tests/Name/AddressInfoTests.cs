// WskGetAddressInfo: what it finds for names, services, numbers and hints. Rules NAME-01..08, NAME-16,
// NAME-32..35. It knows nothing about lists after they were found (AddressListTests.cs), about IRPs
// (PendingNameTests.cs) and about the other direction (NameInfoTests.cs).
using OpenWsk.Abi;
using OpenWsk.Ports;
using OpenWsk.TestSupport;
using static OpenWsk.Abi.NTSTATUS;
using static OpenWsk.Abi.WskConstants;

namespace OpenWsk.Provider.Tests;

public sealed class AddressInfoTests
{
    private const string Host = "www.example.test";
    private const string V4 = "192.0.2.10";
    private const string V6 = "2001:db8::10";

    [ArmTheory]
    [Rule("NAME-01")]
    [Rule("NAME-33")]
    [Rule("NAME-04", Twin.Obeyed)]
    [Rule("NAME-05", Twin.Obeyed)]
    [Rule("NAME-09", Twin.Obeyed)]
    public void NAME_01_a_host_and_a_service_become_a_list(Arm arm) => ContractWorld.Run(arm, world =>
    {
        using var names = new NameClient(world);
        world.Names.Add(Host, V6, V4);

        Assert.Equal([$"[{V6}]:12345", $"{V4}:12345"], names.Texts(Host, "12345"));
        Assert.Equal([$"[{V6}]:80", $"{V4}:80"], names.Texts(Host, "http"));
        Assert.Equal([$"[{V6}]:0", $"{V4}:0"], names.Texts(Host));
        Assert.Equal(["[::1]:80", "127.0.0.1:80"], names.Texts(null, "http"));
        Assert.Empty(world.Breaches);
    });

    [ArmTheory]
    [Rule("NAME-02")]
    [InlineData("127.0.0.1", "127.0.0.1:0")]
    [InlineData("0x7f.0.0.1", "127.0.0.1:0")]
    [InlineData("010.0.0.1", "8.0.0.1:0")]
    [InlineData("127.1", "127.0.0.1:0")]
    [InlineData("::1", "[::1]:0")]
    [InlineData("2001:DB8::A", "[2001:db8::a]:0")]
    [InlineData("::ffff:1.2.3.4", "[::ffff:1.2.3.4]:0")]
    [InlineData("fe80::1%2", "[fe80::1%2]:0")]
    [InlineData("fe80::1%uplink", "[fe80::1%7]:0")]
    public void NAME_02_numeric_addresses_are_read_without_a_query(Arm arm, string text, string expected) =>
        ContractWorld.Run(arm, world =>
        {
            using var names = new NameClient(world);
            world.Names.Table.AddInterface("uplink", 7);
            var found = Assert.Single(names.Find(text));

            // As on Windows: one entry, whatever it may be used for, that says that it was a number.
            Assert.Equal((expected, AI_NUMERICHOST, 0, 0),
                (found.Text, found.Flags, found.SocketType, found.Protocol));
            Assert.Empty(world.Names.Seen);
        });

    [ArmTheory]
    [Rule("NAME-02")]
    [InlineData("256.1.1.1")]
    [InlineData("1.2.3.4.5")]
    [InlineData("[::1]")]
    [InlineData("127.0.0.1:80")]
    [InlineData("127.0.0.1%1")]
    [InlineData("fe80::1%")]
    [InlineData("fe80::1%nowhere")]
    [InlineData("::1::")]
    public void NAME_02_other_text_is_a_name(Arm arm, string text) => ContractWorld.Run(arm, world =>
    {
        using var names = new NameClient(world);

        Assert.Equal(STATUS_NOT_FOUND, names.Fail(text));
        Assert.Equal(text, Assert.IsAssignableFrom<AddressLookup>(Assert.Single(world.Names.Seen)).HostName);
    });

    [ArmTheory]
    [Rule("OBS-08")]
    public void OBS_08_a_numeric_host_and_port_give_an_ipv4_entry_of_16_bytes(Arm arm) =>
        ContractWorld.Run(arm, world =>
        {
            using var names = new NameClient(world);
            var (status, list) = names.Ask("127.0.0.1", "12345");
            var entry = GuestMemory.Read<ADDRINFOEXW>(list);

            Assert.Equal((STATUS_SUCCESS, (int)AF_INET, (nuint)16),
                (status, entry.ai_family, entry.ai_addrlen));
            Assert.Equal("127.0.0.1:12345", Assert.Single(NameClient.Read(list)).Text);
            names.Free(list);
        });

    [ArmTheory]
    [Rule("NAME-03")]
    public void NAME_03_a_service_is_a_name_or_a_number_or_absent(Arm arm) => ContractWorld.Run(arm, world =>
    {
        using var names = new NameClient(world);
        IEnumerable<(string, int)> Ask(string? service) =>
            names.Find("127.0.0.1", service).Select(found => (found.Text, found.SocketType));

        Assert.Equal([("127.0.0.1:0", 0)], Ask(null));
        Assert.Equal([("127.0.0.1:0", 0)], Ask(""));
        Assert.Equal([("127.0.0.1:65535", 0)], Ask("65535"));
        Assert.Equal([("127.0.0.1:10", 0)], Ask("010"));
        // A service of one protocol says which; one of both serves both, so nothing is said.
        Assert.Equal([("127.0.0.1:80", (int)SOCK_STREAM)], Ask("http"));
        Assert.Equal([("127.0.0.1:69", (int)SOCK_DGRAM)], Ask("tftp"));
        Assert.Equal([("127.0.0.1:53", 0)], Ask("domain"));
        Assert.Equal(STATUS_NOT_FOUND, names.Fail("127.0.0.1", "65536"));
        Assert.Equal(STATUS_NOT_FOUND, names.Fail("127.0.0.1", "no-such-service"));
        Assert.Empty(world.Breaches);
    });

    [ArmTheory(Arm.Sim)]
    [Rule("NAME-03")]
    public void NAME_03_a_service_with_two_ports_gives_both(Arm arm) => ContractWorld.Run(arm, world =>
    {
        using var names = new NameClient(world);
        world.Names.Table.AddService("split", isDatagram: false, 1001);
        world.Names.Table.AddService("split", isDatagram: true, 1002);

        Assert.Equal(
            [("127.0.0.1:1001", (int)SOCK_STREAM), ("127.0.0.1:1002", (int)SOCK_DGRAM)],
            names.Find("127.0.0.1", "split").Select(found => (found.Text, found.SocketType)));
    });

    [ArmTheory]
    [Rule("NAME-04", Twin.Violated)]
    [InlineData(null, null)]
    [InlineData("", null)]
    [InlineData(null, "")]
    [InlineData("", "")]
    public void NAME_04_neither_host_nor_service_is_refused_and_reported(
        Arm arm, string? node, string? service) =>
        ContractWorld.Run(arm, world =>
        {
            using var names = new NameClient(world);

            Assert.Equal(STATUS_INVALID_PARAMETER, names.Fail(node, service));
            Assert.Equal(["NAME-04"], world.Breaches);
        });

    [ArmTheory]
    [Rule("NAME-05", Twin.Violated)]
    [InlineData(18)]
    [InlineData(28)]
    public void NAME_05_a_string_without_terminator_is_read_by_its_length_and_reported(
        Arm arm, int roomBytes) =>
        ContractWorld.Run(arm, world =>
        {
            using var names = new NameClient(world);
            var buffer = names.Client.Memory(64);
            "127.0.0.1garbage".CopyTo(GuestMemory.Chars(buffer, 16));
            var place = names.ResultPlace();
            var node = names.String(buffer, 18, roomBytes);

            Assert.Equal(STATUS_SUCCESS, names.Client.Run(irp => names.Call(irp, node, 0, place)));
            var list = GuestMemory.Read<nuint>(place);
            Assert.Equal("127.0.0.1:0", Assert.Single(NameClient.Read(list)).Text);
            Assert.Equal(["NAME-05"], world.Breaches);
            names.Free(list);
        });

    [ArmTheory]
    [Rule("NAME-06")]
    public void NAME_06_only_the_namespace_that_is_ours_answers(Arm arm) => ContractWorld.Run(arm, world =>
    {
        using var names = new NameClient(world);
        world.Names.Add(Host, V4);
        foreach (var nameSpace in new[] { NS_ALL, NS_DNS })
        {
            var (status, list) = names.Ask(Host, nameSpace: nameSpace);
            Assert.Equal(STATUS_SUCCESS, status);
            Assert.Equal(NameClient.DnsProvider,
                GuestMemory.Read<ADDRINFOEXW>(list).ai_provider.Value);
            names.Free(list);
        }
        var asked = world.Names.Seen.Count;

        Assert.All(
            [NS_NETBT, NS_WINS, NS_NLA, NS_BTH, NS_NTDS, NS_EMAIL, NS_PNRPNAME, NS_PNRPCLOUD, 99u],
            nameSpace => Assert.Equal(STATUS_NOT_FOUND, names.Fail(Host, nameSpace: nameSpace)));
        Assert.Equal(asked, world.Names.Seen.Count);
    });

    [ArmTheory]
    [Rule("NAME-07")]
    public void NAME_07_only_the_provider_that_is_ours_answers(Arm arm) => ContractWorld.Run(arm, world =>
    {
        using var names = new NameClient(world);
        world.Names.Add(Host, V4);
        var provider = names.Client.Memory(16);

        GuestMemory.Write(provider, NameClient.DnsProvider);
        var (status, list) = names.Ask(Host, provider: provider);
        Assert.Equal(STATUS_SUCCESS, status);
        names.Free(list);
        GuestMemory.Write(provider, new Guid("964ACBA2-B2BC-40EB-8C6A-A6DB40161CAE"));
        Assert.Equal(STATUS_NOT_FOUND, names.Fail(Host, provider: provider));
        Assert.Single(world.Names.Seen);
    });

    [ArmTheory]
    [Rule("NAME-16")]
    [Rule("OBS-07")]
    [Rule("DIFF-08")]
    [Rule("DIFF-21")]
    [Rule("NAME-19")]
    [Rule("NAME-35")]
    public void OBS_07_a_name_that_nobody_knows_is_STATUS_NOT_FOUND_with_nothing_to_free(Arm arm) =>
        ContractWorld.Run(arm, world =>
        {
            using var names = new NameClient(world);
            using var irp = names.Client.Irp();
            var place = names.ResultPlace();
            names.Call(irp, names.String("no.such.host.test"), 0, place);

            Assert.Equal((STATUS_NOT_FOUND, (nuint)0), (irp.Wait(), irp.Information));
            Assert.Equal((nuint)0, GuestMemory.Read<nuint>(place));
            Assert.Equal(0, world.Provider.AddressListCount);
            irp.Reuse();
            // On success the status is zero, and so is what holds it.
            names.Call(irp, names.String("127.0.0.1"), 0, place);
            Assert.Equal((STATUS_SUCCESS, (nuint)0), (irp.Wait(), irp.Information));
            names.Free(GuestMemory.Read<nuint>(place));
            Assert.Empty(world.Breaches);
        });

    [ArmTheory]
    [Rule("NAME-16")]
    [Rule("DIFF-21")]
    public void NAME_16_a_world_can_answer_as_the_page_says(Arm arm)
    {
        var settings = new WskSettings { NameNotFound = STATUS_NO_MATCH };
        ContractWorld.Run(
            arm,
            world =>
            {
                using var names = new NameClient(world);
                world.Names.Add("flaky.test", V4).Failure = STATUS_RETRY;
                var nobody = EndpointAddress.From(System.Net.IPAddress.Parse("192.0.2.99"), 80);
                world.Names.Add("gone.test", "192.0.2.99");
                world.Names.Table.SetHostName("192.0.2.99", null);

                Assert.Equal(STATUS_NO_MATCH, names.Fail("no.such.host.test"));
                Assert.Equal(STATUS_NO_MATCH, names.Fail("not-a-number", hints: names.Hints(AI_NUMERICHOST)));
                Assert.Equal(STATUS_NO_MATCH, names.Names(nobody, NI_NAMEREQD).Status);
                // A server that does not answer is something else.
                Assert.Equal(STATUS_RETRY, names.Fail("flaky.test"));
            },
            settings);
    }

    [ArmTheory]
    [Rule("NAME-32")]
    public void NAME_32_results_are_those_of_GetAddrInfoW(Arm arm) =>
        ContractWorld.Run(
            arm,
            world =>
            {
                using var names = new NameClient(world);
                world.Names.Add(Host, V4, V6);

                // What Windows was seen to do: localhost is every loopback address; a name without text, and
                // ..localmachine, are the machine's own addresses; an entry has the type and the protocol of
                // the hints, whatever they are.
                Assert.Equal(["[::1]:0", "127.0.0.1:0"], names.Texts("LocalHost"));
                Assert.Equal(["[fd00::5]:7", "10.0.0.5:7"], names.Texts("", "7"));
                Assert.Equal(["[fd00::5]:0", "10.0.0.5:0"], names.Texts("..localmachine"));
                var found = names.Find(Host, "80", names.Hints(0, 0, SOCK_DGRAM, (int)IPPROTO_TCP));
                Assert.Equal(
                    [($"{V4}:80", 0u, (int)SOCK_DGRAM, (int)IPPROTO_TCP),
                        ($"[{V6}]:80", 0u, SOCK_DGRAM, (int)IPPROTO_TCP)],
                    found.Select(f => (f.Text, f.Flags, f.SocketType, f.Protocol)));
                Assert.Empty(world.Breaches);
            },
            wrap: (inner, _) => new ListedTransport(inner, "127.0.0.1", "10.0.0.5", "::1", "fd00::5"));

    [ArmTheory]
    [Rule("NAME-33")]
    [InlineData(AF_INET)]
    [InlineData(AF_INET6)]
    public void NAME_33_an_address_of_the_list_can_be_connected_to(Arm arm, ushort family) =>
        ContractWorld.Run(arm, world =>
        {
            using var names = new NameClient(world);
            using var listener = world.Listen(family);
            var target = listener.Address;
            var (status, list) = names.Ask(
                target.ToIPAddress().ToString(), $"{target.Port}", names.Hints(type: SOCK_STREAM));
            Assert.Equal(STATUS_SUCCESS, status);
            var entry = GuestMemory.Read<ADDRINFOEXW>(list);
            using var irp = names.Client.Irp();

            names.Client.SocketConnect(
                irp, names.Client.Any((ushort)entry.ai_family), entry.ai_addr.Address,
                (ushort)entry.ai_socktype);
            Assert.Equal(STATUS_SUCCESS, irp.Wait());
            Assert.Equal(
                (STATUS_SUCCESS, target), names.Client.RemoteAddress(irp.Information));
            Assert.Equal(STATUS_SUCCESS, names.Client.Close(irp.Information));
            names.Free(list);
        });

    [ArmTheory]
    [Rule("NAME-34")]
    public void NAME_34_numeric_hosts_only_and_canonical_names(Arm arm) => ContractWorld.Run(arm, world =>
    {
        using var names = new NameClient(world);
        world.Names.Add(Host, V4);
        world.Names.Table.AddAlias("alias.example.test", Host);
        var numeric = names.Hints(AI_NUMERICHOST);

        Assert.Equal(["10.1.2.3:0"], names.Texts("10.1.2.3", hints: numeric));
        Assert.Equal(STATUS_NOT_FOUND, names.Fail(Host, hints: numeric));
        Assert.Equal(STATUS_NOT_FOUND, names.Fail("localhost", hints: numeric));
        Assert.Empty(world.Names.Seen);

        var canonical = names.Hints(AI_CANONNAME);
        Assert.Equal(Host, CanonicalName(names, "alias.example.test", canonical));
        Assert.Equal(Host, CanonicalName(names, Host, canonical));
        Assert.Equal("10.1.2.3", CanonicalName(names, "10.1.2.3", canonical));
        Assert.Null(CanonicalName(names, "alias.example.test", names.Hints()));
        Assert.Empty(world.Breaches);
    });

    internal static string? CanonicalName(NameClient names, string node, nuint hints)
    {
        var (status, list) = names.Ask(node, hints: hints);
        Assert.Equal(STATUS_SUCCESS, status);
        var name = NameClient.CanonicalName(list);
        names.Free(list);
        return name;
    }
}
