// The hints of WskGetAddressInfo: family, type, protocol, and what each flag does. Rules NAME-08, NAME-17.
// It knows nothing about what a look-up without hints finds: AddressInfoTests.cs.
using OpenWsk.Abi;
using OpenWsk.Ports;
using OpenWsk.TestSupport;
using static OpenWsk.Abi.NTSTATUS;
using static OpenWsk.Abi.WskConstants;

namespace OpenWsk.Provider.Tests;

public sealed class HintTests
{
    private const string Host = "www.example.test";
    private const string V4 = "192.0.2.10";
    private const string V6 = "2001:db8::10";

    [ArmTheory]
    [Rule("NAME-08")]
    public void NAME_08_the_family_limits_the_result(Arm arm) => Run(arm, names =>
    {
        Assert.Equal([$"{V4}:0"], names.Texts(Host, hints: names.Hints(family: AF_INET)));
        Assert.Equal([$"[{V6}]:0"], names.Texts(Host, hints: names.Hints(family: AF_INET6)));
        Assert.Equal(2, names.Find(Host, hints: names.Hints()).Count);
        Assert.Equal(["127.0.0.1:9"], names.Texts(null, "9", names.Hints(family: AF_INET)));
        Assert.Equal(STATUS_NOT_FOUND, names.Fail("127.0.0.1", hints: names.Hints(family: AF_INET6)));
        Assert.Equal(STATUS_NOT_FOUND, names.Fail("::1", hints: names.Hints(family: AF_INET)));
        Assert.Equal(STATUS_NOT_FOUND, names.Fail("v4.test", hints: names.Hints(family: AF_INET6)));
    });

    [ArmTheory]
    [Rule("NAME-08")]
    public void NAME_08_type_and_protocol_limit_the_service(Arm arm) => Run(arm, names =>
    {
        string Ask(string service, int type, int protocol = 0)
        {
            var found = Assert.Single(names.Find("127.0.0.1", service, names.Hints(0, 0, type, protocol)));
            return $"{found.Address.Port} {found.SocketType} {found.Protocol}";
        }

        Assert.Equal("53 1 6", Ask("domain", SOCK_STREAM, (int)IPPROTO_TCP));
        Assert.Equal("53 2 17", Ask("domain", SOCK_DGRAM, (int)IPPROTO_UDP));
        Assert.Equal("53 1 6", Ask("domain", 0, (int)IPPROTO_TCP));
        Assert.Equal("53 2 17", Ask("domain", 0, (int)IPPROTO_UDP));
        Assert.Equal("99 3 0", Ask("99", SOCK_RAW));
        Assert.Equal(STATUS_NOT_FOUND, names.Fail("127.0.0.1", "http", names.Hints(type: SOCK_DGRAM)));
        Assert.Equal(STATUS_NOT_FOUND, names.Fail("127.0.0.1", "tftp", names.Hints(type: SOCK_STREAM)));
        Assert.Equal(STATUS_NOT_FOUND, names.Fail("127.0.0.1", "http", names.Hints(type: SOCK_RAW)));
    });

    [ArmTheory]
    [Rule("NAME-08")]
    public void NAME_08_AI_PASSIVE_without_a_host_gives_wildcard_addresses(Arm arm) => Run(arm, names =>
    {
        var passive = names.Hints(AI_PASSIVE);
        Assert.Equal(["[::]:80", "0.0.0.0:80"], names.Texts(null, "80", passive));
        Assert.Equal(["[::1]:80", "127.0.0.1:80"], names.Texts(null, "80", names.Hints()));
        Assert.Equal([$"{V4}:80"], names.Texts(V4, "80", passive));
    });

    [ArmTheory]
    [Rule("NAME-08")]
    public void NAME_08_AI_NUMERICSERV_takes_numbers_only(Arm arm) => Run(arm, names =>
    {
        var numeric = names.Hints(AI_NUMERICSERV);
        Assert.Equal(["127.0.0.1:80"], names.Texts("127.0.0.1", "80", numeric));
        Assert.Equal(STATUS_NOT_FOUND, names.Fail("127.0.0.1", "http", numeric));
        Assert.Empty(names.World.Names.Seen);
    });

    [ArmTheory]
    [Rule("NAME-08")]
    public void NAME_08_AI_V4MAPPED_and_AI_ALL_bring_IPv4_addresses_to_IPv6(Arm arm) => Run(arm, names =>
    {
        nuint Hints(uint flags, int family = AF_INET6) => names.Hints(flags, family);

        Assert.Equal(["[::ffff:192.0.2.11]:0"], names.Texts("v4.test", hints: Hints(AI_V4MAPPED)));
        Assert.Equal([$"[{V6}]:0"], names.Texts(Host, hints: Hints(AI_V4MAPPED)));
        Assert.Equal(
            [$"[{V6}]:0", $"[::ffff:{V4}]:0"], names.Texts(Host, hints: Hints(AI_V4MAPPED | AI_ALL)));
        Assert.Equal([$"[{V6}]:0"], names.Texts(Host, hints: Hints(AI_ALL)));
        Assert.Equal(["[::ffff:127.0.0.1]:0"], names.Texts("127.0.0.1", hints: Hints(AI_V4MAPPED)));
        Assert.Equal(["192.0.2.11:0"], names.Texts("v4.test", hints: Hints(AI_V4MAPPED, 0)));
    });

    [ArmTheory]
    [Rule("NAME-08")]
    [InlineData("192.0.2.10:0", "127.0.0.1", "fe80::5%1", "10.0.0.5")]
    [InlineData("[2001:db8::10]:0", "169.254.7.7", "::1", "fd00::5")]
    [InlineData("", "127.0.0.1", "::1", "127.0.0.2")]
    public void NAME_08_AI_ADDRCONFIG_leaves_out_families_that_this_host_lacks(
        Arm arm, string expected, string first, string second, string third) =>
        ContractWorld.Run(
            arm,
            world =>
            {
                using var names = new NameClient(world);
                world.Names.Add(Host, V4, V6);
                var hints = names.Hints(AI_ADDRCONFIG);

                Assert.Equal(2, names.Find(Host).Count);
                if (expected.Length == 0)
                    Assert.Equal(STATUS_NOT_FOUND, names.Fail(Host, hints: hints));
                else
                    Assert.Equal([expected], names.Texts(Host, hints: hints));
            },
            wrap: (transport, _) => new ListedTransport(transport, first, second, third));

    [ArmTheory]
    [Rule("NAME-08")]
    public void NAME_08_AI_FQDN_completes_a_name_without_dots(Arm arm) => Run(arm, names =>
    {
        names.World.Names.Table.Domain = "example.test";
        var full = names.Hints(AI_FQDN);

        Assert.Equal(Host, AddressInfoTests.CanonicalName(names, "www", full));
        // A name with dots is itself, though it may be another name's alias.
        names.World.Names.Table.AddAlias("web.example.test", Host);
        Assert.Equal("web.example.test", AddressInfoTests.CanonicalName(names, "web.example.test", full));
    });

    [ArmTheory]
    [Rule("NAME-08")]
    [InlineData(AI_DNS_ONLY)]
    [InlineData(AI_NON_AUTHORITATIVE)]
    [InlineData(AI_SECURE)]
    [InlineData(AI_RETURN_PREFERRED_NAMES)]
    [InlineData(AI_FILESERVER)]
    public void NAME_08_flags_of_other_namespaces_have_no_effect(Arm arm, uint flag) => Run(arm, names =>
        Assert.Equal(names.Texts(Host, "http"), names.Texts(Host, "http", names.Hints(flag))));

    [ArmTheory]
    [Rule("NAME-17")]
    [InlineData(AI_CANONNAME | AI_FQDN, 0, 0)]
    [InlineData(AI_EXTENDED, 0, 0)]
    [InlineData(0x0200u, 0, 0)]
    [InlineData(0u, 1, 0)]
    [InlineData(0u, -1, 0)]
    [InlineData(0u, 0, 999)]
    [InlineData(0u, 0, -1)]
    public void NAME_17_hints_that_make_no_sense_are_refused(Arm arm, uint flags, int family, int type) =>
        Run(arm, names =>
        {
            var hints = names.Hints(flags, family, type);
            Assert.Equal(STATUS_INVALID_PARAMETER, names.Fail(Host, hints: hints));
            Assert.Empty(names.World.Names.Seen);
        });

    [ArmTheory]
    [Rule("NAME-17")]
    [InlineData(16)]
    [InlineData(24)]
    [InlineData(32)]
    [InlineData(64)]
    public void NAME_17_members_of_hints_without_meaning_are_zero(Arm arm, int offset) => Run(arm, names =>
    {
        var hints = names.Hints();
        GuestMemory.Write(hints + (nuint)offset, (nuint)hints);
        Assert.Equal(STATUS_INVALID_PARAMETER, names.Fail(Host, hints: hints));
    });

    [ArmTheory]
    [Rule("NAME-17")]
    public void NAME_17_arguments_that_are_none_are_refused(Arm arm) => Run(arm, names =>
    {
        var client = names.Client;
        var place = names.ResultPlace();
        var (text, odd) = (names.String(Host), names.String(client.Memory(8), 3, 8));
        var empty = names.String(0, 8, 8);

        // No place for the result; no such string; a canonical name of nothing.
        Assert.Equal(STATUS_INVALID_PARAMETER, client.Run(irp => names.Call(irp, text, 0, 0)));
        Assert.Equal(STATUS_INVALID_PARAMETER, client.Run(irp => names.Call(irp, odd, 0, place)));
        Assert.Equal(STATUS_INVALID_PARAMETER, client.Run(irp => names.Call(irp, empty, 0, place)));
        Assert.Equal(STATUS_INVALID_PARAMETER, client.Run(irp => names.Call(irp, text, odd, place)));
        Assert.Equal(STATUS_INVALID_PARAMETER, names.Fail(null, "80", names.Hints(AI_CANONNAME)));
        Assert.Empty(names.World.Names.Seen);
    });

    private static void Run(Arm arm, Action<NameClient> body) => ContractWorld.Run(arm, world =>
    {
        using var names = new NameClient(world);
        world.Names.Add(Host, V6, V4);
        world.Names.Add("v4.test", "192.0.2.11");
        body(names);
        Assert.Empty(world.Breaches);
        Assert.Equal(0, world.Provider.AddressListCount);
    });
}
