// Extension interfaces: none unless the host supplies one, then by socket, with the contexts and tables of
// both sides. Rules EXT-01..09, EVT-11, EVT-15, EVT-22.
using OpenWsk.Abi;
using OpenWsk.Kernel;
using OpenWsk.TestSupport;
using static OpenWsk.Abi.NTSTATUS;
using static OpenWsk.Abi.WskConstants;

namespace OpenWsk.Provider.Tests;

public sealed class ExtensionTests
{
    [ArmTheory]
    [Rule("EXT-02")]
    [Rule("EXT-03")]
    [Rule("EXT-08")]
    [InlineData(WSK_FLAG_BASIC_SOCKET)]
    [InlineData(WSK_FLAG_LISTEN_SOCKET)]
    [InlineData(WSK_FLAG_DATAGRAM_SOCKET)]
    [InlineData(WSK_FLAG_CONNECTION_SOCKET)]
    [InlineData(WSK_FLAG_STREAM_SOCKET)]
    public void EXT_03_version_1_0_has_no_extension(Arm arm, uint category) =>
        ContractWorld.Run(arm, world =>
        {
            using var client = new TestClient(world);
            var socket = client.Open(category);
            Assert.Equal((ushort)0x0100, client.Table.Version);

            foreach (var id in new[] { TestExtension.Id(client), client.InterfaceId() })
            {
                var input = client.Memory(24);
                GuestMemory.Write(
                    input, new WSK_EXTENSION_CONTROL_IN { NpiId = new GuestPtr<Guid>(id) });
                Assert.Equal(STATUS_NOT_SUPPORTED, client.Control(
                    socket, WSK_CONTROL_SOCKET_TYPE.WskIoctl, SIO_WSK_REGISTER_EXTENSION, 0, 24, input, 16,
                    client.Memory(16), 0, 0));
            }
            Assert.Empty(world.Breaches);
            client.Close(socket);
        });

    [ArmTheory]
    [Rule("EXT-01")]
    [Rule("EXT-04")]
    [Rule("EXT-06")]
    [InlineData(WSK_FLAG_BASIC_SOCKET)]
    [InlineData(WSK_FLAG_LISTEN_SOCKET)]
    [InlineData(WSK_FLAG_DATAGRAM_SOCKET)]
    [InlineData(WSK_FLAG_CONNECTION_SOCKET)]
    [InlineData(WSK_FLAG_STREAM_SOCKET)]
    public void EXT_01_a_registration_gives_context_and_functions_of_one_socket(Arm arm, uint category) =>
        ContractWorld.Run(arm, world =>
        {
            using var client = new TestClient(world);
            using var extension = new TestExtension(world);
            var (socket, other) = (client.Open(category), client.Open(category));
            var (status, given) = extension.Register(client, socket);
            Assert.Equal(STATUS_SUCCESS, status);
            Assert.Equal(107ul, extension.Call(given, 0, 3, 4));

            // The other socket has nothing of it until it registers, and then its own.
            Assert.Equal(STATUS_NOT_SUPPORTED, TestExtension.SetEvents(client, other, TestExtension.First));
            var (_, second) = extension.Register(client, other);
            Assert.NotEqual(given.ProviderContext, second.ProviderContext);
            Assert.Equal(given.ProviderDispatch, second.ProviderDispatch);
            Assert.Equal((uint)STATUS_INVALID_HANDLE, extension.Call(default(WSK_EXTENSION_CONTROL_OUT) with
            {
                ProviderDispatch = given.ProviderDispatch,
            }, 0, 1, 1));
            Assert.Equal(STATUS_INVALID_PARAMETER, extension.Register(client, socket).Status);
            Assert.Empty(world.Breaches);
            client.Close(socket);
            client.Close(other);
        });

    [ArmTheory]
    [Rule("EXT-01")]
    [Rule("CTLS-16", Twin.Violated)]
    [Rule("OPEN-44")]
    public void EXT_01_it_takes_no_irp(Arm arm) => ContractWorld.Run(arm, world =>
    {
        using var client = new TestClient(world);
        using var extension = new TestExtension(world);
        var socket = client.Socket();
        using var irp = client.Irp();
        extension.Register(client, socket, irp: irp);

        Assert.Equal(STATUS_SUCCESS, irp.Wait());
        Assert.Equal(["CTLS-16"], world.Breaches);
        client.Close(socket);
    });

    [ArmTheory]
    [Rule("EXT-05")]
    [Rule("EXT-07")]
    [Rule("EVT-11")]
    [Rule("EVT-15")]
    [InlineData(WSK_FLAG_BASIC_SOCKET)]
    [InlineData(WSK_FLAG_CONNECTION_SOCKET)]
    public void EXT_07_callbacks_are_enabled_by_the_extensions_identifier(Arm arm, uint category) =>
        ContractWorld.Run(arm, world =>
        {
            using var client = new TestClient(world);
            using var extension = new TestExtension(world);
            var socket = client.Open(category);
            Assert.Equal(STATUS_NOT_SUPPORTED, TestExtension.SetEvents(client, socket, TestExtension.First));
            var (_, given) = extension.Register(client, socket, context: 0xC0FFEE);
            Assert.Equal(0ul, extension.Call(given, 1, TestExtension.First, 5));

            Assert.Equal(STATUS_SUCCESS, TestExtension.SetEvents(client, socket, TestExtension.First));
            Assert.Equal(77ul, extension.Call(given, 1, TestExtension.First, 5));
            Assert.Equal([0xC0FFEE, 5], Assert.Single(extension.Callbacks));
            Assert.Equal(STATUS_SUCCESS, TestExtension.SetEvents(
                client, socket, TestExtension.First | WSK_EVENT_DISABLE));
            Assert.Equal(0ul, extension.Call(given, 1, TestExtension.First, 5));
            Assert.Single(extension.Callbacks);
            Assert.Empty(world.Breaches);
            client.Close(socket);
        });

    [ArmTheory]
    [Rule("EXT-07")]
    [Rule("EVT-23", Twin.Violated)]
    [Rule("OPEN-37")]
    [Rule("OPEN-38")]
    public void EXT_07_an_event_without_callback_or_of_nobody_is_refused(Arm arm) =>
        ContractWorld.Run(arm, world =>
        {
            using var client = new TestClient(world);
            using var extension = new TestExtension(world);
            var socket = client.Open(WSK_FLAG_BASIC_SOCKET);
            extension.Register(client, socket);

            Assert.Equal(STATUS_INVALID_PARAMETER, TestExtension.SetEvents(client, socket, 0x4));
            Assert.Empty(world.Breaches);
            Assert.Equal(
                STATUS_INVALID_PARAMETER, TestExtension.SetEvents(client, socket, TestExtension.Second));
            Assert.Equal(["EVT-23"], world.Breaches);
            client.Close(socket);
        });

    [ArmTheory]
    [Rule("EXT-07")]
    [Rule("EVT-08")]
    [Rule("EVT-09")]
    public void EXT_07_disabling_waits_for_the_running_callback(Arm arm) => ContractWorld.Run(arm, world =>
    {
        using var client = new TestClient(world);
        using var extension = new TestExtension(world);
        using var irp = client.Irp();
        var socket = client.Open(WSK_FLAG_BASIC_SOCKET);
        var (_, given) = extension.Register(client, socket);
        TestExtension.SetEvents(client, socket, TestExtension.First);
        extension.OnCallback = () =>
        {
            Assert.Equal(STATUS_EVENT_PENDING, TestExtension.SetEvents(
                client, socket, TestExtension.First | WSK_EVENT_DISABLE));
            Assert.Equal(STATUS_PENDING, TestExtension.SetEvents(
                client, socket, TestExtension.First | WSK_EVENT_DISABLE, irp));
            Assert.False(irp.IsCompleted);
        };
        Assert.Equal(77ul, extension.Call(given, 1, TestExtension.First, 5));

        Assert.Equal(STATUS_SUCCESS, irp.Wait());
        Assert.Equal(STATUS_SUCCESS, client.Close(socket));
    });

    [ArmTheory]
    [Rule("EVT-15")]
    [Rule("EVT-22")]
    [Rule("OPEN-42")]
    public void EVT_22_a_basic_socket_has_no_events_of_its_own(Arm arm) => ContractWorld.Run(arm, world =>
    {
        using var client = new TestClient(world);
        using var extension = new TestExtension(world);
        var socket = client.Open(WSK_FLAG_BASIC_SOCKET);
        const uint all = WSK_EVENT_RECEIVE | WSK_EVENT_DISCONNECT | WSK_EVENT_SEND_BACKLOG | WSK_EVENT_ACCEPT
            | WSK_EVENT_RECEIVE_FROM;

        for (var left = all; left != 0; left &= left - 1)
            Assert.Equal(STATUS_INVALID_DEVICE_REQUEST, client.SetEvents(socket, left & (uint)-(int)left));
        extension.Register(client, socket);
        Assert.Equal(STATUS_INVALID_DEVICE_REQUEST, client.SetEvents(socket, WSK_EVENT_RECEIVE));
        client.Close(socket);
    });

    [ArmTheory]
    [Rule("EVT-11")]
    [Rule("OPEN-41")]
    public void EVT_11_an_unknown_identifier_is_not_supported(Arm arm) => ContractWorld.Run(arm, world =>
    {
        using var extension = new TestExtension(world);
        using var pair = new TestPair(world);

        // The events of WSK are not those of an extension, nor the other way round.
        extension.Register(pair.Client, pair.Socket);
        Assert.Equal(
            STATUS_INVALID_PARAMETER, TestExtension.SetEvents(pair.Client, pair.Socket, WSK_EVENT_RECEIVE));
        Assert.Equal(STATUS_INVALID_PARAMETER, pair.Client.SetEvents(pair.Socket, TestExtension.First));
        Assert.Equal(STATUS_SUCCESS, pair.Client.SetEvents(pair.Socket, WSK_EVENT_RECEIVE));
    });

    [ArmTheory]
    [Rule("EXT-09", Twin.Obeyed)]
    public void EXT_09_a_close_after_the_call_has_returned_is_fine(Arm arm) => ContractWorld.Run(arm, world =>
    {
        using var client = new TestClient(world);
        using var extension = new TestExtension(world);
        var socket = client.Open(WSK_FLAG_BASIC_SOCKET);
        var (_, given) = extension.Register(client, socket);
        extension.Call(given, 0, 1, 1);
        client.Close(socket);

        Assert.Equal((uint)STATUS_INVALID_HANDLE, extension.Call(given, 0, 1, 1));
        Assert.Empty(world.Breaches);
    });

    [ArmTheory]
    [Rule("EXT-09", Twin.Violated)]
    public void EXT_09_a_close_during_a_call_is_reported(Arm arm) => ContractWorld.Run(arm, world =>
    {
        using var client = new TestClient(world);
        using var extension = new TestExtension(world);
        var socket = client.Open(WSK_FLAG_BASIC_SOCKET);
        var (_, given) = extension.Register(client, socket);
        extension.OnAdd = () => Assert.Equal(STATUS_SUCCESS, client.Close(socket));
        extension.Call(given, 0, 1, 1);

        Assert.Equal(["EXT-09"], world.Breaches);
    });
}
