// The other codes of WskControlClient: cached descriptors, static event callbacks, the TDI controls, unknown
// codes. Rules CTLC-01, 04, 18..32. What static callbacks do: Sconn/SocketConnectEventTests.cs; sharing: Sd/.
using OpenWsk.Abi;
using OpenWsk.TestSupport;
using static OpenWsk.Abi.NTSTATUS;
using static OpenWsk.Abi.WskConstants;

namespace OpenWsk.Provider.Tests;

public sealed class ClientControlTests
{
    [ArmTheory]
    [Rule("CTLC-01")]
    [Rule("CTLC-18")]
    [Rule("CTLC-20")]
    [Rule("OPEN-46")]
    [Rule("CTLC-19", Twin.Obeyed)]
    [Rule("CTLC-21", Twin.Obeyed)]
    public void CTLC_18_a_descriptor_is_cached_and_released(Arm arm) => ContractWorld.Run(arm, world =>
    {
        using (var client = new TestClient(world))
        {
            var one = client.CacheDescriptor((true, "S-1-1-0"));
            var two = client.CacheDescriptor((true, "S-1-1-0"));
            Assert.Equal(STATUS_SUCCESS, client.ReleaseDescriptor(one));
            Assert.Equal(STATUS_SUCCESS, client.ReleaseDescriptor(two));
        }
        Assert.Empty(world.Breaches);
    });

    [ArmTheory]
    [Rule("CTLC-19", Twin.Violated)]
    [InlineData(WSK_CACHE_SD, 4, 8)]
    [InlineData(WSK_CACHE_SD, 8, 4)]
    [InlineData(WSK_CACHE_SD, 0, 8)]
    [InlineData(WSK_RELEASE_SD, 4, 0)]
    public void CTLC_19_buffers_of_another_size_are_refused_and_reported(
        Arm arm, uint code, int inputSize, int outputSize) =>
        ContractWorld.Run(arm, world =>
        {
            using var client = new TestClient(world);
            var input = client.Memory(8);
            GuestMemory.Write(input, (ulong)TestDescriptor.Write(client, [(true, "S-1-1-0")]));
            var output = client.Memory(8);
            var status = client.Control(
                code, inputSize, inputSize == 0 ? 0 : input, outputSize, outputSize == 0 ? 0 : output);

            Assert.Equal(STATUS_INVALID_PARAMETER, status);
            Assert.Equal(["CTLC-19"], world.Breaches);
            Assert.Equal(0ul, GuestMemory.Read<ulong>(output));
        });

    [ArmTheory]
    [Rule("CTLC-19", Twin.Violated)]
    [Rule("CTLC-32")]
    [Rule("CTLC-04")]
    public void CTLC_19_an_irp_for_a_descriptor_fails_without_effect_and_is_reported(Arm arm) =>
        ContractWorld.Run(arm, world =>
        {
            using var client = new TestClient(world);
            var input = client.Memory(8);
            GuestMemory.Write(input, (ulong)TestDescriptor.Write(client, [(true, "S-1-1-0")]));
            var output = client.Memory(8);

            Assert.Equal(
                STATUS_INVALID_PARAMETER,
                client.Run(irp => client.Control(WSK_CACHE_SD, 8, input, 8, output, irp: irp)));
            Assert.Equal(["CTLC-19"], world.Breaches);
            Assert.Equal(0ul, GuestMemory.Read<ulong>(output));
        });

    [ArmTheory]
    [Rule("CTLC-21", Twin.Violated)]
    public void CTLC_21_a_descriptor_that_is_left_over_is_reported_at_the_end(Arm arm) =>
        ContractWorld.Run(arm, world =>
        {
            using (var client = new TestClient(world))
                client.CacheDescriptor((true, "S-1-1-0"));
            Assert.Equal(["CTLC-21"], world.Breaches);
        });

    [ArmTheory]
    [Rule("CTLC-21", Twin.Violated)]
    [Rule("OPEN-46")]
    public void CTLC_21_a_second_release_is_refused_and_reported(Arm arm) => ContractWorld.Run(arm, world =>
    {
        using var client = new TestClient(world);
        var copy = client.CacheDescriptor((true, "S-1-1-0"));
        client.ReleaseDescriptor(copy);

        Assert.Equal(STATUS_INVALID_PARAMETER, client.ReleaseDescriptor(copy));
        Assert.Equal(["CTLC-21"], world.Breaches);
    });

    [ArmTheory]
    [Rule("CTLC-23")]
    [Rule("CTLC-25")]
    [Rule("OPEN-39")]
    public void CTLC_25_static_callbacks_of_a_mixed_mask_cannot_be_disabled(Arm arm) =>
        ContractWorld.Run(arm, world =>
        {
            const uint mask = WSK_EVENT_ACCEPT | WSK_EVENT_RECEIVE_FROM | WSK_EVENT_RECEIVE;
            using var listener = world.Listen();
            using var client = new TestClient(world);
            using var events = new TestEvents(world.Executive);
            Assert.Equal(
                STATUS_SUCCESS, client.Control(WSK_SET_STATIC_EVENT_CALLBACKS, 16,
                client.EventControl(mask)));
            var socket = client.Connect(listener.Address, dispatch: events.Table);
            using var peer = listener.Accept();

            Assert.Equal(
                STATUS_INVALID_DEVICE_REQUEST, client.SetEvents(socket,
                WSK_EVENT_RECEIVE | WSK_EVENT_DISABLE));
            peer.Send("still"u8);
            events.WaitForBytes(5);
            Assert.Equal("still"u8.ToArray(), events.Shown);
            client.Close(socket);
        });

    [ArmTheory]
    [Rule("CTLC-24", Twin.Violated)]
    [Rule("OPEN-40")]
    public void CTLC_24_static_callbacks_after_the_first_socket_are_refused_and_reported(Arm arm) =>
        AfterTheFirstSocket(arm, "CTLC-24", client =>
            client.Control(WSK_SET_STATIC_EVENT_CALLBACKS, 16, client.EventControl(WSK_EVENT_RECEIVE)));

    [ArmTheory]
    [Rule("CTLC-24", Twin.Violated)]
    [Rule("CTLC-32")]
    public void CTLC_24_static_callbacks_with_an_irp_are_refused_and_reported(Arm arm) =>
        ContractWorld.Run(arm, world =>
        {
            using var client = new TestClient(world);
            var control = client.EventControl(WSK_EVENT_RECEIVE);

            Assert.Equal(
                STATUS_INVALID_PARAMETER,
                client.Run(irp => client.Control(WSK_SET_STATIC_EVENT_CALLBACKS, 16, control, irp: irp)));
            Assert.Equal(["CTLC-24"], world.Breaches);
        });

    [ArmTheory]
    [Rule("OPEN-41")]
    [InlineData(false, STATUS_INVALID_PARAMETER)]
    [InlineData(true, STATUS_NOT_SUPPORTED)]
    public void OPEN_41_an_interface_that_is_null_or_unknown_is_refused(
        Arm arm, bool isUnknown, NTSTATUS expected) =>
        ContractWorld.Run(arm, world =>
        {
            using var client = new TestClient(world);
            var control = client.EventControl(WSK_EVENT_RECEIVE);
            GuestMemory.Write(control, isUnknown ? (ulong)client.Memory(16) : 0);

            Assert.Equal(expected, client.Control(WSK_SET_STATIC_EVENT_CALLBACKS, 16, control));
        });

    [ArmTheory]
    [Rule("CTLC-26")]
    [Rule("CTLC-28")]
    [Rule("CTLC-30")]
    [Rule("DIFF-25")]
    [Rule("CTLC-27", Twin.Obeyed)]
    [Rule("CTLC-29", Twin.Obeyed)]
    public void CTLC_26_the_tdi_controls_are_taken_and_change_nothing(Arm arm) =>
        ContractWorld.Run(arm, world =>
        {
            using var listener = world.Listen();
            using var client = new TestClient(world);
            Assert.Equal(STATUS_SUCCESS, Behavior(client, 4));
            Assert.Equal(STATUS_INVALID_PARAMETER, Behavior(client, 3));
            Assert.Equal(STATUS_SUCCESS, Mapping(client, 16));
            Assert.Equal(STATUS_INVALID_PARAMETER, Mapping(client, 8));

            client.Close(client.Connect(listener.Address));
            Assert.Empty(world.Breaches);
        });

    [ArmTheory]
    [Rule("CTLC-29", Twin.Violated)]
    public void CTLC_29_the_tdi_behavior_after_the_first_socket_is_refused_and_reported(Arm arm) =>
        AfterTheFirstSocket(arm, "CTLC-29", client => Behavior(client, 4));

    [ArmTheory]
    [Rule("CTLC-27", Twin.Violated)]
    public void CTLC_27_a_tdi_mapping_after_the_first_socket_is_refused_and_reported(Arm arm) =>
        AfterTheFirstSocket(arm, "CTLC-27", client => Mapping(client, 16));

    [ArmTheory]
    [Rule("CTLC-31")]
    [Rule("CTLC-04")]
    [InlineData(0u)]
    [InlineData(9999u)]
    public void CTLC_31_an_unknown_code_fails_with_and_without_irp(Arm arm, uint code) =>
        ContractWorld.Run(arm, world =>
        {
            using var client = new TestClient(world);

            Assert.Equal(STATUS_NOT_SUPPORTED, client.Control(code));
            Assert.Equal(STATUS_NOT_SUPPORTED, client.Run(irp => client.Control(code, irp: irp)));
        });

    private static NTSTATUS Behavior(TestClient client, int size)
    {
        var input = client.Memory(4);
        GuestMemory.Write(input, WSK_TDI_BEHAVIOR_BYPASS_TDI);
        return client.Control(WSK_TDI_BEHAVIOR, size, input);
    }

    private static NTSTATUS Mapping(TestClient client, int size) =>
        client.Control(WSK_TDI_DEVICENAME_MAPPING, size, client.Memory(16));

    private static void AfterTheFirstSocket(Arm arm, string rule, Func<TestClient, NTSTATUS> call) =>
        ContractWorld.Run(arm, world =>
        {
            using var client = new TestClient(world);
            client.Close(client.Socket());

            Assert.Equal(STATUS_INVALID_DEVICE_STATE, call(client));
            Assert.Equal([rule], world.Breaches);
        });
}
