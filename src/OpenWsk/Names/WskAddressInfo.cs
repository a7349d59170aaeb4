// One answer of a look-up of addresses, and how such a look-up is limited. It knows nothing about the call:
// Client/WskClient.Names.cs. The other direction: WskNames.cs.
using System.Net;
using System.Net.Sockets;
using OpenWsk.Abi;
using OpenWsk.Ports;
using static OpenWsk.Abi.WskConstants;

namespace OpenWsk;

/// <summary>What a name stands for.</summary>
/// <param name="EndPoint">Address and port, ready for <see cref="WskClient.ConnectAsync"/>.</param>
/// <param name="SocketType">SOCK_STREAM, SOCK_DGRAM, or 0 for any.</param>
/// <param name="Protocol">The IPPROTO value, or 0 for any.</param>
/// <param name="CanonicalName">
/// The name that the host's name stands for; only with the first answer, and only when asked for.
/// </param>
public sealed record WskAddressInfo(
    IPEndPoint EndPoint, int SocketType, uint Protocol, string? CanonicalName)
{
    internal static IReadOnlyList<WskAddressInfo> Read(GuestPtr<ADDRINFOEXW> list)
    {
        var found = new List<WskAddressInfo>();
        for (var at = list; !at.IsNull; at = at.Value.ai_next)
        {
            ref var info = ref at.Value;
            if (!info.ai_addr.IsNull && EndpointAddress.TryRead(info.ai_addr, out var address))
                found.Add(new WskAddressInfo(
                    address.ToIPEndPoint(), info.ai_socktype, (uint)info.ai_protocol,
                    info.ai_canonname == 0 ? null : GuestMemory.WideZ(info.ai_canonname).ToString()));
        }
        return found;
    }
}

/// <summary>Limits a look-up of addresses.</summary>
public sealed record WskResolveHints
{
    /// <summary>Addresses of this family only; Unspecified for both.</summary>
    public AddressFamily Family { get; init; }

    /// <summary>SOCK_STREAM, SOCK_DGRAM or SOCK_RAW; 0 for any.</summary>
    public int SocketType { get; init; }

    /// <summary>The IPPROTO value; 0 for any.</summary>
    public uint Protocol { get; init; }

    /// <summary>How to look.</summary>
    public WskResolveFlags Flags { get; init; }
}

/// <summary>How addresses are looked up (AI_).</summary>
[Flags]
public enum WskResolveFlags : uint
{
    None = 0,

    /// <summary>Without a host, the answer is for listening: the wildcard, not loopback.</summary>
    Passive = AI_PASSIVE,

    /// <summary>Tell the canonical name.</summary>
    CanonicalName = AI_CANONNAME,

    /// <summary>The host is an address as text; nobody is asked.</summary>
    NumericHost = AI_NUMERICHOST,

    /// <summary>The service is a port as text.</summary>
    NumericService = AI_NUMERICSERV,

    /// <summary>IPv4 addresses as well when IPv6 is asked for with <see cref="MapV4"/>.</summary>
    All = AI_ALL,

    /// <summary>Only families that this host has addresses of.</summary>
    AddressesConfigured = AI_ADDRCONFIG,

    /// <summary>IPv4 addresses in their IPv6 form when IPv6 is asked for and there is none.</summary>
    MapV4 = AI_V4MAPPED,

    /// <summary>Tell the fully qualified name.</summary>
    FullyQualifiedName = AI_FQDN,
}
