// WskCaptureProviderNPI and WskReleaseProviderNPI: readiness, timeouts, references. Rules NPI-01..17. A
// provider that is not ready is a setting; the test makes it ready. The table it gives:
// ProviderTableTests.cs.
using OpenWsk.Abi;
using OpenWsk.Kernel;
using OpenWsk.TestSupport;
using static OpenWsk.Abi.NTSTATUS;
using static OpenWsk.Abi.WskConstants;

namespace OpenWsk.Provider.Tests;

public sealed class CaptureTests
{
    private static WskSettings NotReady => new() { IsReadyAtStart = false };

    [ArmTheory]
    [Rule("NPI-01")]
    [Rule("OBS-01")]
    [Rule("NPI-08", Twin.Obeyed)]
    [Rule("NPI-09", Twin.Obeyed)]
    [Rule("NPI-27", Twin.Obeyed)]
    public void NPI_01_a_capture_gives_client_and_table(Arm arm) => ContractWorld.Run(arm, world =>
    {
        using (var client = new TestClient(world))
        {
            Assert.NotEqual(0ul, client.Client);
            Assert.False(client.Npi.Value.Dispatch.IsNull);
            Assert.True(client.Table.Version >= 0x0100);
            Assert.NotEmpty(client.Transports());
        }
        Assert.Empty(world.Breaches);
    });

    [ArmTheory]
    [Rule("NPI-02")]
    public void NPI_02_without_waiting_an_unready_provider_is_told_at_once(Arm arm) => ContractWorld.Run(
        arm,
        world =>
        {
            using var client = new TestClient(world, captures: false);
            var before = world.Executive.Clock.NowNs;

            Assert.Equal(STATUS_DEVICE_NOT_READY, client.Capture(WSK_NO_WAIT));
            if (world.Network is not null)
                Assert.Equal(before, world.Executive.Clock.NowNs);
            Assert.Equal(0, world.Provider.Captures);
        },
        NotReady);

    [ArmTheory]
    [Rule("NPI-03")]
    [Rule("NPI-04")]
    [InlineData(WSK_INFINITE_WAIT)]
    [InlineData(3_600_000u)]
    public void NPI_03_a_waiting_capture_returns_when_the_provider_is_ready(Arm arm, uint timeout) =>
        ContractWorld.Run(
            arm,
            world =>
            {
                using var client = new TestClient(world, captures: false);
                var status = STATUS_UNSUCCESSFUL;
                using var ended = world.Start(() => status = client.Capture(timeout));
                world.StaysUnset(ended);
                world.Provider.MakeReady();
                ended.Wait();

                Assert.Equal(STATUS_SUCCESS, status);
                client.Release();
            },
            NotReady);

    [ArmTheory]
    [Rule("NPI-04")]
    [Rule("NPI-05")]
    public void NPI_05_a_timeout_is_in_milliseconds_and_the_registration_stays_usable(Arm arm) =>
        ContractWorld.Run(
            arm,
            world =>
            {
                using var client = new TestClient(world, captures: false);
                var before = world.Executive.Clock.NowNs;

                Assert.Equal(STATUS_DEVICE_NOT_READY, client.Capture(20));
                var waited = world.Executive.Clock.NowNs - before;
                Assert.True(waited >= 20_000_000, $"{waited} ns");
                if (world.Network is not null)
                    Assert.Equal(20_000_000, waited);
                world.Provider.MakeReady();
                Assert.Equal(STATUS_SUCCESS, client.Capture(20));
                client.Release();
            },
            NotReady);

        [ArmTheory]
        [Rule("NPI-08", Twin.Violated)]
        public void NPI_08_a_surplus_release_is_reported(Arm arm) => ContractWorld.Run(arm, world =>
        {
            using var client = new TestClient(world);
            client.Release();
            client.Release();

            Assert.Equal(["NPI-08"], world.Breaches);
            Assert.Equal(0, world.Provider.Captures);
        });

    [ArmTheory]
    [Rule("NPI-09", Twin.Violated)]
    [Rule("OPEN-04")]
    public void NPI_09_a_call_after_the_last_release_is_refused_and_reported(Arm arm) =>
        ContractWorld.Run(arm, world =>
        {
            using var client = new TestClient(world);
            Assert.Equal(STATUS_SUCCESS, client.Capture(WSK_NO_WAIT));
            client.Release();
            Assert.NotEmpty(client.Transports());
            client.Release();
            using var irp = client.Irp();

            Assert.Equal(STATUS_INVALID_HANDLE, client.SocketConnect(irp, client.Any(), client.Any()));
            Assert.Equal((1, STATUS_INVALID_HANDLE), (irp.Completions, irp.Status));
            Assert.Equal(["NPI-09"], world.Breaches);
        });

    [ArmTheory]
    [Rule("NPI-10")]
    public void NPI_10_no_capture_succeeds_once_deregistration_has_begun(Arm arm) =>
        ContractWorld.Run(arm, world =>
        {
            using var client = new TestClient(world);
            var npi = client.Npi.Value;
            using var ended = world.StartDeregister(client);
            world.StaysUnset(ended);
            Assert.Equal(STATUS_DEVICE_NOT_READY, client.CaptureAfterDeregister());
            client.Release();
            ended.Wait();

            Assert.Equal(STATUS_DEVICE_NOT_READY, client.CaptureAfterDeregister());
            Assert.Equal(npi.Client, client.Npi.Value.Client);
        });

    [ArmTheory]
    [Rule("NPI-11")]
    [InlineData(WSK_INFINITE_WAIT)]
    [InlineData(3_600_000u)]
    public void NPI_11_deregistration_ends_blocked_captures(Arm arm, uint timeout) => ContractWorld.Run(
        arm,
        world =>
        {
            using var client = new TestClient(world, captures: false);
            var status = STATUS_UNSUCCESSFUL;
            using var ended = world.Start(() => status = client.Capture(timeout));
            world.StaysUnset(ended);
            client.Deregister();
            ended.Wait();

            // On the host the capture may also have come after the deregistration: the same status.
            Assert.Equal(STATUS_DEVICE_NOT_READY, status);
        },
        NotReady);

    [ArmTheory]
    [Rule("NPI-12")]
    public void NPI_12_a_capture_that_wins_the_race_holds_the_deregistration(Arm arm) => ContractWorld.Run(
        arm,
        world =>
        {
            using var client = new TestClient(world, captures: false);
            var status = STATUS_UNSUCCESSFUL;
            using var captured = world.Start(() => status = client.Capture(WSK_INFINITE_WAIT));
            world.StaysUnset(captured);
            world.Provider.MakeReady();
            using var ended = world.StartDeregister(client);
            captured.Wait();

            if (status == STATUS_SUCCESS)
            {
                world.StaysUnset(ended);
                client.Release();
            }
            else
            {
                Assert.Equal(STATUS_DEVICE_NOT_READY, status);
            }
            ended.Wait();
        },
        NotReady);

    [ArmTheory]
    [Rule("NPI-16")]
    [Rule("IRQL-04", Twin.Obeyed)]
    [Rule("IRQL-03", Twin.Obeyed)]
    [Rule("IRQL-05", Twin.Obeyed)]
    public void NPI_16_a_release_drops_one_reference_at_any_level(Arm arm) => ContractWorld.Run(arm, world =>
    {
        using var client = new TestClient(world);
        var characteristics = client.Memory(4);
        Assert.Equal(STATUS_SUCCESS, world.AtIrql(Irql.Dispatch, () => client.Capture(WSK_NO_WAIT)));
        Assert.Equal(STATUS_SUCCESS, world.AtIrql(Irql.Dispatch, () => client.Query(characteristics)));
        Assert.Equal(2, world.Provider.Captures);
        world.AtIrql(Irql.Dispatch, () =>
        {
            client.Release();
            return 0;
        });

        Assert.Equal(1, world.Provider.Captures);
        client.Release();
        Assert.Equal(0, world.Provider.Captures);
        Assert.Empty(world.Breaches);
    });

    [ArmTheory]
    [Rule("IRQL-03", Twin.Violated)]
    [Rule("OPEN-65")]
    public void IRQL_03_a_capture_that_waits_at_dispatch_level_is_stops_the_driver(Arm arm) =>
        ContractWorld.Run(
            arm,
            world =>
            {
                using var client = new TestClient(world, captures: false);
                world.Executive.CurrentThread.Irql = Irql.Dispatch;
                Assert.Throws<GuestStoppedException>(() => client.Capture(1));
                world.Executive.CurrentThread.Irql = Irql.Passive;

                Assert.Equal("IRQL-03", world.Breaches[0]);
            },
            NotReady);

        [ArmTheory]
        [Rule("IRQL-04", Twin.Violated)]
        [Rule("IRQL-05", Twin.Violated)]
        public void IRQL_04_release_and_query_above_dispatch_level_are_reported(
            Arm arm) => ContractWorld.Run(arm, world =>
        {
            using var client = new TestClient(world);
            var characteristics = client.Memory(4);
            world.AtIrql(3, () =>
            {
                client.Query(characteristics);
                client.Release();
                return 0;
            });

            Assert.Equal(["IRQL-05", "IRQL-04"], world.Breaches);
        });
}
