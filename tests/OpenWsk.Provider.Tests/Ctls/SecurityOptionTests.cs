// SO_WSK_SECURITY: a get gives out a cached copy that the client releases, a set holds its descriptor until
// the IRP has completed. Rules CTLS-28..32. What a descriptor allows: Sd/.
using OpenWsk.Abi;
using OpenWsk.TestSupport;
using static OpenWsk.Abi.NTSTATUS;
using static OpenWsk.Abi.WskConstants;

namespace OpenWsk.Provider.Tests;

public sealed class SecurityOptionTests
{
    private const string Me = "S-1-5-21-7";

    [ArmTheory]
    [Rule("CTLS-31")]
    [Rule("CTLS-32", Twin.Obeyed)]
    [InlineData(WSK_FLAG_LISTEN_SOCKET)]
    [InlineData(WSK_FLAG_DATAGRAM_SOCKET)]
    [InlineData(WSK_FLAG_CONNECTION_SOCKET)]
    [InlineData(WSK_FLAG_STREAM_SOCKET)]
    public void CTLS_31_a_get_gives_a_cached_copy_of_the_descriptor_in_force(Arm arm, uint category) =>
        ContractWorld.Run(arm, world =>
        {
            using var client = new TestClient(world);
            var cached = client.CacheDescriptor((true, Me));
            var socket = client.Open(category);
            Assert.Equal(STATUS_SUCCESS, client.SetOption(
                socket, SOL_SOCKET, SO_WSK_SECURITY, BitConverter.GetBytes(cached)));

            var (status, bytes, copy) = client.GetOption(socket, SO_WSK_SECURITY, lengthBytes: 8);
            Assert.Equal((STATUS_SUCCESS, (nuint)8), (status, bytes));
            Assert.NotEqual(cached, copy);
            Assert.Equal(STATUS_SUCCESS, client.ReleaseDescriptor(cached));

            // It is a descriptor like any other cached one: it can be given to another socket.
            var second = client.Open(category);
            Assert.Equal(STATUS_SUCCESS, client.SetOption(
                second, SOL_SOCKET, SO_WSK_SECURITY, BitConverter.GetBytes(copy)));
            Assert.Equal(STATUS_SUCCESS, client.ReleaseDescriptor(copy));
            client.Close(socket);
            client.Close(second);
            client.Release();
            client.Deregister();
            Assert.Empty(world.Breaches);
        });

    [ArmTheory]
    [Rule("CTLS-31")]
    [Rule("OPEN-43")]
    public void CTLS_31_a_get_needs_an_irp_and_room_for_a_pointer(Arm arm) => ContractWorld.Run(arm, world =>
    {
        using var client = new TestClient(world);
        var socket = client.Socket();

        Assert.Equal(
            STATUS_BUFFER_TOO_SMALL, client.GetOption(socket, SO_WSK_SECURITY, lengthBytes: 4).Status);
        Assert.Equal(STATUS_REQUEST_NOT_ACCEPTED, client.Control(
            socket, WSK_CONTROL_SOCKET_TYPE.WskGetOption, SO_WSK_SECURITY, SOL_SOCKET, 0, 0, 8,
            client.Memory(8), 0, 0));
        Assert.Equal(["CTLS-16"], world.Breaches);
        client.Close(socket);
    });

    [ArmTheory]
    [Rule("CTLS-32", Twin.Violated)]
    [Rule("CTLC-21", Twin.Violated)]
    public void CTLS_32_a_copy_that_is_not_released_is_reported(Arm arm) => ContractWorld.Run(arm, world =>
    {
        using var client = new TestClient(world);
        var socket = client.Socket();
        Assert.Equal(STATUS_SUCCESS, client.GetOption(socket, SO_WSK_SECURITY, lengthBytes: 8).Status);
        client.Close(socket);
        client.Release();
        client.Deregister();

        Assert.Equal(["CTLS-32", "CTLC-21"], world.Breaches);
    });

    [ArmTheory]
    [Rule("CTLS-30", Twin.Violated)]
    public void CTLS_30_releasing_the_descriptor_before_the_irp_is_complete_is_reported(Arm arm) =>
        ContractWorld.Run(arm, world =>
        {
            using var client = new TestClient(world);
            var cached = client.CacheDescriptor((true, Me));
            var socket = client.Socket();
            var input = client.Memory(8);
            GuestMemory.Write(input, cached);
            using var irp = client.Irp();

            using (new DispatcherHold(world.Executive))
            {
                Assert.Equal(STATUS_PENDING, client.Control(
                    socket, WSK_CONTROL_SOCKET_TYPE.WskSetOption, SO_WSK_SECURITY, SOL_SOCKET, 8, input, 0, 0,
                    0, irp));
                Assert.Equal(STATUS_SUCCESS, client.ReleaseDescriptor(cached));
            }
            Assert.Equal(STATUS_SUCCESS, irp.Wait());
            Assert.Equal(["CTLS-30"], world.Breaches);
            client.Close(socket);
        });
}
