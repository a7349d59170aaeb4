// WskClientEvent, called by a host with a type that no version of WSK defines. Rules EVT-34, EVT-35, REG-13,
// DIFF-16. That the provider itself never calls it: EventControlTests.cs.
using OpenWsk.Abi;
using OpenWsk.TestSupport;
using static OpenWsk.Abi.NTSTATUS;

namespace OpenWsk.Provider.Tests;

public sealed class ClientEventTests
{
    [ArmTheory]
    [Rule("REG-13")]
    [Rule("EVT-35")]
    [Rule("EVT-34", Twin.Obeyed)]
    public void EVT_35_the_callback_gets_its_context_and_the_information(Arm arm)
    {
        var calls = new List<(ulong Context, ulong Type, string Information, bool IsNull)>();
        Raise(arm, STATUS_NOT_IMPLEMENTED, arguments => calls.Add((
            arguments[0],
            arguments[1],
            System.Text.Encoding.ASCII.GetString(GuestMemory.Span((nuint)arguments[2], (int)arguments[3])),
            arguments[2] == 0)));
        Assert.Equal([(0xC0ul, 7ul, "news", false), (0xC0ul, 8ul, "", true)], calls);
    }

    [ArmTheory]
    [Rule("EVT-34", Twin.Violated)]
    [Rule("DIFF-16")]
    public void EVT_34_another_status_is_reported_and_has_no_effect(Arm arm) =>
        Assert.Equal(["EVT-34", "EVT-34"], Raise(arm, STATUS_SUCCESS, _ => { }));

    private static IReadOnlyList<string> Raise(Arm arm, NTSTATUS answer, Action<ulong[]> seen)
    {
        IReadOnlyList<string> breaches = [];
        ContractWorld.Run(arm, world =>
        {
            var callback = world.Executive.Code.Register(arguments =>
            {
                seen(arguments.ToArray());
                return (uint)answer;
            });
            using (new TestClient(world))
            using (var client = new TestClient(world, clientEvent: callback))
            {
                world.Provider.RaiseClientEvent(7, "news"u8);
                world.Provider.RaiseClientEvent(8, []);
                Assert.True(client.World.Provider.IsReady);
            }
            breaches = world.Breaches;
            world.Executive.Code.Unregister(callback);
            if (answer == STATUS_NOT_IMPLEMENTED)
                Assert.Empty(breaches);
        });
        return breaches;
    }
}
