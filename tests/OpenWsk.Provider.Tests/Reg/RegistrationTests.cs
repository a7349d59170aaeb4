// WskRegister: what it takes, what it refuses, and the client's duties towards its block. Rules REG-01..17.
// It knows nothing about the end of a registration: see DeregistrationTests.cs.
using OpenWsk.Abi;
using OpenWsk.Kernel;
using OpenWsk.TestSupport;
using static OpenWsk.Abi.NTSTATUS;
using static OpenWsk.Abi.WskConstants;

namespace OpenWsk.Provider.Tests;

public sealed class RegistrationTests
{
    [ArmTheory]
    [Rule("REG-01")]
    [Rule("REG-03", Twin.Obeyed)]
    [Rule("REG-05", Twin.Obeyed)]
    [Rule("REG-06", Twin.Obeyed)]
    [Rule("REG-10", Twin.Obeyed)]
    public void REG_01_a_registered_block_serves_the_other_four_functions(Arm arm) =>
        ContractWorld.Run(arm, world =>
        {
            using var client = new TestClient(world, captures: false);
            var characteristics = client.Memory(4);

            Assert.Equal(STATUS_SUCCESS, client.Capture(WSK_INFINITE_WAIT));
            Assert.Equal(STATUS_SUCCESS, client.Query(characteristics));
            client.Release();
            client.Deregister();
            Assert.Empty(world.Breaches);
            Assert.Equal(0, world.Provider.Registrations);
        });

    [ArmTheory]
    [Rule("REG-02")]
    public void REG_02_a_refused_registration_leaves_nothing(Arm arm) => ContractWorld.Run(arm, world =>
    {
        var npi = new GuestPtr<WSK_CLIENT_NPI>(world.Executive.Heap.Allocate(16));
        var block = world.Executive.Heap.Allocate(32);

        Assert.Equal(STATUS_INVALID_PARAMETER, world.Call(Libraries.Netio, "WskRegister", 0, block));
        Assert.Equal(
            STATUS_INVALID_PARAMETER, world.Call(Libraries.Netio, "WskRegister", npi.Address, block));
        npi.Value.Dispatch = new GuestPtr<WSK_CLIENT_DISPATCH>(block);
        Assert.Equal(STATUS_INVALID_PARAMETER, world.Call(Libraries.Netio, "WskRegister", npi.Address, 0));
        Assert.Equal(0, world.Provider.Registrations);
    });

    [ArmTheory]
    [Rule("REG-03", Twin.Violated)]
    [Rule("OPEN-58")]
    public void REG_03_a_second_deregistration_stops_the_driver_and_is_reported(Arm arm) =>
        ContractWorld.Run(arm, world =>
        {
            using var client = new TestClient(world, captures: false);
            client.Deregister();

            Assert.Throws<GuestStoppedException>(client.Deregister);
            Assert.Equal(["REG-03"], world.Breaches);
        });

    [ArmTheory]
    [Rule("REG-04")]
    public void REG_04_registrations_of_one_driver_are_independent(Arm arm) => ContractWorld.Run(arm, world =>
    {
        using var listener = world.Listen();
        using var first = new TestClient(world);
        using var second = new TestClient(world);
        Assert.NotEqual(first.Client, second.Client);
        var socket = first.Connect(listener.Address);
        second.Release();
        second.Deregister();

        Assert.Equal((STATUS_SUCCESS, (nuint)2), first.Send(socket, "on"u8));
        var another = first.Connect(listener.Address);
        first.Close(another);
        first.Close(socket);
        Assert.Equal(1, world.Provider.Registrations);
    });

    [ArmTheory]
    [Rule("REG-05", Twin.Violated)]
    public void REG_05_a_block_in_use_is_refused_and_reported(Arm arm) => ContractWorld.Run(arm, world =>
    {
        using var client = new TestClient(world);
        var again = world.Call(
            Libraries.Netio, "WskRegister", client.ClientNpi.Address, client.Registration.Address);

        Assert.Equal(STATUS_INVALID_PARAMETER, again);
        Assert.Equal(["REG-05"], world.Breaches);
        Assert.Equal(1, world.Provider.Registrations);
    });

    [ArmTheory]
    [Rule("REG-06", Twin.Violated)]
    [InlineData(0)]
    [InlineData(8)]
    public void REG_06_a_changed_block_is_reported_at_the_next_call(Arm arm, int offset) =>
        ContractWorld.Run(arm, world =>
        {
            using var client = new TestClient(world, captures: false);
            var member = client.Registration.Address + (nuint)offset;
            var kept = GuestMemory.Read<ulong>(member);
            GuestMemory.Write(member, kept ^ 1);

            client.Capture(WSK_NO_WAIT);
            Assert.Equal(["REG-06"], world.Breaches);
            GuestMemory.Write(member, kept);
            client.Release();
        });

    [ArmTheory]
    [Rule("REG-09")]
    public void REG_09_the_client_npi_may_go_after_the_call(Arm arm) => ContractWorld.Run(arm, world =>
    {
        using var client = new TestClient(world, captures: false);
        client.ClientNpi.Value = default;

        Assert.Equal(STATUS_SUCCESS, client.Capture(WSK_NO_WAIT));
        client.Release();
    });

    [ArmTheory]
    [Rule("REG-10", Twin.Violated)]
    public void REG_10_reserved_that_is_not_zero_is_reported(Arm arm) => Registers(arm, 7, 0, ["REG-10"]);

    [ArmTheory]
    [Rule("REG-11", Twin.Violated)]
    public void REG_11_a_client_event_that_is_no_code_is_reported(Arm arm) =>
        Registers(arm, 0, 0x1234, ["REG-11"]);

    [ArmTheory]
    [Rule("REG-11", Twin.Obeyed)]
    [InlineData(false)]
    [InlineData(true)]
    public void REG_11_a_client_event_is_null_or_code(Arm arm, bool hasCallback) =>
        ContractWorld.Run(arm, world =>
        {
            var callback = world.Executive.Code.Register(_ => (uint)STATUS_NOT_IMPLEMENTED);
            using (var client = new TestClient(world, captures: false))
                Register(client, 0, hasCallback ? callback : 0);
            world.Executive.Code.Unregister(callback);
            Assert.Empty(world.Breaches);
        });

    [ArmTheory]
    [Rule("REG-12")]
    public void REG_12_the_major_number_is_the_high_byte(Arm arm) => ContractWorld.Run(arm, world =>
    {
        // 1.0 is 0x0100; 0x0001 would be 0.1, which nobody supports.
        using var right = new TestClient(world, version: 0x0100);
        using var swapped = new TestClient(world, version: 0x0001, captures: false);

        Assert.Equal(STATUS_NOINTERFACE, swapped.Capture(WSK_NO_WAIT));
        Assert.Equal(1, right.Table.Version >> 8);
        Assert.Equal(0, right.Table.Version & 0xFF);
    });

    [ArmTheory]
    [Rule("REG-14")]
    public void REG_14_registering_does_not_wait_for_the_provider(Arm arm) => ContractWorld.Run(
        arm,
        world =>
        {
            using var client = new TestClient(world, captures: false);
            Assert.Equal(1, world.Provider.Registrations);
        },
        new WskSettings { IsReadyAtStart = false });

    [ArmTheory]
    [Rule("REG-15")]
    [Rule("REG-16")]
    [Rule("REG-17")]
    [Rule("NPI-06")]
    [Rule("NPI-20")]
    public void REG_15_an_unsupported_version_fails_at_the_capture_and_another_can_be_tried(Arm arm) =>
        ContractWorld.Run(arm, world =>
        {
            for (var cycle = 0; cycle < 3; cycle++)
            {
                ushort version;
                using (var client = new TestClient(world, version: 0x0200, captures: false))
                {
                    Assert.Equal(STATUS_NOINTERFACE, client.Capture(WSK_INFINITE_WAIT));
                    var characteristics = client.Memory(4);
                    Assert.Equal(STATUS_SUCCESS, client.Query(characteristics));
                    version = GuestMemory.Read<WSK_PROVIDER_CHARACTERISTICS>(characteristics).HighestVersion;
                }
                using (var client = new TestClient(world, version))
                    client.Close(client.Socket());
                Assert.Equal(0, world.Provider.Registrations);
            }
        });

    private static void Registers(Arm arm, ushort reserved, nuint clientEvent, string[] breaches) =>
        ContractWorld.Run(arm, world =>
        {
            using var client = new TestClient(world, captures: false);
            Register(client, reserved, clientEvent);
            Assert.Equal(breaches, world.Breaches);
        });

    // Registers a second block with a table of its own, and ends that registration.
    private static void Register(TestClient client, ushort reserved, nuint clientEvent)
    {
        var dispatch = new GuestPtr<WSK_CLIENT_DISPATCH>(client.Memory(16));
        dispatch.Value = new WSK_CLIENT_DISPATCH
        {
            Version = 0x0100,
            Reserved = reserved,
            WskClientEvent = clientEvent,
        };
        var npi = new GuestPtr<WSK_CLIENT_NPI>(client.Memory(16));
        npi.Value = new WSK_CLIENT_NPI { Dispatch = dispatch };
        var block = client.Memory(32);
        Assert.Equal(STATUS_SUCCESS, client.World.Call(Libraries.Netio, "WskRegister", npi.Address, block));
        client.World.Call(Libraries.Netio, "WskDeregister", block);
    }
}
