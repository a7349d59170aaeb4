// The three controls about connections that the Windows Filtering Platform redirected, with data that the
// test supplies in its place. Rules CTLS-57..60, DIFF-26. Only connected sockets have it, so a connected one
// stands for an accepted one here.
using OpenWsk.Abi;
using OpenWsk.Kernel;
using OpenWsk.TestSupport;
using static OpenWsk.Abi.NTSTATUS;
using static OpenWsk.Abi.WskConstants;

namespace OpenWsk.Provider.Tests;

public sealed class RedirectTests
{
    private const uint Records = SIO_QUERY_WFP_CONNECTION_REDIRECT_RECORDS;
    private const uint Context = SIO_QUERY_WFP_CONNECTION_REDIRECT_CONTEXT;
    private const uint Attach = SIO_SET_WFP_CONNECTION_REDIRECT_RECORDS;

    [ArmTheory]
    [Rule("CTLS-57")]
    [Rule("CTLS-60", Twin.Obeyed)]
    [InlineData(Records, "records!")]
    [InlineData(Context, "ctx")]
    public void CTLS_57_redirect_data_is_told_as_the_world_supplied_it(Arm arm, uint code, string expected) =>
        ContractWorld.Run(arm, world =>
        {
            using var pair = new TestPair(world);
            Assert.Equal(STATUS_NOT_FOUND, pair.Client.Query(pair.Socket, code, 64).Status);
            Supply(world, pair);
            var (status, bytes, output) = pair.Client.Query(pair.Socket, code, 64);

            Assert.Equal((STATUS_SUCCESS, (nuint)expected.Length), (status, bytes));
            Assert.Equal(expected, System.Text.Encoding.ASCII.GetString(output.AsSpan(0, (int)bytes)));
            Assert.Empty(world.Breaches);
        });

    [ArmTheory]
    [Rule("CTLS-57")]
    [Rule("CTLS-58")]
    [Rule("DIFF-02")]
    [Rule("DIFF-26")]
    [InlineData(Records, 0, 8ul)]
    [InlineData(Records, 7, 8ul)]
    [InlineData(Context, 0, 3ul)]
    public void CTLS_58_the_size_that_is_needed_is_told_beside_the_irp(
        Arm arm, uint code, int size, ulong needed) => ContractWorld.Run(arm, world =>
    {
        using var pair = new TestPair(world);
        Supply(world, pair);
        var output = size == 0 ? 0 : pair.Client.Memory(size);
        var returned = pair.Client.Memory(8);
        using (var irp = new TestIrp(world.Executive, context: 0x7777))
        {
            Assert.Equal(STATUS_BUFFER_TOO_SMALL, Query(pair, code, size, output, returned, irp));
            Assert.Equal((1, STATUS_BUFFER_TOO_SMALL), (irp.Completions, irp.Status));
            Assert.Equal(0x7777ul, irp.Arguments[2]);
        }
        Assert.Equal(needed, GuestMemory.Read<ulong>(returned));

        GuestMemory.Write(returned, 0ul);
        using var second = pair.Client.Irp();
        Query(pair, code, 64, pair.Client.Memory(64), returned, second);
        Assert.Equal(STATUS_SUCCESS, second.Wait());
        Assert.Equal((needed, (nuint)needed), (GuestMemory.Read<ulong>(returned), second.Information));
        Assert.Empty(world.Breaches);
    });

    [ArmTheory]
    [Rule("CTLS-57")]
    [Rule("CTLS-59")]
    public void CTLS_57_access_can_be_denied_and_sizes_can_overflow(Arm arm) =>
        ContractWorld.Run(arm, world =>
        {
            using var pair = new TestPair(world);
            Supply(world, pair);
            var memory = pair.Client.Memory(8);
            foreach (var code in new[] { Records, Context, Attach })
            {
                Assert.Equal(STATUS_INTEGER_OVERFLOW, pair.Client.Run(irp => pair.Client.World.Call(
                    TestClient.Functions(pair.Socket).Basic.WskControlSocket, pair.Socket,
                    (ulong)WSK_CONTROL_SOCKET_TYPE.WskIoctl, code, 0,
                    code == Attach ? 1ul << 32 : 0, code == Attach ? memory : 0,
                    code == Attach ? 0 : 1ul << 32, code == Attach ? 0 : memory, 0, irp)));
            }
            world.Provider.Redirects.DeniesAccess = true;
            Assert.Equal(STATUS_ACCESS_DENIED, pair.Client.Query(pair.Socket, Records, 64).Status);
            Assert.Equal(STATUS_ACCESS_DENIED, pair.Client.Query(pair.Socket, Context, 64).Status);
            Assert.Equal(STATUS_ACCESS_DENIED, pair.Client.Ioctl(pair.Socket, Attach, "r"u8));
        });

    [ArmTheory]
    [Rule("CTLS-59")]
    [Rule("CTLS-60", Twin.Obeyed)]
    public void CTLS_59_records_are_attached_to_a_tcp_socket(Arm arm) => ContractWorld.Run(arm, world =>
    {
        using var client = new TestClient(world);
        var socket = client.Socket();

        Assert.Equal(STATUS_SUCCESS, client.Ioctl(socket, Attach, "from afar"u8));
        Assert.Equal("from afar"u8.ToArray(), world.Provider.Redirects.AttachedTo(socket).ToArray());
        var datagram = client.Open(WSK_FLAG_DATAGRAM_SOCKET);
        Assert.Equal(STATUS_INVALID_DEVICE_REQUEST, client.Ioctl(datagram, Attach, "x"u8));
        client.Close(datagram);
        client.Close(socket);
        Assert.True(world.Provider.Redirects.AttachedTo(socket).IsEmpty);
        Assert.Empty(world.Breaches);
    });

    [ArmTheory]
    [Rule("CTLS-60", Twin.Violated)]
    [InlineData(Records)]
    [InlineData(Context)]
    [InlineData(Attach)]
    public void CTLS_60_a_call_without_an_irp_or_above_passive_level_is_reported(Arm arm, uint code) =>
        ContractWorld.Run(arm, world =>
        {
            using var pair = new TestPair(world);
            Supply(world, pair);
            Assert.Equal(STATUS_REQUEST_NOT_ACCEPTED, pair.Client.QueryInline(pair.Socket, code, 0).Status);
            Assert.Contains("CTLS-60", world.Breaches);

            var before = world.Breaches.Count(r => r == "CTLS-60");
            using var irp = pair.Client.Irp();
            world.AtIrql(Irql.Dispatch, () => Query(pair, code, 0, 0, 0, irp));
            irp.Wait();
            Assert.Equal(before + 1, world.Breaches.Count(r => r == "CTLS-60"));
        });

    private static void Supply(ContractWorld world, TestPair pair) => world.Provider.Redirects.Set(
        pair.Client.RemoteAddress(pair.Socket).Address,
        new RedirectData("records!"u8.ToArray(), "ctx"u8.ToArray()));

    private static NTSTATUS Query(
        TestPair pair, uint code, int size, nuint output, nuint returned, ulong irp) => pair.Client.Control(
        pair.Socket, WSK_CONTROL_SOCKET_TYPE.WskIoctl, code, 0, 0, 0, size, output, returned, irp);
}
