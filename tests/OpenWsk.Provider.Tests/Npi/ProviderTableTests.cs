// The table that a capture gives, and WskQueryProviderCharacteristics. Rules NPI-17..27, OPEN-49.
// It knows nothing about what the members do.
using OpenWsk.Abi;
using OpenWsk.TestSupport;
using static OpenWsk.Abi.NTSTATUS;
using static OpenWsk.Abi.WskConstants;

namespace OpenWsk.Provider.Tests;

public sealed class ProviderTableTests
{
    private const int TableBytes = 56;

    [ArmTheory]
    [Rule("NPI-17")]
    public void NPI_17_client_and_table_stay_as_they_are_until_the_release(Arm arm) =>
        ContractWorld.Run(arm, world =>
        {
            using var listener = world.Listen();
            using var client = new TestClient(world);
            var table = client.Npi.Value.Dispatch.Address;
            var before = GuestMemory.Span(table, TableBytes).ToArray();
            using (var other = new TestClient(world))
                other.Close(other.Connect(listener.Address));
            Assert.Equal(STATUS_SUCCESS, client.Capture(WSK_NO_WAIT));
            client.Release();

            Assert.Equal(before, GuestMemory.Span(table, TableBytes).ToArray());
            client.Close(client.Connect(listener.Address));
            Assert.Empty(world.Breaches);
        });

    [ArmTheory]
    [Rule("NPI-18")]
    [Rule("NPI-22")]
    [Rule("OPEN-49")]
    [Rule("NPI-21", Twin.Obeyed)]
    public void NPI_18_the_characteristics_name_a_range_that_can_be_captured(Arm arm) =>
        ContractWorld.Run(arm, world =>
        {
            using var client = new TestClient(world);
            var memory = client.Memory(4);
            GuestMemory.Write(memory, 0xDEAD_BEEFu);

            Assert.Equal(STATUS_SUCCESS, client.Query(memory));
            var range = GuestMemory.Read<WSK_PROVIDER_CHARACTERISTICS>(memory);
            Assert.Equal((0x0100, 0x0100), (range.LowestVersion, range.HighestVersion));
            foreach (var version in new[] { range.LowestVersion, range.HighestVersion })
                new TestClient(world, version).Dispose();
            Assert.Empty(world.Breaches);
        });

    [ArmTheory]
    [Rule("NPI-19")]
    public void NPI_19_an_unready_provider_has_no_characteristics(Arm arm) => ContractWorld.Run(
        arm,
        world =>
        {
            using var client = new TestClient(world, captures: false);
            var memory = client.Memory(4);
            Assert.Equal(STATUS_DEVICE_NOT_READY, client.Query(memory));
            world.Provider.MakeReady();
            Assert.Equal(STATUS_SUCCESS, client.Query(memory));
        },
        new WskSettings { IsReadyAtStart = false });

    [ArmTheory]
    [Rule("NPI-21", Twin.Violated)]
    public void NPI_21_a_query_before_any_capture_is_reported(Arm arm) => ContractWorld.Run(arm, world =>
    {
        using var client = new TestClient(world, captures: false);
        Assert.Equal(STATUS_SUCCESS, client.Query(client.Memory(4)));

        Assert.Equal(["NPI-21"], world.Breaches);
    });

    [ArmTheory]
    [Rule("NPI-23")]
    [Rule("NPI-25")]
    [Rule("NPI-26")]
    public void NPI_23_the_table_is_of_the_asked_version_and_complete(Arm arm) =>
        ContractWorld.Run(arm, world =>
        {
            using var client = new TestClient(world, version: 0x0100);
            var table = client.Npi.Value.Dispatch.Address;

            Assert.Equal(0x0100, GuestMemory.Read<ushort>(table));
            Assert.Equal(0, GuestMemory.Read<ushort>(table + 2));
            // WskSocket, WskSocketConnect, WskControlClient, WskGetAddressInfo, WskFreeAddressInfo,
            // WskGetNameInfo.
            nuint[] members = [.. Enumerable.Range(
                1, 6).Select(i => GuestMemory.Read<nuint>(table + (nuint)(8 * i)))];
            Assert.All(members, member => Assert.True(world.Executive.Code.IsCode(member)));
            Assert.Equal(6, members.Distinct().Count());
            Assert.Equal(client.Table.WskGetNameInfo, members[5]);
        });

    [ArmTheory]
    [Rule("NPI-27", Twin.Violated)]
    [Rule("OPEN-04")]
    [InlineData(0ul)]
    [InlineData(1ul)]
    public void NPI_27_another_pointer_than_the_captured_client_is_refused_and_reported(
        Arm arm, ulong difference) =>
        ContractWorld.Run(arm, world =>
        {
            using var client = new TestClient(world);
            var wrong = difference == 0 ? 0 : client.Client + difference;
            var status = client.Run(irp => world.Call(
                client.Table.WskControlClient, wrong, WSK_TRANSPORT_LIST_CHANGE, 0, 0, 0, 0, 0, irp));

            Assert.Equal(STATUS_INVALID_HANDLE, status);
            Assert.Equal(["NPI-27"], world.Breaches);
        });
}
