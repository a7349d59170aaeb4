// WskGetNameInfo: the names of an address and a port, its flags, and room for them. Rules NAME-22..31,
// NAME-17, OPEN-54. Its IRP: PendingNameTests.cs; for whom it asks: NameAccountTests.cs.
using OpenWsk.Abi;
using OpenWsk.Ports;
using OpenWsk.TestSupport;
using static OpenWsk.Abi.NTSTATUS;
using static OpenWsk.Abi.WskConstants;

namespace OpenWsk.Provider.Tests;

public sealed class NameInfoTests
{
    [ArmTheory]
    [Rule("NAME-22")]
    [Rule("NAME-23", Twin.Obeyed)]
    [Rule("NAME-24", Twin.Obeyed)]
    [Rule("NAME-25", Twin.Obeyed)]
    public void NAME_22_an_address_becomes_a_host_and_a_service(Arm arm) => Run(arm, names =>
    {
        Assert.Equal(Found("www.example.test", "http"), names.Names(At("192.0.2.10", 80)));
        Assert.Equal(Found("six.example.test", "domain"), names.Names(At("2001:db8::10", 53)));
        Assert.Equal(Found("link.example.test", "http"), names.Names(At("fe80::1%3", 80)));
        // A SOCKADDR in a larger buffer, as a SOCKADDR_STORAGE is.
        var storage = names.Client.Memory(128);
        At("192.0.2.10", 80).Write(new GuestPtr<SOCKADDR>(storage));
        Assert.Equal(STATUS_SUCCESS, names.Client.Run(
            irp => names.CallNames(irp, storage, 128, names.Room(), names.Room())));
    });

    [ArmTheory]
    [Rule("NAME-23", Twin.Violated)]
    [Rule("NAME-17")]
    public void NAME_23_an_address_longer_than_any_is_refused_and_reported(Arm arm) =>
        ContractWorld.Run(arm, world =>
        {
            using var names = new NameClient(world);
            var address = names.Client.Memory(256);
            At("127.0.0.1", 80).Write(new GuestPtr<SOCKADDR>(address));

            Assert.Equal(STATUS_INVALID_PARAMETER, names.Client.Run(
                irp => names.CallNames(irp, address, 129, names.Room(), 0)));
            Assert.Equal(["NAME-23"], world.Breaches);
        });

    [ArmTheory]
    [Rule("NAME-24", Twin.Violated)]
    [Rule("NAME-17")]
    public void NAME_24_room_for_neither_name_is_refused_and_reported(Arm arm) =>
        ContractWorld.Run(arm, world =>
        {
            using var names = new NameClient(world);

            Assert.Equal(
                STATUS_INVALID_PARAMETER,
                names.Names(At("127.0.0.1", 80), wantsNode: false, wantsService: false).Status);
            Assert.Equal(["NAME-24"], world.Breaches);
        });

    [ArmTheory]
    [Rule("NAME-25", Twin.Violated)]
    [Rule("OPEN-54")]
    [InlineData(18, 10)]
    [InlineData(20, 8)]
    [InlineData(0, 10)]
    public void NAME_25_too_little_room_is_refused_and_reported(Arm arm, int nodeBytes, int serviceBytes) =>
        ContractWorld.Run(arm, world =>
        {
            using var names = new NameClient(world);
            world.Names.Add("host.test", "192.0.2.1");
            var (node, service) = (names.Room(nodeBytes), names.Room(serviceBytes));
            var address = names.Client.Address(At("192.0.2.1", 80));
            // One character less than the text with its terminator needs, or the buffer is not there at all.
            if (nodeBytes == 0)
                GuestMemory.Write(node, default(UNICODE_STRING));

            Assert.Equal(STATUS_BUFFER_TOO_SMALL, names.Client.Run(
                irp => names.CallNames(irp, address, 16, node, service)));
            Assert.Equal(["NAME-25"], world.Breaches);
            // Nothing was written, in the larger one neither.
            Assert.Equal(0, GuestMemory.Read<UNICODE_STRING>(node).Length);
            Assert.Equal(0, GuestMemory.Read<UNICODE_STRING>(service).Length);
            Assert.Equal('\0', GuestMemory.Read<char>(GuestMemory.Read<UNICODE_STRING>(service).Buffer));
        });

    [ArmTheory]
    [Rule("NAME-25", Twin.Obeyed)]
    [Rule("OPEN-54")]
    public void NAME_25_room_that_just_fits_is_enough(Arm arm) => Run(arm, names =>
    {
        var (node, service) = (names.Room(34), names.Room(10));
        var address = names.Client.Address(At("192.0.2.10", 80));

        Assert.Equal(STATUS_SUCCESS, names.Client.Run(
            irp => names.CallNames(irp, address, 16, node, service)));
        var text = GuestMemory.Read<UNICODE_STRING>(node);
        Assert.Equal((32, 34, "www.example.test"),
            (text.Length, text.MaximumLength, GuestMemory.WideZ(text.Buffer).ToString()));
    });

    [ArmTheory]
    [Rule("NAME-26")]
    public void NAME_26_what_is_not_wanted_is_not_looked_up(Arm arm) => Run(arm, names =>
    {
        Assert.Equal(
            new FoundNames(STATUS_SUCCESS, "www.example.test", null),
            names.Names(At("192.0.2.10", 80), wantsService: false));
        Assert.Equal(
            new FoundNames(STATUS_SUCCESS, null, "http"),
            names.Names(At("192.0.2.10", 80), wantsNode: false));
        var asked = names.World.Names.Seen.Cast<NameLookup>();
        Assert.Equal(
            [(true, false), (false, true)], asked.Select(l => (l.WantsHostName, l.WantsServiceName)));
    });

    [ArmTheory]
    [Rule("NAME-27")]
    public void NAME_27_names_are_fully_qualified_unless_the_local_form_is_asked_for(Arm arm) =>
        Run(arm, names =>
        {
            names.World.Names.Table.Domain = "example.test";
            names.World.Names.Add("www.example.com", "192.0.2.20");

            Assert.Equal("www.example.test", names.Names(At("192.0.2.10", 0)).Node);
            Assert.Equal("www", names.Names(At("192.0.2.10", 0), NI_NOFQDN).Node);
            // Only a host of the own domain has a relative name.
            Assert.Equal("www.example.com", names.Names(At("192.0.2.20", 0), NI_NOFQDN).Node);
        });

    [ArmTheory]
    [Rule("NAME-28")]
    public void NAME_28_the_number_stands_where_it_is_wanted_or_there_is_no_name(Arm arm) => Run(arm, names =>
    {
        Assert.Equal("192.0.2.10", names.Names(At("192.0.2.10", 0), NI_NUMERICHOST).Node);
        Assert.Equal("2001:db8::10", names.Names(At("2001:db8::10", 0), NI_NUMERICHOST).Node);
        Assert.Equal("fe80::1%3", names.Names(At("fe80::1%3", 0), NI_NUMERICHOST).Node);
        Assert.Empty(names.World.Names.Seen);

        Unname(names, "192.0.2.30");
        Assert.Equal(Found("192.0.2.30", "http"), names.Names(At("192.0.2.30", 80)));
        names.World.Names.Add("broken.test", "192.0.2.31").Failure = STATUS_RETRY;
        Assert.Equal(Found("192.0.2.31", "http"), names.Names(At("192.0.2.31", 80)));
    });

    [ArmTheory]
    [Rule("NAME-29")]
    [Rule("DIFF-21")]
    public void NAME_29_a_name_that_is_required_and_not_there_is_an_error(Arm arm) => Run(arm, names =>
    {
        Unname(names, "192.0.2.30");
        names.World.Names.Add("broken.test", "192.0.2.31").Failure = STATUS_RETRY;

        Assert.Equal(
            Found("www.example.test", "http"), names.Names(At("192.0.2.10", 80), NI_NAMEREQD));
        Assert.Equal(STATUS_NOT_FOUND, names.Names(At("192.0.2.30", 80), NI_NAMEREQD).Status);
        Assert.Equal(STATUS_RETRY, names.Names(At("192.0.2.31", 80), NI_NAMEREQD).Status);
        // It is the host's name that is required.
        Assert.Equal(
            new FoundNames(STATUS_SUCCESS, null, "http"),
            names.Names(At("192.0.2.30", 80), NI_NAMEREQD, wantsNode: false));
    });

    [ArmTheory]
    [Rule("NAME-30")]
    public void NAME_30_the_port_stands_where_it_is_wanted_or_has_no_service(Arm arm) => Run(arm, names =>
    {
        string? Ask(ushort port, uint flags = 0) =>
            names.Names(At("192.0.2.10", port), flags, wantsNode: false).Service;

        Assert.Equal("80", Ask(80, NI_NUMERICSERV));
        Assert.Equal("0", Ask(0, NI_NUMERICSERV));
        Assert.Equal("0", Ask(0));
        Assert.Empty(names.World.Names.Seen);
        Assert.Equal("http", Ask(80));
        Assert.Equal("65535", Ask(65535));
    });

    [ArmTheory]
    [Rule("NAME-31")]
    public void NAME_31_a_port_can_be_of_two_services(Arm arm) => Run(arm, names =>
    {
        Assert.Equal("shell", names.Names(At("192.0.2.10", 514), wantsNode: false).Service);
        Assert.Equal("syslog", names.Names(At("192.0.2.10", 514), NI_DGRAM, wantsNode: false).Service);
    });

    [ArmTheory]
    [Rule("NAME-17")]
    public void NAME_17_arguments_that_are_none_are_refused(Arm arm) => Run(arm, names =>
    {
        NTSTATUS Ask(ulong address, uint lengthBytes, uint flags = 0) =>
            names.Client.Run(irp => names.CallNames(irp, address, lengthBytes, names.Room(), 0, flags));
        var v4 = names.Client.Address(At("192.0.2.10", 80));
        var v6 = names.Client.Address(At("2001:db8::10", 80));
        var unknown = names.Client.Memory(28);
        GuestMemory.Write(unknown, (ushort)1);

        Assert.Equal(STATUS_INVALID_PARAMETER, Ask(0, 16));
        Assert.Equal(STATUS_INVALID_PARAMETER, Ask(v4, 0));
        Assert.Equal(STATUS_INVALID_PARAMETER, Ask(v4, 15));
        Assert.Equal(STATUS_INVALID_PARAMETER, Ask(v6, 27));
        Assert.Equal(STATUS_INVALID_PARAMETER, Ask(unknown, 28));
        Assert.Equal(STATUS_INVALID_PARAMETER, Ask(v4, 16, 0x20));
        Assert.Empty(names.World.Names.Seen);
    });

    private static FoundNames Found(string node, string service) => new(STATUS_SUCCESS, node, service);

    private static EndpointAddress At(string address, ushort port) =>
        EndpointAddress.From(System.Net.IPAddress.Parse(address), port);

    // An address of which the table knows that it has no name.
    private static void Unname(NameClient names, string address)
    {
        names.World.Names.Add("gone.test", address);
        names.World.Names.Table.SetHostName(address, null);
    }

    private static void Run(Arm arm, Action<NameClient> body) => ContractWorld.Run(arm, world =>
    {
        using var names = new NameClient(world);
        world.Names.Add("www.example.test", "192.0.2.10");
        world.Names.Add("six.example.test", "2001:db8::10");
        world.Names.Add("link.example.test", "fe80::1%3");
        body(names);
        Assert.Empty(world.Breaches);
    });
}
