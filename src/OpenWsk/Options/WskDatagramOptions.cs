// How to open a datagram socket: what WskClient.OpenDatagramAsync sets before it binds. It knows nothing
// about the calls before and after: Client/WskClient.Sockets.cs.
namespace OpenWsk;

/// <summary>Settings of a datagram socket.</summary>
public sealed record WskDatagramOptions
{
    /// <summary>The IPPROTO value of a raw socket; null for UDP.</summary>
    public uint? RawProtocol { get; init; }

    /// <summary>
    /// Whether an IPv6 socket serves IPv4 as well (IPV6_V6ONLY off); peers then have mapped addresses.
    /// </summary>
    public bool IsDualStack { get; init; }

    /// <summary>Whether the address is shared with everybody (SO_REUSEADDR).</summary>
    public bool ReusesAddress { get; init; }

    /// <summary>Whether the address is shared with nobody (SO_EXCLUSIVEADDRUSE).</summary>
    public bool HasExclusiveAddress { get; init; }

    /// <summary>Whether it may send to broadcast addresses (SO_BROADCAST).</summary>
    public bool Broadcasts { get; init; }

    /// <summary>
    /// Whether received datagrams tell where they were sent to and which interface they came by.
    /// </summary>
    public bool HasPacketInfo { get; init; }

    /// <summary>
    /// How much may arrive before it is taken (SO_RCVBUF); null for the default. Units: bytes.
    /// </summary>
    public int? ReceiveBufferSize { get; init; }

    internal async ValueTask Apply(WskDatagramSocket socket, CancellationToken cancellation)
    {
        if (IsDualStack && socket.IsV6)
            await socket.SetOptionAsync(WskOptions.V6Only, false, cancellation).ConfigureAwait(false);
        if (ReusesAddress)
            await socket.SetOptionAsync(WskOptions.ReuseAddress, true, cancellation).ConfigureAwait(false);
        if (HasExclusiveAddress)
            await socket.SetOptionAsync(WskOptions.ExclusiveAddressUse, true, cancellation)
                .ConfigureAwait(false);
        if (Broadcasts)
            await socket.SetOptionAsync(WskOptions.Broadcast, true, cancellation).ConfigureAwait(false);
        if (HasPacketInfo)
            await socket.SetOptionAsync(WskOptions.PacketInfo, true, cancellation).ConfigureAwait(false);
        if (ReceiveBufferSize is { } bytes)
            await socket.SetOptionAsync(WskOptions.ReceiveBufferSize, bytes, cancellation)
                .ConfigureAwait(false);
    }
}
