// Which families, types and protocols each category takes: every combination is tried as far as its first
// bind or, of a basic socket, its first option. Rules SOCK-15, 16, 18..20, OPEN-08, DIFF-23.
using OpenWsk.Abi;
using OpenWsk.TestSupport;
using static OpenWsk.Abi.NTSTATUS;
using static OpenWsk.Abi.WskConstants;

namespace OpenWsk.Provider.Tests;

public sealed class TransportMatrixTests
{
    // The documented combinations, and others near them.
    private static readonly (ushort Type, uint Protocol)[] s_kinds =
    [
        (SOCK_STREAM, IPPROTO_TCP), (SOCK_DGRAM, IPPROTO_UDP), (SOCK_RAW, 253), (SOCK_STREAM, IPPROTO_UDP),
        (SOCK_DGRAM, IPPROTO_TCP), (SOCK_STREAM, 0), (SOCK_DGRAM, 0), (SOCK_RDM, 0), (SOCK_SEQPACKET, 132),
    ];

    [ArmTheory]
    [Rule("SOCK-15")]
    [Rule("SOCK-19")]
    [InlineData(AF_INET)]
    [InlineData(AF_INET6)]
    public void SOCK_15_basic_sockets_take_tcp_udp_and_raw(Arm arm, ushort family) =>
        Takes(arm, family, WSK_FLAG_BASIC_SOCKET, SOCK_STREAM, SOCK_DGRAM, SOCK_RAW);

    [ArmTheory]
    [Rule("SOCK-16")]
    [Rule("SOCK-19")]
    [Rule("OPEN-08")]
    [Rule("DIFF-23")]
    [InlineData(AF_INET)]
    [InlineData(AF_INET6)]
    public void SOCK_16_listening_sockets_take_tcp_only(Arm arm, ushort family) =>
        Takes(arm, family, WSK_FLAG_LISTEN_SOCKET, SOCK_STREAM);

    [ArmTheory]
    [Rule("SOCK-17")]
    [Rule("SOCK-19")]
    [Rule("OPEN-08")]
    [InlineData(AF_INET)]
    [InlineData(AF_INET6)]
    public void SOCK_17_connection_oriented_sockets_take_tcp_only(Arm arm, ushort family) =>
        Takes(arm, family, WSK_FLAG_CONNECTION_SOCKET, SOCK_STREAM);

    [ArmTheory]
    [Rule("SOCK-18")]
    [Rule("SOCK-19")]
    [Rule("OPEN-08")]
    [InlineData(AF_INET)]
    [InlineData(AF_INET6)]
    public void SOCK_18_datagram_sockets_take_udp_and_raw(Arm arm, ushort family) =>
        Takes(arm, family, WSK_FLAG_DATAGRAM_SOCKET, SOCK_DGRAM, SOCK_RAW);

    [ArmTheory]
    [Rule("SOCK-19")]
    [Rule("OPEN-08")]
    [InlineData((ushort)0)]
    [InlineData((ushort)17)]
    public void SOCK_19_no_other_family_makes_a_socket(Arm arm, ushort family) =>
        ContractWorld.Run(arm, world =>
        {
            using var client = new TestClient(world);
            foreach (var category in new[] { 0u, 1u, 2u, 4u, 8u })
            {
                Assert.Equal(STATUS_PROTOCOL_UNREACHABLE, client.Run(
                    irp => client.TryOpen(irp, category, family)));
            }
        });

    [ArmTheory]
    [Rule("SOCK-20")]
    [Rule("OPEN-48")]
    public void SOCK_20_every_entry_of_the_transport_list_makes_a_socket(Arm arm) =>
        ContractWorld.Run(arm, world =>
        {
            using var client = new TestClient(world);
            var list = client.Transports();
            Assert.NotEmpty(list);
            foreach (var entry in list)
            {
                if (entry.SocketType == SOCK_RAW && !MayUseRaw(arm))
                    continue;
                var category = entry.SocketType == SOCK_STREAM
                    ? WSK_FLAG_CONNECTION_SOCKET
                    : WSK_FLAG_DATAGRAM_SOCKET;
                foreach (var flag in new[] { category, WSK_FLAG_BASIC_SOCKET })
                {
                    client.Close(client.Open(
                        flag, entry.AddressFamily, entry.SocketType, entry.Protocol));
                }
            }
            Assert.Empty(world.Breaches);
        });

    private static void Takes(Arm arm, ushort family, uint category, params ushort[] types) =>
        ContractWorld.Run(arm, world =>
        {
            using var client = new TestClient(world);
            foreach (var (type, protocol) in s_kinds)
            {
                if (type == SOCK_RAW && !MayUseRaw(arm))
                    continue;
                var isDocumented = (type, protocol) is (SOCK_STREAM, IPPROTO_TCP) or (SOCK_DGRAM, IPPROTO_UDP)
                    or (SOCK_RAW, 253);
                Assert.Equal(
                    (type, protocol, isDocumented && types.Contains(type)),
                    (type, protocol, Works(client, family, category, type, protocol)));
            }
        });

    // Raw sockets of the host need a right that tests may lack.
    private static bool MayUseRaw(Arm arm) => arm == Arm.Sim || Environment.IsPrivilegedProcess;

    private static bool Works(TestClient client, ushort family, uint category, ushort type, uint protocol)
    {
        using var irp = client.Irp();
        client.TryOpen(irp, category, family, type, protocol);
        if (!irp.Wait().IsSuccess())
        {
            Assert.Equal(STATUS_PROTOCOL_UNREACHABLE, irp.Status);
            return false;
        }
        var socket = irp.Information;
        var (level, option) = family == AF_INET ? (IPPROTO_IP, IP_TTL) : (IPPROTO_IPV6, IPV6_UNICAST_HOPS);
        var status = category == WSK_FLAG_BASIC_SOCKET
            ? client.SetNumber(socket, option, 9, level)
            : client.Run(bind => client.World.Call(
                GuestMemory.Read<nuint>(new GuestPtr<WSK_SOCKET>(socket).Value.Dispatch + 16), socket,
                client.Address(TestClient.Loopback(family)), 0, bind));
        client.Close(socket);
        Assert.True(status is STATUS_SUCCESS or STATUS_NOT_IMPLEMENTED, status.ToString());
        return status == STATUS_SUCCESS;
    }
}
