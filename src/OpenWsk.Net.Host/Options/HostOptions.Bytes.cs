// Options that are no ULONG: IP options, which are a row of bytes, memberships of multicast groups, which
// are requests more than values, and interfaces, which each function of each system spells in its own way.
// It knows nothing about the others: HostOptionTable.cs.
using System.Buffers.Binary;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using OpenWsk.Abi;
using static OpenWsk.Abi.WskConstants;

namespace OpenWsk.Net.Host.Options;

internal sealed partial class HostOptions
{
    // RFC 791 section 3.1: a header has room for 40 bytes of options.
    private const int IpOptionsBytesMax = 40;

    // struct ip_mreq: group, interface address. struct ipv6_mreq: group, interface index; Linux' is the same.
    private const int MreqBytesV4 = 8;
    private const int MreqBytesV6 = 20;

    private byte[] _ipOptions = [];

    /// <summary>
    /// IP_MULTICAST_IF: an address or, as 0.x.x.x, an index in network order; Linux has a place for each.
    /// </summary>
    public static Errno SetMulticastInterface(SafeSocketHandle socket, uint value)
    {
        Span<byte> bytes = stackalloc byte[sizeof(uint)];
        BinaryPrimitives.WriteUInt32LittleEndian(bytes, value);
        Span<byte> request = stackalloc byte[MreqnBytes];
        WriteInterface(bytes, request);
        return LinuxOptions.Set(socket, LinuxNumbers.Ip, LinuxNumbers.IpMulticastInterface, request);
    }

    /// <summary>IP_UNICAST_IF, IPV6_UNICAST_IF: Linux wants network order in both.</summary>
    public static Errno SetUnicastInterface(
        SafeSocketHandle socket, int level, int name, uint value, bool isNetworkOrder)
    {
        var index = (int)(isNetworkOrder ? BinaryPrimitives.ReverseEndianness(value) : value);
        var isStream = LinuxOptions.Get(socket, LinuxNumbers.SolSocket, LinuxNumbers.SoType)
            == SOCK_STREAM;
        return isStream
            ? LinuxOptions.Set(socket, LinuxNumbers.SolSocket, LinuxNumbers.SoBindToInterface, index)
            : LinuxOptions.Set(socket, level, name, BinaryPrimitives.ReverseEndianness(index));
    }

    // struct ip_mreqn: group, interface address, interface index.
    private const int MreqnBytes = 12;

    private bool TrySetBytes(
        SafeSocketHandle? socket, uint level, uint name, ReadOnlySpan<byte> value, out NTSTATUS status)
    {
        status = NTSTATUS.STATUS_NOT_SUPPORTED;
        if (IsMembership(level, name))
        {
            status = ChangeMembership(socket, level, name, value);
            return true;
        }
        if (!IsIpOptions(level, name))
        {
            return false;
        }
        status = SetIpOptions(socket, value);
        return true;
    }

    private bool TryGetBytes(uint level, uint name, Span<byte> value, out int bytes, out NTSTATUS status)
    {
        bytes = 0;
        status = NTSTATUS.STATUS_NOT_SUPPORTED;
        if (!IsIpOptions(level, name))
        {
            return IsMembership(level, name);
        }
        if (!_ipOptions.AsSpan().TryCopyTo(value))
        {
            status = NTSTATUS.STATUS_BUFFER_TOO_SMALL;
            return true;
        }
        bytes = _ipOptions.Length;
        status = NTSTATUS.STATUS_SUCCESS;
        return true;
    }

    private void ApplyBytes(SafeSocketHandle socket)
    {
        if (_ipOptions.Length > 0)
        {
            _ = LinuxOptions.Set(socket, LinuxNumbers.Ip, LinuxNumbers.IpOptions, _ipOptions);
        }
    }

    private void InheritBytes(HostOptions listener) => _ipOptions = listener._ipOptions;

    private static bool IsIpOptions(uint level, uint name) => level == IPPROTO_IP && name == IP_OPTIONS;

    private bool IsMembership(uint level, uint name) =>
        (kind & SocketKinds.Messages) != 0
        && ((level == IPPROTO_IP && name is IP_ADD_MEMBERSHIP or IP_DROP_MEMBERSHIP)
            || (level == IPPROTO_IPV6 && family == AF_INET6
                && name is IPV6_ADD_MEMBERSHIP or IPV6_DROP_MEMBERSHIP));

    private NTSTATUS SetIpOptions(SafeSocketHandle? socket, ReadOnlySpan<byte> value)
    {
        if (value.Length > IpOptionsBytesMax)
        {
            return NTSTATUS.STATUS_INVALID_PARAMETER;
        }
        var error = socket is null
            ? Errno.None
            : LinuxOptions.Set(socket, LinuxNumbers.Ip, LinuxNumbers.IpOptions, value);
        if (error == Errno.None)
        {
            _ipOptions = value.ToArray();
        }
        return HostErrors.ToStatus(error);
    }

    private static NTSTATUS ChangeMembership(
        SafeSocketHandle? socket, uint level, uint name, ReadOnlySpan<byte> value)
    {
        var isV6 = level == IPPROTO_IPV6;
        if (value.Length != (isV6 ? MreqBytesV6 : MreqBytesV4))
        {
            return NTSTATUS.STATUS_INVALID_PARAMETER;
        }
        var isAdding = name == IP_ADD_MEMBERSHIP;
        if (isV6)
        {
            return HostErrors.ToStatus(LinuxOptions.Set(
                socket!,
                LinuxNumbers.Ipv6,
                isAdding ? LinuxNumbers.Ipv6AddMembership : LinuxNumbers.Ipv6DropMembership,
                value));
        }
        Span<byte> request = stackalloc byte[MreqnBytes];
        WriteInterface(value[4..], request);
        value[..4].CopyTo(request);
        return HostErrors.ToStatus(LinuxOptions.Set(
            socket!,
            LinuxNumbers.Ip,
            isAdding ? LinuxNumbers.IpAddMembership : LinuxNumbers.IpDropMembership,
            request));
    }

    // An interface as an address, or as 0.x.x.x by its index.
    private static void WriteInterface(ReadOnlySpan<byte> from, Span<byte> request)
    {
        request.Clear();
        if (from[0] != 0)
        {
            from[..4].CopyTo(request[4..]);
            return;
        }
        var index = (int)BinaryPrimitives.ReadUInt32BigEndian(from);
        MemoryMarshal.Write(request[8..], index);
    }
}
