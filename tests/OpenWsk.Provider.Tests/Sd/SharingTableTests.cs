// The table of group SD, row by row: a second bind against a first one of the same port. Each row of test
// data is one cell: option and kind of the second bind, of the first, and what comes out (S success, I in
// use, D denied, C checked against the first socket's descriptor). Where contexts and descriptors come from:
// SecurityTests.cs.
using System.Net;
using OpenWsk.Abi;
using OpenWsk.Ports;
using OpenWsk.TestSupport;
using static OpenWsk.Abi.NTSTATUS;
using static OpenWsk.Abi.WskConstants;

namespace OpenWsk.Provider.Tests;

public sealed class SharingTableTests
{
    private const uint None = 0;
    private const uint Reuse = SO_REUSEADDR;
    private const uint Exclusive = SO_EXCLUSIVEADDRUSE;
    private const bool Wildcard = true;
    private const bool Specific = false;

    [ArmTheory]
    [Rule("SD-02")]
    [Rule("SD-01")]
    [Rule("SD-12")]
    [Rule("BIND-17")]
    [InlineData(None, Wildcard, 'I')]
    [InlineData(None, Specific, 'S')]
    [InlineData(Reuse, Wildcard, 'I')]
    [InlineData(Reuse, Specific, 'S')]
    [InlineData(Exclusive, Wildcard, 'I')]
    [InlineData(Exclusive, Specific, 'S')]
    public void SD_02_no_option_wildcard(Arm arm, uint first, bool isWildcard, char cell) =>
        Judge(arm, None, Wildcard, first, isWildcard, cell);

    [ArmTheory]
    [Rule("SD-03")]
    [Rule("SD-04")]
    [Rule("SD-13")]
    [Rule("SD-14")]
    [Rule("SD-17")]
    [Rule("BIND-17")]
    [InlineData(None, Wildcard, 'C')]
    [InlineData(None, Specific, 'I')]
    [InlineData(Reuse, Wildcard, 'C')]
    [InlineData(Reuse, Specific, 'D')]
    [InlineData(Exclusive, Wildcard, 'D')]
    [InlineData(Exclusive, Specific, 'I')]
    public void SD_03_no_option_specific(Arm arm, uint first, bool isWildcard, char cell) =>
        Judge(arm, None, Specific, first, isWildcard, cell);

    [ArmTheory]
    [Rule("SD-05")]
    [InlineData(None, Wildcard, 'D')]
    [InlineData(None, Specific, 'S')]
    [InlineData(Reuse, Wildcard, 'S')]
    [InlineData(Reuse, Specific, 'S')]
    [InlineData(Exclusive, Wildcard, 'D')]
    [InlineData(Exclusive, Specific, 'S')]
    public void SD_05_reuse_wildcard(Arm arm, uint first, bool isWildcard, char cell) =>
        Judge(arm, Reuse, Wildcard, first, isWildcard, cell);

    [ArmTheory]
    [Rule("SD-05")]
    public void SD_05_a_port_that_connecting_chose_is_judged_though_nobody_asked_for_it(Arm arm) =>
        ContractWorld.Run(arm, world =>
        {
            using var client = new TestClient(world);
            using var listener = world.Listen();
            var holder = client.Connect(listener.Address);
            using var peer = listener.Accept();
            var port = peer.RemoteAddress.Port;
            var other = Make(client, Reuse, 0);

            Assert.Equal(STATUS_ACCESS_DENIED, client.Bind(other, client.Address(Kind(true).WithPort(port))));
            client.Close(other);
            client.Close(holder);
            var next = Make(client, Reuse, 0);
            Assert.NotEqual(
                STATUS_ACCESS_DENIED, client.Bind(next, client.Address(Kind(true).WithPort(port))));
            client.Close(next);
        });

    [ArmTheory]
    [Rule("SD-06")]
    [Rule("SD-07")]
    [Rule("SD-14")]
    [Rule("SD-17")]
    [InlineData(None, Wildcard, 'C')]
    [InlineData(None, Specific, 'D')]
    [InlineData(Reuse, Wildcard, 'S')]
    [InlineData(Reuse, Specific, 'S')]
    [InlineData(Exclusive, Wildcard, 'D')]
    [InlineData(Exclusive, Specific, 'D')]
    public void SD_06_reuse_specific(Arm arm, uint first, bool isWildcard, char cell) =>
        Judge(arm, Reuse, Specific, first, isWildcard, cell);

    [ArmTheory]
    [Rule("SD-08")]
    [InlineData(None, Wildcard)]
    [InlineData(None, Specific)]
    [InlineData(Reuse, Wildcard)]
    [InlineData(Reuse, Specific)]
    [InlineData(Exclusive, Wildcard)]
    [InlineData(Exclusive, Specific)]
    public void SD_08_exclusive_wildcard(Arm arm, uint first, bool isWildcard) =>
        Judge(arm, Exclusive, Wildcard, first, isWildcard, 'I');

    [ArmTheory]
    [Rule("SD-09")]
    [Rule("SD-10")]
    [Rule("SD-14")]
    [Rule("SD-17")]
    [InlineData(None, Wildcard, 'C')]
    [InlineData(None, Specific, 'I')]
    [InlineData(Reuse, Wildcard, 'C')]
    [InlineData(Reuse, Specific, 'I')]
    [InlineData(Exclusive, Wildcard, 'D')]
    [InlineData(Exclusive, Specific, 'I')]
    public void SD_09_exclusive_specific(Arm arm, uint first, bool isWildcard, char cell) =>
        Judge(arm, Exclusive, Specific, first, isWildcard, cell);

    [ArmTheory]
    [Rule("SD-11")]
    [InlineData(None, None)]
    [InlineData(None, Exclusive)]
    [InlineData(Exclusive, None)]
    [InlineData(Exclusive, Exclusive)]
    [InlineData(Reuse, Exclusive)]
    public void SD_11_two_specific_addresses_never_conflict(Arm arm, uint first, uint second) =>
        ContractWorld.Run(arm, world =>
        {
            using var client = new TestClient(world);
            var holder = Make(client, first, 0);
            var port = world.FreePort().Port;
            Assert.Equal(
                STATUS_SUCCESS, client.Bind(holder, client.Address(Local("127.0.0.1").WithPort(port))));
            var other = Make(client, second, 0);

            Assert.Equal(
                STATUS_SUCCESS, client.Bind(other, client.Address(Local("127.0.0.2").WithPort(port))));
            client.Close(other);
            client.Close(holder);
        });

    [ArmTheory]
    [Rule("SD-01")]
    [Rule("CTLS-20", Twin.Obeyed)]
    [Rule("CTLS-22", Twin.Obeyed)]
    [InlineData(Reuse)]
    [InlineData(Exclusive)]
    public void SD_01_the_options_are_off_at_first(Arm arm, uint option) => ContractWorld.Run(arm, world =>
    {
        using var client = new TestClient(world);
        var socket = client.Socket();

        Assert.Equal(0u, Get(client, socket, option));
        Assert.Equal(STATUS_SUCCESS, client.SetOption(socket, option, 1));
        Assert.Equal(1u, Get(client, socket, option));
        Assert.Equal(STATUS_SUCCESS, client.SetOption(socket, option, 0));
        Assert.Equal(0u, Get(client, socket, option));
        client.Close(socket);
        Assert.Empty(world.Breaches);
    });

    [ArmTheory]
    [Rule("CTLS-20", Twin.Violated)]
    [Rule("CTLS-22", Twin.Violated)]
    [Rule("OPEN-45")]
    [InlineData(Exclusive, "CTLS-20")]
    [InlineData(Reuse, "CTLS-22")]
    public void CTLS_20_an_option_after_the_bind_is_refused_and_reported(Arm arm, uint option, string rule) =>
        ContractWorld.Run(arm, world =>
        {
            using var client = new TestClient(world);
            var socket = client.Socket();
            client.Bind(socket, client.Any());

            Assert.Equal(STATUS_INVALID_DEVICE_STATE, client.SetOption(socket, option, 1));
            Assert.Equal([rule], world.Breaches);
            Assert.Equal(0u, Get(client, socket, option));
            client.Close(socket);
        });

    // A checked cell is judged twice: with a descriptor that grants everybody, and with the default one
    // (SD-17).
    private static void Judge(
        Arm arm, uint second, bool isSecondWildcard, uint first, bool isFirstWildcard, char cell) =>
        ContractWorld.Run(arm, world =>
        {
            using var client = new TestClient(world);
            var everybody = client.CacheDescriptor((true, "S-1-1-0"));
            foreach (var descriptor in new ulong[] { 0, everybody })
            {
                var expected = cell switch
                {
                    'S' => STATUS_SUCCESS,
                    'I' => STATUS_ADDRESS_ALREADY_EXISTS,
                    'C' when descriptor != 0 => STATUS_SUCCESS,
                    _ => STATUS_ACCESS_DENIED,
                };
                var holder = Make(client, first, descriptor);
                Assert.Equal(STATUS_SUCCESS, client.Bind(holder, client.Address(Kind(isFirstWildcard))));
                var port = client.BoundTo(holder).Port;
                var other = Make(client, second, 0);

                Assert.Equal(
                    expected, client.Bind(other, client.Address(Kind(isSecondWildcard).WithPort(port))));
                client.Close(other);
                client.Close(holder);
            }
            client.ReleaseDescriptor(everybody);
            Assert.Empty(world.Breaches);
        });

    private static nuint Make(TestClient client, uint option, ulong descriptor)
    {
        var socket = client.Socket(descriptor: descriptor);
        if (option != None)
            Assert.Equal(STATUS_SUCCESS, client.SetOption(socket, option, 1));
        return socket;
    }

    private static uint Get(TestClient client, nuint socket, uint option)
    {
        var output = client.Memory(4);
        Assert.Equal(STATUS_SUCCESS, client.Run(irp => client.World.Call(
            TestClient.Functions(socket).Basic.WskControlSocket, socket,
            (ulong)WSK_CONTROL_SOCKET_TYPE.WskGetOption, option, SOL_SOCKET, 0, 0, 4, output, 0, irp)));
        return GuestMemory.Read<uint>(output);
    }

    private static EndpointAddress Kind(bool isWildcard) =>
        isWildcard ? EndpointAddress.Wildcard(AF_INET) : Local("127.0.0.1");

    private static EndpointAddress Local(string text) => EndpointAddress.From(IPAddress.Parse(text), 0);
}
