// The IRPs of the name functions: pending, cancelled, at deregistration, and the memory that stays. Rules
// NAME-18..21 and what REG-22 and the group IRP mean for names.
using OpenWsk.Abi;
using OpenWsk.Kernel;
using OpenWsk.Ports;
using OpenWsk.TestSupport;
using static OpenWsk.Abi.NTSTATUS;

namespace OpenWsk.Provider.Tests;

public sealed class PendingNameTests
{
    private const uint Tag = 0x656D_614E;
    private static readonly EndpointAddress s_address =
        EndpointAddress.From(System.Net.IPAddress.Parse("192.0.2.1"), 0);

    [ArmTheory]
    [Rule("NAME-18")]
    public void NAME_18_what_is_asked_pends_and_what_is_refused_is_returned(Arm arm) => Run(arm, names =>
    {
        using var irp = names.Client.Irp();
        var place = names.ResultPlace();
        names.World.Names.Hold();

        Assert.Equal(STATUS_PENDING, names.Call(irp, names.String("host.test"), 0, place));
        Assert.False(irp.IsCompleted);
        Assert.Equal((nuint)0, GuestMemory.Read<nuint>(place));
        names.World.Names.Release();
        Assert.Equal((STATUS_SUCCESS, true, 1), (irp.Wait(), irp.PendingReturned, irp.Completions));
        names.Free(GuestMemory.Read<nuint>(place));

        irp.Reuse();
        Assert.Equal(STATUS_INVALID_PARAMETER, names.Call(irp, names.String("host.test"), 0, 0));
        Assert.Equal(
            (STATUS_INVALID_PARAMETER, false, 2), (irp.Wait(), irp.PendingReturned, irp.Completions));
    });

    [ArmTheory]
    [Rule("NAME-18")]
    public void NAME_18_an_answer_that_is_known_can_be_returned_by_the_call(Arm arm)
    {
        var settings = new WskSettings { Completion = CompletionMode.Inline };
        ContractWorld.Run(
            arm,
            world =>
            {
                using var names = new NameClient(world);
                using var irp = names.Client.Irp();
                var (place, node) = (names.ResultPlace(), names.Room());

                Assert.Equal(STATUS_SUCCESS, names.Call(irp, names.String("127.0.0.1"), 0, place));
                Assert.Equal((STATUS_SUCCESS, false), (irp.Wait(), irp.PendingReturned));
                names.Free(GuestMemory.Read<nuint>(place));
                irp.Reuse();
                Assert.Equal(
                    STATUS_SUCCESS,
                    names.CallNames(
                        irp, names.Client.Address(s_address), 16, node, 0, WskConstants.NI_NUMERICHOST));
                Assert.Equal((STATUS_SUCCESS, false), (irp.Wait(), irp.PendingReturned));
                Assert.Equal(
                    "192.0.2.1", GuestMemory.WideZ(GuestMemory.Read<UNICODE_STRING>(node).Buffer).ToString());
            },
            settings);
    }

    [ArmTheory]
    [Rule("NAME-20", Twin.Violated)]
    public void NAME_20_the_name_functions_need_an_irp(Arm arm) => ContractWorld.Run(arm, world =>
    {
        using var names = new NameClient(world);
        var (place, node) = (names.ResultPlace(), names.Room());

        Assert.Equal(STATUS_INVALID_PARAMETER, world.Call(
            names.Client.Table.WskGetAddressInfo, names.Client.Client, names.String("host.test"), 0, 0, 0, 0,
            place, 0, 0, 0));
        Assert.Equal(STATUS_INVALID_PARAMETER, world.Call(
            names.Client.Table.WskGetNameInfo, names.Client.Client, names.Client.Address(s_address), 16,
            node, 0, 0, 0, 0, 0));
        Assert.Equal(["NAME-20", "NAME-20"], world.Breaches);
        Assert.Equal((nuint)0xBAD, GuestMemory.Read<nuint>(place));
        Assert.Empty(world.Names.Seen);
    });

    [ArmTheory]
    [Rule("NAME-20", Twin.Obeyed)]
    [Rule("NAME-21", Twin.Obeyed)]
    [Rule("IRQL-09", Twin.Obeyed)]
    public void NAME_20_calls_with_an_irp_and_memory_that_stays_break_nothing(Arm arm) => Run(arm, names =>
    {
        using var irp = names.Client.Irp();
        var executive = names.World.Executive;
        var place = executive.Pool.Allocate(64, Tag, isPaged: true, isZeroed: true);
        names.World.Names.Hold();
        names.Call(irp, names.String("host.test"), 0, place + 8);
        names.World.Names.Release();
        Assert.Equal(STATUS_SUCCESS, irp.Wait());
        names.Free(GuestMemory.Read<nuint>(place + 8));
        executive.Pool.Free(place, Tag);
        Assert.Equal("host.test", names.Names(s_address).Node);
    });

    [ArmTheory]
    [Rule("NAME-21", Twin.Violated)]
    [InlineData("result")]
    [InlineData("string")]
    [InlineData("buffer")]
    [InlineData("hints")]
    public void NAME_21_memory_that_goes_while_the_request_is_pending_is_reported(Arm arm, string freed) =>
        ContractWorld.Run(arm, world =>
        {
            using var names = new NameClient(world);
            using var irp = names.Client.Irp();
            world.Names.Add("host.test", "192.0.2.1");
            var block = world.Executive.Pool.Allocate(128, Tag, isPaged: false, isZeroed: true);
            var buffer = names.String("host.test");
            var node = buffer;
            if (freed == "buffer")
            {
                "host.test".CopyTo(GuestMemory.Chars(block, 9));
                node = names.String(block, 18, 20);
            }
            else if (freed == "string")
            {
                node = block + 16;
                GuestMemory.Write(node, GuestMemory.Read<UNICODE_STRING>(buffer));
            }
            var place = freed == "result" ? block + 40 : names.ResultPlace();
            world.Names.Hold();
            names.Call(irp, node, 0, place, freed == "hints" ? block : 0);

            world.Executive.Pool.Free(block, Tag);
            world.Names.Release();
            Assert.Equal(STATUS_INVALID_PARAMETER, irp.Wait());
            Assert.Equal(["NAME-21"], world.Breaches);
            Assert.Equal(0, world.Provider.AddressListCount);
        });

    [ArmTheory]
    [Rule("NAME-18")]
    public void NAME_18_a_cancelled_look_up_completes_with_STATUS_CANCELLED(Arm arm) => Run(arm, names =>
    {
        using var irp = names.Client.Irp();
        var (place, node) = (names.ResultPlace(), names.Room());
        // A name server that never answers.
        names.World.Names.Add("silent.test", "192.0.2.7").DelayNs = IParker.Never;
        var silent = EndpointAddress.From(System.Net.IPAddress.Parse("192.0.2.7"), 0);

        Assert.Equal(STATUS_PENDING, names.Call(irp, names.String("silent.test"), 0, place));
        Assert.True(irp.Cancel());
        Assert.Equal((STATUS_CANCELLED, 1, (nuint)0), (irp.Wait(), irp.Completions, irp.Information));
        irp.Reuse();
        Assert.Equal(
            STATUS_PENDING, names.CallNames(irp, names.Client.Address(silent), 16, node, 0));
        Assert.True(irp.Cancel());
        Assert.Equal((STATUS_CANCELLED, 2), (irp.Wait(), irp.Completions));
        Assert.Equal(0, names.World.Provider.AddressListCount);
        Assert.Empty(names.World.Provider.PendingIrps);
    });

    [ArmTheory]
    [Rule("NAME-18")]
    public void NAME_18_an_irp_that_was_cancelled_before_the_call_finds_nothing(Arm arm) => Run(arm, names =>
    {
        using var irp = names.Client.Irp();
        var place = names.ResultPlace();
        names.World.Names.Hold();
        irp.Cancel();
        names.Call(irp, names.String("host.test"), 0, place);

        Assert.Equal(STATUS_CANCELLED, irp.Wait());
        Assert.Equal((nuint)0, GuestMemory.Read<nuint>(place));
    });

    [ArmTheory]
    [Rule("REG-22")]
    public void REG_22_deregistration_waits_for_a_look_up(Arm arm) => ContractWorld.Run(arm, world =>
    {
        using var names = new NameClient(world);
        using var irp = names.Client.Irp();
        world.Names.Hold();
        names.Call(irp, names.String("nobody.test"), 0, names.ResultPlace());
        names.Client.Release();
        using var ended = world.StartDeregister(names.Client);

        world.StaysUnset(ended);
        world.Names.Release();
        Assert.Equal(STATUS_NOT_FOUND, irp.Wait());
        ended.Wait();
        Assert.Empty(world.Breaches);
    });

    private static void Run(Arm arm, Action<NameClient> body) => ContractWorld.Run(arm, world =>
    {
        using var names = new NameClient(world);
        world.Names.Add("host.test", "192.0.2.1");
        body(names);
        Assert.Empty(world.Breaches);
    });
}
