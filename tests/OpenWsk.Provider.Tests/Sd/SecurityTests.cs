// Where a socket's security context and descriptor come from, and how the check of the sharing table reads
// them. Rules SD-14..19, OPEN-47, and WskSocket's duties towards descriptors. The table:
// SharingTableTests.cs.
using System.Net;
using OpenWsk.Abi;
using OpenWsk.Ports;
using OpenWsk.TestSupport;
using static OpenWsk.Abi.NTSTATUS;
using static OpenWsk.Abi.WskConstants;

namespace OpenWsk.Provider.Tests;

public sealed class SecurityTests
{
    private const string Alice = "S-1-5-21-1-1000";
    private const string Bob = "S-1-5-21-1-1001";
    private const ulong Process = 0x1000;
    private const ulong Thread = 0x2000;

    [ArmTheory]
    [Rule("SD-14")]
    [Rule("SD-15")]
    [Rule("SOCK-30")]
    [InlineData("+alice", STATUS_SUCCESS)]
    [InlineData("+bob", STATUS_ACCESS_DENIED)]
    [InlineData("-alice +everybody", STATUS_ACCESS_DENIED)]
    [InlineData("+alice -everybody", STATUS_SUCCESS)]
    [InlineData("-bob +everybody", STATUS_SUCCESS)]
    [InlineData("", STATUS_ACCESS_DENIED)]
    public void SD_14_the_first_entry_that_names_the_second_decides(
        Arm arm, string entries, NTSTATUS expected) =>
        ContractWorld.Run(arm, world =>
        {
            world.Provider.Security.SetProcess((nuint)Process, Alice, "S-1-1-0");
            using var client = new TestClient(world);
            var descriptor = client.CacheDescriptor([.. entries
                .Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(Entry)]);

            Assert.Equal(
                expected, ShareWith(client, client.Socket(descriptor: descriptor), process: Process));
            client.ReleaseDescriptor(descriptor);
        });

    [ArmTheory]
    [Rule("SD-15")]
    [Rule("SOCK-29")]
    [Rule("SOCK-31")]
    [Rule("SOCK-32")]
    [InlineData(Bob, Alice, STATUS_SUCCESS)]
    [InlineData(Alice, Bob, STATUS_ACCESS_DENIED)]
    [InlineData(Alice, "", STATUS_SUCCESS)]
    [InlineData("", "", STATUS_ACCESS_DENIED)]
    public void SD_15_the_context_is_of_the_impersonating_thread_or_the_process(
        Arm arm, string process, string thread, NTSTATUS expected) =>
        ContractWorld.Run(arm, world =>
        {
            world.Provider.Security.System = new HashSet<string> { Bob };
            if (process.Length != 0)
                world.Provider.Security.SetProcess((nuint)Process, process);
            if (thread.Length != 0)
                world.Provider.Security.SetThread((nuint)Thread, thread);
            using var client = new TestClient(world);
            var descriptor = client.CacheDescriptor((true, Alice));

            Assert.Equal(
                expected,
                ShareWith(
                    client, client.Socket(descriptor: descriptor), process.Length == 0 ? 0 : Process,
                    Thread));
            client.ReleaseDescriptor(descriptor);
        });

    [ArmTheory]
    [Rule("SD-16")]
    [Rule("SD-18")]
    [Rule("SOCK-34")]
    [Rule("CTLS-28")]
    [Rule("SOCK-33", Twin.Obeyed)]
    [Rule("SOCK-35", Twin.Obeyed)]
    [Rule("CTLS-29", Twin.Obeyed)]
    [Rule("CTLS-30", Twin.Obeyed)]
    [InlineData(false, false, STATUS_ACCESS_DENIED)]
    [InlineData(true, false, STATUS_SUCCESS)]
    [InlineData(false, true, STATUS_SUCCESS)]
    public void SD_16_the_descriptor_comes_from_creation_or_option(
        Arm arm, bool atCreation, bool byOption, NTSTATUS expected) =>
        ContractWorld.Run(arm, world =>
        {
            using var client = new TestClient(world);
            var everybody = client.CacheDescriptor((true, "S-1-1-0"));
            var socket = client.Socket(descriptor: atCreation ? everybody : 0);
            if (byOption)
                Assert.Equal(STATUS_SUCCESS, client.SetOption(socket, SO_WSK_SECURITY, everybody, 8));

            Assert.Equal(expected, ShareWith(client, socket));
            client.ReleaseDescriptor(everybody);
            Assert.Empty(world.Breaches);
        });

    [ArmTheory]
    [Rule("SD-18")]
    public void SD_18_a_malformed_descriptor_is_not_cached(Arm arm) => ContractWorld.Run(arm, world =>
    {
        using var client = new TestClient(world);
        var descriptor = TestDescriptor.Write(client, [(true, "S-1-1-0")]);
        GuestMemory.Write<byte>(descriptor, 9);
        var input = client.Memory(8);
        var output = client.Memory(8);
        GuestMemory.Write(input, (ulong)descriptor);

        Assert.Equal(STATUS_INVALID_SECURITY_DESCR, client.Control(WSK_CACHE_SD, 8, input, 8, output));
        Assert.Equal(0ul, GuestMemory.Read<ulong>(output));
    });

    [ArmTheory]
    [Rule("SD-19")]
    [Rule("CLOSE-13")]
    public void SD_19_a_release_after_the_irp_leaves_the_protection_as_it_is(Arm arm) =>
        ContractWorld.Run(arm, world =>
        {
            using var client = new TestClient(world);
            var everybody = client.CacheDescriptor((true, "S-1-1-0"));
            var kept = client.CacheDescriptor((true, "S-1-1-0"));
            var socket = client.Socket(descriptor: everybody);
            client.ReleaseDescriptor(everybody);
            Assert.Equal(STATUS_SUCCESS, ShareWith(client, socket));

            Assert.Equal(STATUS_SUCCESS, ShareWith(client, client.Socket(descriptor: kept)));
            // The close of that socket has not released it.
            Assert.Equal(STATUS_SUCCESS, client.ReleaseDescriptor(kept));
            Assert.Empty(world.Breaches);
        });

    [ArmTheory]
    [Rule("SOCK-33", Twin.Violated)]
    public void SOCK_33_a_descriptor_that_is_not_cached_is_refused_and_reported(Arm arm) =>
        ContractWorld.Run(arm, world =>
        {
            using var client = new TestClient(world);
            var plain = TestDescriptor.Write(client, [(true, "S-1-1-0")]);
            var status = client.Run(irp => world.Call(
                client.Table.WskSocket, client.Client, AF_INET, SOCK_STREAM, IPPROTO_TCP,
                WSK_FLAG_CONNECTION_SOCKET, 0, 0, 0, 0, plain, irp));

            Assert.Equal(STATUS_INVALID_PARAMETER, status);
            Assert.Equal(["SOCK-33"], world.Breaches);
            Assert.Equal(0, world.Provider.OpenSockets);
        });

    // On the host the IRP may be complete before the test can release, so only virtual time shows it.
    [ArmTheory(Arm.Sim)]
    [Rule("SOCK-35", Twin.Violated)]
    public void SOCK_35_a_release_while_the_irp_is_pending_is_reported(Arm arm) =>
        ContractWorld.Run(arm, world =>
        {
            using var client = new TestClient(world);
            var everybody = client.CacheDescriptor((true, "S-1-1-0"));
            using var irp = client.Irp();
            world.Call(
                client.Table.WskSocket, client.Client, AF_INET, SOCK_STREAM, IPPROTO_TCP,
                WSK_FLAG_CONNECTION_SOCKET, 0, 0, 0, 0, everybody, irp);
            Assert.False(irp.IsCompleted);
            client.ReleaseDescriptor(everybody);

            Assert.Equal(STATUS_SUCCESS, irp.Wait());
            Assert.Equal(["SOCK-35"], world.Breaches);
            client.Close(irp.Information);
        });

    [ArmTheory]
    [Rule("CTLS-29", Twin.Violated)]
    [Rule("OPEN-45")]
    public void CTLS_29_a_descriptor_after_the_bind_is_refused_and_reported(Arm arm) =>
        ContractWorld.Run(arm, world =>
        {
            using var client = new TestClient(world);
            var everybody = client.CacheDescriptor((true, "S-1-1-0"));
            var socket = client.Socket();
            client.Bind(socket, client.Any());

            Assert.Equal(
                STATUS_INVALID_DEVICE_STATE, client.SetOption(socket, SO_WSK_SECURITY, everybody, 8));
            Assert.Equal(["CTLS-29"], world.Breaches);
            client.Close(socket);
            client.ReleaseDescriptor(everybody);
        });

    [ArmTheory]
    [Rule("CTLS-30", Twin.Violated)]
    public void CTLS_30_an_option_with_a_descriptor_that_is_not_cached_is_refused_and_reported(Arm arm) =>
        ContractWorld.Run(arm, world =>
        {
            using var client = new TestClient(world);
            var socket = client.Socket();
            var plain = TestDescriptor.Write(client, [(true, "S-1-1-0")]);

            Assert.Equal(STATUS_INVALID_PARAMETER, client.SetOption(socket, SO_WSK_SECURITY, plain, 8));
            Assert.Equal(["CTLS-30"], world.Breaches);
            client.Close(socket);
        });

    private static (bool, string) Entry(string text) => (text[0] == '+', text[1..] switch
    {
        "alice" => Alice,
        "bob" => Bob,
        _ => "S-1-1-0",
    });

    // Binds the first to the wildcard and a second to a specific address of its port; closes both.
    private static NTSTATUS ShareWith(TestClient client, nuint first, ulong process = 0, ulong thread = 0)
    {
        Assert.Equal(STATUS_SUCCESS, client.Bind(first, client.Any()));
        var taken = EndpointAddress.From(IPAddress.Loopback, client.BoundTo(first).Port);
        var second = client.Socket(process: process, thread: thread);
        var status = client.Bind(second, client.Address(taken));
        client.Close(second);
        client.Close(first);
        return status;
    }
}
