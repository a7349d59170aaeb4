// WSK_TRANSPORT_LIST_QUERY and WSK_TRANSPORT_LIST_CHANGE. Rules CTLC-02..17, OPEN-48, OPEN-53.
// It knows nothing about descriptors and static events: see ClientControlTests.cs.
using System.Runtime.CompilerServices;
using OpenWsk.Abi;
using OpenWsk.TestSupport;
using static OpenWsk.Abi.NTSTATUS;
using static OpenWsk.Abi.WskConstants;

namespace OpenWsk.Provider.Tests;

public sealed class TransportListTests
{
    private static readonly int s_entryBytes = Unsafe.SizeOf<WSK_TRANSPORT>();

    [ArmTheory]
    [Rule("CTLC-09")]
    [Rule("CTLC-14")]
    [Rule("OPEN-48")]
    [Rule("CTLC-05", Twin.Obeyed)]
    [Rule("CTLC-06", Twin.Obeyed)]
    [Rule("CTLC-12", Twin.Obeyed)]
    [Rule("CTLC-13", Twin.Obeyed)]
    public void CTLC_09_the_list_has_every_usable_combination(Arm arm) => ContractWorld.Run(arm, world =>
    {
        using var client = new TestClient(world);
        var list = client.Transports();

        (ushort, ushort, uint)[] expected =
        [
            (AF_INET, SOCK_STREAM, IPPROTO_TCP), (AF_INET, SOCK_DGRAM, IPPROTO_UDP), (AF_INET, SOCK_RAW, 0),
            (AF_INET6, SOCK_STREAM, IPPROTO_TCP), (AF_INET6, SOCK_DGRAM, IPPROTO_UDP), (AF_INET6, SOCK_RAW,
            0),
        ];
        Assert.Equal(expected, list.Select(t => (t.AddressFamily, t.SocketType, t.Protocol)));
        Assert.All(list, t => Assert.Equal(0x0100, t.Version));
        Assert.Empty(world.Breaches);
    });

    [ArmTheory]
    [Rule("CTLC-03")]
    [Rule("CTLC-10")]
    [Rule("CTLC-11")]
    [Rule("CTLC-07")]
    [Rule("DIFF-01")]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(-1)]
    public void CTLC_10_a_buffer_that_is_too_small_gives_the_needed_size(Arm arm, int size) =>
        ContractWorld.Run(arm, world =>
        {
            using var client = new TestClient(world);
            var needed = client.Transports().Count * s_entryBytes;
            // -1: one byte less than needed.
            var given = size < 0 ? needed - 1 : size;
            var buffer = given == 0 ? 0 : client.Memory(given);
            var returned = client.Memory(16);
            GuestMemory.Write(returned, ulong.MaxValue);
            GuestMemory.Write(returned + 8, 0xC0DEul);

            Assert.Equal(
                STATUS_BUFFER_OVERFLOW, client.Control(WSK_TRANSPORT_LIST_QUERY, 0, 0, given, buffer,
                returned));
            // A SIZE_T: all eight bytes, and no more.
            Assert.Equal((ulong)needed, GuestMemory.Read<ulong>(returned));
            Assert.Equal(0xC0DEul, GuestMemory.Read<ulong>(returned + 8));
            if (given != 0)
                Assert.All(GuestMemory.Span(buffer, given).ToArray(), b => Assert.Equal(0, b));
        });

    [ArmTheory]
    [Rule("CTLC-12", Twin.Violated)]
    [Rule("CTLC-32")]
    public void CTLC_12_a_query_with_an_irp_fails_without_effect_and_is_reported(Arm arm) =>
        ContractWorld.Run(arm, world =>
        {
            using var client = new TestClient(world);
            var buffer = client.Memory(8 * s_entryBytes);
            var returned = client.Memory(8);
            var status = client.Run(irp => client.Control(
                WSK_TRANSPORT_LIST_QUERY, 0, 0, 8 * s_entryBytes, buffer, returned, irp));

            Assert.Equal(STATUS_INVALID_PARAMETER, status);
            Assert.Equal(["CTLC-12"], world.Breaches);
            Assert.Equal(0ul, GuestMemory.Read<ulong>(buffer));
            Assert.Equal(0ul, GuestMemory.Read<ulong>(returned));
        });

    [ArmTheory]
    [Rule("CTLC-13", Twin.Violated)]
    public void CTLC_13_a_query_without_a_place_for_the_size_is_refused_and_reported(Arm arm) =>
        ContractWorld.Run(arm, world =>
        {
            using var client = new TestClient(world);
            var buffer = client.Memory(8 * s_entryBytes);

            Assert.Equal(
                STATUS_INVALID_PARAMETER,
                client.Control(WSK_TRANSPORT_LIST_QUERY, 0, 0, 8 * s_entryBytes, buffer));
            Assert.Equal(["CTLC-13"], world.Breaches);
        });

    [ArmTheory]
    [Rule("CTLC-05", Twin.Violated)]
    [Rule("CTLC-06", Twin.Violated)]
    public void CTLC_05_arguments_without_use_are_reported(Arm arm) => ContractWorld.Run(arm, world =>
    {
        using var client = new TestClient(world);
        var input = client.Memory(4);
        GuestMemory.Write(input, WSK_TDI_BEHAVIOR_BYPASS_TDI);

        Assert.Equal(
            STATUS_SUCCESS, client.Control(WSK_TDI_BEHAVIOR, 4, input, 4, client.Memory(4),
            client.Memory(8)));
        Assert.Equal(["CTLC-05", "CTLC-06"], world.Breaches);
    });

    [ArmTheory]
    [Rule("CTLC-02")]
    [Rule("CTLC-15")]
    [Rule("CTLC-16", Twin.Obeyed)]
    public void CTLC_15_a_change_completes_every_waiting_request(Arm arm) => ContractWorld.Run(arm, world =>
    {
        using var client = new TestClient(world);
        using var first = client.Irp();
        using var second = client.Irp();
        Assert.Equal(STATUS_PENDING, client.Control(WSK_TRANSPORT_LIST_CHANGE, irp: first));
        Assert.Equal(STATUS_PENDING, client.Control(WSK_TRANSPORT_LIST_CHANGE, irp: second));
        Assert.Equal(2, world.Provider.PendingIrps.Count);
        world.Provider.NotifyTransportListChange();

        Assert.Equal(STATUS_SUCCESS, first.Wait());
        Assert.Equal(STATUS_SUCCESS, second.Wait());
        Assert.Equal((1, 1), (first.Completions, second.Completions));
        Assert.Empty(world.Breaches);
    });

    [ArmTheory]
    [Rule("OPEN-53")]
    public void OPEN_53_a_change_between_two_requests_ends_the_next_at_once(Arm arm) =>
        ContractWorld.Run(arm, world =>
        {
            using var client = new TestClient(world);
            world.Provider.NotifyTransportListChange();
            Assert.Equal(
                STATUS_SUCCESS, client.Run(irp => client.Control(WSK_TRANSPORT_LIST_CHANGE, irp: irp)));

            // Only the next: the one after it waits again.
            using var waiting = client.Irp();
            Assert.Equal(STATUS_PENDING, client.Control(WSK_TRANSPORT_LIST_CHANGE, irp: waiting));
            Assert.Equal([(nuint)(ulong)waiting], world.Provider.PendingIrps);
            Assert.True(waiting.Cancel());
            Assert.Equal(STATUS_CANCELLED, waiting.Wait());
        });

    [ArmTheory]
    [Rule("CTLC-16", Twin.Violated)]
    [Rule("CTLC-32")]
    [Rule("OPEN-44")]
    public void CTLC_16_a_change_request_without_irp_is_refused_and_reported(Arm arm) =>
        ContractWorld.Run(arm, world =>
        {
            using var client = new TestClient(world);

            Assert.Equal(STATUS_REQUEST_NOT_ACCEPTED, client.Control(WSK_TRANSPORT_LIST_CHANGE));
            Assert.Equal(["CTLC-16"], world.Breaches);
            Assert.Empty(world.Provider.PendingIrps);
        });

    [ArmTheory]
    [Rule("CTLC-07")]
    [Rule("DIFF-02")]
    public void CTLC_07_with_an_irp_the_place_for_the_size_is_not_used(Arm arm) =>
        ContractWorld.Run(arm, world =>
        {
            using var client = new TestClient(world);
            var returned = client.Memory(8);
            GuestMemory.Write(returned, 0xC0DEul);
            using var irp = client.Irp();
            client.Control(WSK_TRANSPORT_LIST_CHANGE, returned: returned, irp: irp);
            world.Provider.NotifyTransportListChange();

            Assert.Equal(STATUS_SUCCESS, irp.Wait());
            Assert.Equal(0xC0DEul, GuestMemory.Read<ulong>(returned));
            Assert.Equal((nuint)0, irp.Information);
        });
}
