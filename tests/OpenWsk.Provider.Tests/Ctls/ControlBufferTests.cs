// The buffers of WskControlSocket while its IRP is pending. Rule CTLS-14.
// Their sizes: SocketControlTests.cs.
using OpenWsk.Abi;
using OpenWsk.TestSupport;
using static OpenWsk.Abi.NTSTATUS;
using static OpenWsk.Abi.WskConstants;

namespace OpenWsk.Provider.Tests;

public sealed class ControlBufferTests
{
    [ArmTheory]
    [Rule("CTLS-14", Twin.Violated)]
    [InlineData(true)]
    [InlineData(false)]
    public void CTLS_14_freeing_a_buffer_while_the_irp_is_pending_is_reported(Arm arm, bool isSet) =>
        ContractWorld.Run(arm, world =>
        {
            using var client = new TestClient(world);
            var socket = client.Socket();
            using var irp = client.Irp();
            using (new DispatcherHold(world.Executive))
            {
                using var buffer = new PagedBlock(world, isPaged: false);
                Assert.Equal(STATUS_PENDING, Control(client, socket, isSet, buffer, irp));
            }
            Assert.Equal(STATUS_SUCCESS, irp.Wait());
            Assert.Equal(["CTLS-14"], world.Breaches);
            client.Close(socket);
        });

    [ArmTheory]
    [Rule("CTLS-14", Twin.Obeyed)]
    [InlineData(true)]
    [InlineData(false)]
    public void CTLS_14_freeing_it_after_the_completion_is_fine(Arm arm, bool isSet) =>
        ContractWorld.Run(arm, world =>
        {
            using var client = new TestClient(world);
            var socket = client.Socket();
            using (var buffer = new PagedBlock(world, isPaged: false))
                Assert.Equal(STATUS_SUCCESS, client.Run(irp => Control(client, socket, isSet, buffer, irp)));
            Assert.Empty(world.Breaches);
            client.Close(socket);
        });

    private static NTSTATUS Control(
        TestClient client, nuint socket, bool isSet, PagedBlock buffer, ulong irp) => isSet
        ? client.Control(
            socket, WSK_CONTROL_SOCKET_TYPE.WskSetOption, SO_REUSEADDR, SOL_SOCKET, 4, buffer.Address, 0, 0,
            0, irp)
        : client.Control(
            socket, WSK_CONTROL_SOCKET_TYPE.WskGetOption, SO_REUSEADDR, SOL_SOCKET, 0, 0, 4, buffer.Address,
            0, irp);
}
