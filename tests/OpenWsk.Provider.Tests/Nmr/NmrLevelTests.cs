// The IRQLs of the registrar's routines. Rule IRQL-15. It knows nothing about what the routines do: see
// NmrTests.cs.
using OpenWsk.Kernel;
using OpenWsk.TestSupport;
using static OpenWsk.Abi.NTSTATUS;

namespace OpenWsk.Provider.Tests.Nmr;

public sealed class NmrLevelTests
{
    [ArmTheory]
    [Rule("IRQL-15", Twin.Obeyed)]
    public void IRQL_15_deregistering_at_dispatch_level_is_right(Arm arm) => ContractWorld.Run(arm, world =>
    {
        using var client = new NmrTestClient(world);
        client.RegisterClient();
        Assert.Equal(STATUS_PENDING, world.AtIrql(Irql.Dispatch, client.Deregister));

        Assert.Equal(STATUS_SUCCESS, client.WaitForDeregister());
        Assert.Empty(world.Breaches);
    });

    [ArmTheory]
    [Rule("IRQL-15", Twin.Violated)]
    public void IRQL_15_registering_at_dispatch_level_is_reported(Arm arm) => ContractWorld.Run(arm, world =>
    {
        using var client = new NmrTestClient(world);
        world.AtIrql(Irql.Dispatch, client.RegisterClient);

        Assert.NotEmpty(world.Breaches);
        Assert.All(world.Breaches, rule => Assert.Equal("IRQL-15", rule));
        client.End();
    });
}
