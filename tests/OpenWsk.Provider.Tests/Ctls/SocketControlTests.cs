// WskControlSocket: how it ends, with and without an IRP, and the arguments that it refuses or reports. Rules
// CTLS-01..03, 05, 10, 11, 13, 15, 16, 25, 34. Callbacks: Evt/. What sharing does: Sd/.
using OpenWsk.Abi;
using OpenWsk.TestSupport;
using static OpenWsk.Abi.NTSTATUS;
using static OpenWsk.Abi.WskConstants;

namespace OpenWsk.Provider.Tests;

public sealed class SocketControlTests
{
    private const uint Unknown = 0x7777;

    [ArmTheory]
    [Rule("CTLS-01")]
    [Rule("CTLS-10", Twin.Obeyed)]
    [Rule("CTLS-11", Twin.Obeyed)]
    [Rule("CTLS-16", Twin.Obeyed)]
    [InlineData(SO_REUSEADDR)]
    [InlineData(SO_EXCLUSIVEADDRUSE)]
    public void CTLS_01_success_by_return_means_done_and_the_irp_has_the_size(Arm arm, uint option) =>
        ContractWorld.Run(
            arm,
            world =>
            {
                using var client = new TestClient(world);
                var socket = client.Socket();
                foreach (var value in new[] { 0u, 1u, 0u })
                {
                    Assert.Equal(STATUS_SUCCESS, client.SetOption(socket, option, value));
                    var output = client.Memory(8);
                    GuestMemory.Write(output, 0xAAAA_AAAA_AAAA_AAAAul);
                    using var irp = client.Irp();

                    Assert.Equal(STATUS_SUCCESS, Get(client, socket, option, 4, output, irp: irp));
                    Assert.Equal(
                        (1, STATUS_SUCCESS, (nuint)4), (irp.Completions, irp.Status, irp.Information));
                    Assert.Equal(0xAAAA_AAAA_0000_0000 | value, GuestMemory.Read<ulong>(output));
                }
                Assert.Empty(world.Breaches);
                client.Close(socket);
            },
            new WskSettings { Completion = CompletionMode.Inline });

    [ArmTheory]
    [Rule("CTLS-02")]
    public void CTLS_02_a_pended_get_ends_with_the_size_of_its_output(Arm arm) =>
        ContractWorld.Run(arm, world =>
        {
            using var client = new TestClient(world);
            var socket = client.Socket();
            var output = client.Memory(8);
            GuestMemory.Write(output, 7u);
            using var irp = client.Irp();

            Assert.Equal(STATUS_PENDING, Get(client, socket, SO_REUSEADDR, 4, output, irp: irp));
            Assert.Equal(STATUS_SUCCESS, irp.Wait());
            Assert.Equal((1, (nuint)4, true), (irp.Completions, irp.Information, irp.PendingReturned));
            Assert.Equal(0u, GuestMemory.Read<uint>(output));
            client.Close(socket);
        });

    [ArmTheory]
    [Rule("CTLS-05")]
    [Rule("OPEN-43")]
    [InlineData(SO_REUSEADDR, 3, true, STATUS_INVALID_PARAMETER)]
    [InlineData(SO_EXCLUSIVEADDRUSE, 0, true, STATUS_INVALID_PARAMETER)]
    [InlineData(SO_WSK_SECURITY, 4, true, STATUS_INVALID_PARAMETER)]
    [InlineData(SO_WSK_EVENT_CALLBACK, 8, true, STATUS_INVALID_PARAMETER)]
    [InlineData(SO_REUSEADDR, 3, false, STATUS_BUFFER_TOO_SMALL)]
    [InlineData(SO_EXCLUSIVEADDRUSE, 0, false, STATUS_BUFFER_TOO_SMALL)]
    public void CTLS_05_a_buffer_of_a_wrong_size_fails_the_call_and_the_irp(
        Arm arm, uint option, int size, bool isSet, NTSTATUS expected) =>
        Fails(arm, option, size, isSet, expected);

    [ArmTheory]
    [Rule("CTLS-34")]
    [Rule("OPEN-42")]
    [InlineData(SO_BROADCAST, true, STATUS_INVALID_DEVICE_REQUEST)]
    [InlineData(SO_BROADCAST, false, STATUS_INVALID_DEVICE_REQUEST)]
    [InlineData(SO_CONDITIONAL_ACCEPT, true, STATUS_INVALID_DEVICE_REQUEST)]
    [InlineData(SO_CONDITIONAL_ACCEPT, false, STATUS_INVALID_DEVICE_REQUEST)]
    [InlineData(Unknown, true, STATUS_NOT_SUPPORTED)]
    [InlineData(Unknown, false, STATUS_NOT_SUPPORTED)]
    public void CTLS_34_options_of_other_categories_and_unknown_ones_fail(
        Arm arm, uint option, bool isSet, NTSTATUS expected) => Fails(arm, option, 4, isSet, expected);

    [ArmTheory]
    [Rule("CTLS-25")]
    [InlineData(SO_KEEPALIVE)]
    [InlineData(SO_RCVBUF)]
    public void CTLS_25_what_the_transport_lacks_fails_cleanly(Arm arm, uint option) =>
        ContractWorld.Run(
            arm,
            world =>
            {
                using var pair = new TestPair(world);

                Assert.Equal(STATUS_NOT_SUPPORTED, pair.Client.SetOption(pair.Socket, option, 1));
                Assert.Equal((STATUS_SUCCESS, (nuint)2), pair.Client.Send(pair.Socket, "ok"u8));
                Assert.Equal("ok"u8.ToArray(), pair.Peer.Receive(2));
                Assert.Empty(world.Breaches);
            },
            wrap: (inner, executive) => new PlannedTransport(inner, executive)
            {
                OnSetOption = (_, _, _) => STATUS_NOT_SUPPORTED,
            });

    [ArmTheory]
    [Rule("CTLS-10", Twin.Violated)]
    [InlineData(true)]
    [InlineData(false)]
    public void CTLS_10_a_buffer_that_is_not_used_is_reported_and_does_no_harm(Arm arm, bool isSet) =>
        ContractWorld.Run(arm, world =>
        {
            using var client = new TestClient(world);
            var socket = client.Socket();
            var (input, output) = (client.Memory(8), client.Memory(8));
            var type = isSet ? WSK_CONTROL_SOCKET_TYPE.WskSetOption : WSK_CONTROL_SOCKET_TYPE.WskGetOption;

            Assert.Equal(STATUS_SUCCESS, client.Run(irp =>
                Control(client, socket, type, SO_REUSEADDR, 4, input, 4, output, 0, irp)));
            Assert.Equal(["CTLS-10"], world.Breaches);
            client.Close(socket);
        });

    [ArmTheory]
    [Rule("CTLS-11", Twin.Violated)]
    [Rule("CTLS-13")]
    [Rule("DIFF-02")]
    public void CTLS_11_a_size_variable_beside_an_irp_is_reported_and_does_no_harm(Arm arm) =>
        ContractWorld.Run(arm, world =>
        {
            using var client = new TestClient(world);
            var socket = client.Socket();
            using var irp = client.Irp();
            Get(client, socket, SO_REUSEADDR, 4, client.Memory(8), client.Memory(8), irp);

            Assert.Equal(STATUS_SUCCESS, irp.Wait());
            Assert.Equal((nuint)4, irp.Information);
            Assert.Equal(["CTLS-11"], world.Breaches);
            client.Close(socket);
        });

    [ArmTheory]
    [Rule("CTLS-15")]
    [Rule("CTLS-16", Twin.Violated)]
    [Rule("OPEN-44")]
    [InlineData(SO_REUSEADDR, true)]
    [InlineData(SO_REUSEADDR, false)]
    [InlineData(SO_EXCLUSIVEADDRUSE, true)]
    [InlineData(SO_WSK_SECURITY, true)]
    public void CTLS_15_an_option_that_needs_an_irp_is_refused_without_and_reported(
        Arm arm, uint option, bool isSet) =>
        ContractWorld.Run(arm, world =>
        {
            using var client = new TestClient(world);
            var socket = client.Socket();
            var memory = client.Memory(8);
            GuestMemory.Write(memory, 1ul);

            Assert.Equal(STATUS_REQUEST_NOT_ACCEPTED, isSet
                ? Set(client, socket, option, 8, memory, 0)
                : Get(client, socket, option, 8, memory));
            Assert.Equal(["CTLS-16"], world.Breaches);
            client.Close(socket);
        });

    private static void Fails(Arm arm, uint option, int size, bool isSet, NTSTATUS expected) =>
        ContractWorld.Run(arm, world =>
        {
            using var client = new TestClient(world);
            var socket = client.Socket();
            var memory = client.Memory(16);
            using var irp = client.Irp();
            var returned = isSet
                ? Set(client, socket, option, size, memory, irp)
                : Get(client, socket, option, size, memory, irp: irp);

            Assert.Equal((expected, expected), (returned, irp.Status));
            Assert.Equal((1, (nuint)0, false), (irp.Completions, irp.Information, irp.PendingReturned));
            client.Close(socket);
        });

    private static NTSTATUS Set(
        TestClient client, nuint socket, uint option, int size, nuint input, ulong irp) =>
        Control(client, socket, WSK_CONTROL_SOCKET_TYPE.WskSetOption, option, size, input, 0, 0, 0, irp);

    private static NTSTATUS Get(
        TestClient client, nuint socket, uint option, int size, nuint output, nuint returned = 0,
        ulong irp = 0) =>
        Control(
            client, socket, WSK_CONTROL_SOCKET_TYPE.WskGetOption, option, 0, 0, size, output, returned, irp);

    private static NTSTATUS Control(
        TestClient client, nuint socket, WSK_CONTROL_SOCKET_TYPE type, uint option, int inputSize,
        nuint input, int outputSize, nuint output, nuint returned, ulong irp) =>
        client.World.Call(
            TestClient.Functions(socket).Basic.WskControlSocket, socket, (ulong)type, option, SOL_SOCKET,
            (ulong)inputSize, input, (ulong)outputSize, output, returned, irp);
}
