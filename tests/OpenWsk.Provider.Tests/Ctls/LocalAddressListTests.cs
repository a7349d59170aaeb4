// The I/O controls about local addresses: the list, waiting for it to change, putting one in order. Rules
// CTLS-12, 35..37, IRQL-08. The transport's side of it is tested in the transports' own tests.
using OpenWsk.Abi;
using OpenWsk.Kernel;
using OpenWsk.Ports;
using OpenWsk.TestSupport;
using static OpenWsk.Abi.NTSTATUS;
using static OpenWsk.Abi.WskConstants;

namespace OpenWsk.Provider.Tests;

public sealed class LocalAddressListTests
{
    [ArmTheory]
    [Rule("CTLS-35")]
    [Rule("IRQL-08", Twin.Obeyed)]
    [InlineData(WSK_FLAG_BASIC_SOCKET, AF_INET)]
    [InlineData(WSK_FLAG_LISTEN_SOCKET, AF_INET)]
    [InlineData(WSK_FLAG_DATAGRAM_SOCKET, AF_INET6)]
    [InlineData(WSK_FLAG_CONNECTION_SOCKET, AF_INET6)]
    [InlineData(WSK_FLAG_STREAM_SOCKET, AF_INET)]
    public void CTLS_35_the_list_holds_the_local_addresses_of_the_family(
        Arm arm, uint category, ushort family) => ContractWorld.Run(arm, world =>
    {
        using var client = new TestClient(world);
        var socket = client.Open(category, family);
        var local = world.Transport.ListAddresses(family);
        var (status, returned, output) = client.QueryInline(socket, SIO_ADDRESS_LIST_QUERY, 4096);

        Assert.Equal(STATUS_SUCCESS, status);
        Assert.Equal(local, ReadList(output));
        Assert.NotEmpty(local);
        Assert.Equal(
            (ulong)(8 + (local.Count * (16 + EndpointAddress.SockaddrBytes(family)))), returned);
        Assert.Empty(world.Breaches);
        client.Close(socket);
    });

    [ArmTheory]
    [Rule("CTLS-12")]
    [Rule("CTLS-36")]
    [Rule("DIFF-01")]
    [InlineData(0)]
    [InlineData(8)]
    [InlineData(-1)]
    public void CTLS_36_a_small_buffer_is_answered_by_the_size_that_is_needed(Arm arm, int size) =>
        ContractWorld.Run(arm, world =>
        {
            using var client = new TestClient(world);
            var socket = client.Socket();
            var needed = 8 + (world.Transport.ListAddresses(AF_INET).Count * 32);
            var (status, returned, output) = client.QueryInline(
                socket, SIO_ADDRESS_LIST_QUERY, size < 0 ? needed + size : size);

            // The high half was all ones: eight bytes were written.
            Assert.Equal((STATUS_BUFFER_OVERFLOW, (ulong)needed), (status, returned));
            if (output != 0)
                Assert.Equal(0ul, GuestMemory.Read<ulong>(output));
            (status, returned, _) = client.QueryInline(socket, SIO_ADDRESS_LIST_QUERY, needed);
            Assert.Equal((STATUS_SUCCESS, (ulong)needed), (status, returned));
            client.Close(socket);
        });

    [ArmTheory]
    [Rule("CTLS-37")]
    [Rule("OPEN-53")]
    [InlineData(WSK_FLAG_BASIC_SOCKET)]
    [InlineData(WSK_FLAG_DATAGRAM_SOCKET)]
    [InlineData(WSK_FLAG_CONNECTION_SOCKET)]
    public void CTLS_37_a_change_of_the_family_completes_the_irp(Arm arm, uint category) =>
        WithPlan(arm, (world, plan) =>
        {
            using var client = new TestClient(world);
            var socket = client.Open(category);
            using var irp = client.Irp();
            Assert.Equal(STATUS_PENDING, AwaitChange(client, socket, irp));
            plan.ChangeAddresses(AF_INET6);
            Assert.False(irp.IsCompleted);
            plan.ChangeAddresses(AF_INET);
            Assert.Equal(STATUS_SUCCESS, irp.Wait());
            Assert.Equal((nuint)0, irp.Information);

            // A change that came before the next request completes it at once; then it waits again.
            plan.ChangeAddresses(AF_INET);
            Assert.Equal(STATUS_SUCCESS, client.Run(next => AwaitChange(client, socket, next)));
            irp.Reuse();
            Assert.Equal(STATUS_PENDING, AwaitChange(client, socket, irp));
            world.StaysPending(irp);
            Assert.True(irp.Cancel());
            Assert.Equal(STATUS_CANCELLED, irp.Wait());
            Assert.Empty(world.Breaches);
            client.Close(socket);
        });

    [ArmTheory]
    [Rule("CTLS-37")]
    [Rule("CLOSE-06")]
    public void CTLS_37_closing_cancels_the_request(Arm arm) => ContractWorld.Run(arm, world =>
    {
        using var client = new TestClient(world);
        var socket = client.Socket();
        using var irp = client.Irp();
        Assert.Equal(STATUS_PENDING, AwaitChange(client, socket, irp));

        Assert.Equal(STATUS_SUCCESS, client.Close(socket));
        Assert.Equal((1, STATUS_CANCELLED), (irp.Completions, irp.Status));
    });

    [ArmTheory]
    [Rule("CTLS-37")]
    [Rule("CTLS-16", Twin.Violated)]
    public void CTLS_37_without_an_irp_it_is_refused(Arm arm) => ContractWorld.Run(arm, world =>
    {
        using var client = new TestClient(world);
        var socket = client.Socket();

        Assert.Equal(STATUS_REQUEST_NOT_ACCEPTED, AwaitChange(client, socket, 0));
        Assert.Equal(["CTLS-16"], world.Breaches);
        client.Close(socket);
    });

    [ArmTheory]
    [Rule("IRQL-08", Twin.Violated)]
    [Rule("OPEN-65")]
    [InlineData(SIO_ADDRESS_LIST_QUERY, STATUS_BUFFER_OVERFLOW)]
    [InlineData(SIO_ADDRESS_LIST_SORT, STATUS_INVALID_PARAMETER)]
    public void IRQL_08_a_call_above_passive_level_is_done_and_reported(
        Arm arm, uint code, NTSTATUS expected) => ContractWorld.Run(arm, world =>
    {
        using var client = new TestClient(world);
        var socket = client.Socket();

        Assert.Equal(expected, world.AtIrql(Irql.Dispatch, () => client.QueryInline(socket, code, 0).Status));
        Assert.Equal(["IRQL-08"], world.Breaches);
        client.Close(socket);
    });

    [ArmTheory]
    [Rule("OPEN-61")]
    [Rule("IRQL-08", Twin.Obeyed)]
    public void OPEN_61_a_list_is_put_in_order_of_preference(Arm arm) => WithPlan(arm, (world, plan) =>
    {
        plan.Addresses = [At("10.0.0.1"), At("127.0.0.1")];
        using var client = new TestClient(world);
        var socket = client.Socket();
        var given = new[] { At("8.8.8.8"), At("9.9.9.9"), At("127.0.0.1"), At("fd00::9"), At("169.254.3.4") };
        var input = WriteList(client, given);
        var (status, _, output) = client.QueryInline(
            socket, SIO_ADDRESS_LIST_SORT, 4096, 8 + (16 * given.Length), input);

        Assert.Equal(STATUS_SUCCESS, status);
        // The smaller scope first; what no local address can reach last; else as it was.
        Assert.Equal(
            [At("127.0.0.1"), At("169.254.3.4"), At("8.8.8.8"), At("9.9.9.9"), At("fd00::9")],
            ReadList(output));
        Assert.Empty(world.Breaches);
        client.Close(socket);
    });

    private static void WithPlan(Arm arm, Action<ContractWorld, PlannedTransport> body)
    {
        var plan = default(PlannedTransport);
        ContractWorld.Run(
            arm, world => body(world, plan!),
            wrap: (inner, executive) => plan = new PlannedTransport(inner, executive));
    }

    private static NTSTATUS AwaitChange(TestClient client, nuint socket, ulong irp) => client.Control(
        socket, WSK_CONTROL_SOCKET_TYPE.WskIoctl, SIO_ADDRESS_LIST_CHANGE, 0, 0, 0, 0, 0, 0, irp);

    private static EndpointAddress At(string address) =>
        EndpointAddress.From(System.Net.IPAddress.Parse(address), 0);

    private static nuint WriteList(TestClient client, EndpointAddress[] addresses)
    {
        var memory = client.Memory(8 + (16 * addresses.Length));
        GuestMemory.Write(memory, addresses.Length);
        for (var i = 0; i < addresses.Length; i++)
        {
            GuestMemory.Write(memory + 8 + (nuint)(16 * i), new SOCKET_ADDRESS
            {
                lpSockaddr = new GuestPtr<SOCKADDR>((nuint)client.Address(addresses[i])),
                iSockaddrLength = EndpointAddress.SockaddrBytes(addresses[i].Family),
            });
        }
        return memory;
    }

    private static List<EndpointAddress> ReadList(nuint list)
    {
        var addresses = new List<EndpointAddress>();
        for (var i = 0; i < GuestMemory.Read<int>(list); i++)
        {
            var entry = GuestMemory.Read<SOCKET_ADDRESS>(list + 8 + (nuint)(16 * i));
            Assert.True(EndpointAddress.TryRead(entry.lpSockaddr, out var address));
            Assert.Equal(EndpointAddress.SockaddrBytes(address.Family), entry.iSockaddrLength);
            addresses.Add(address);
        }
        return addresses;
    }
}
