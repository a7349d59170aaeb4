// How to listen: what WskClient.ListenAsync sets before it binds. It knows nothing about the order of the
// calls: WskClient.Sockets.cs.
namespace OpenWsk;

/// <summary>Settings of a listening socket.</summary>
public sealed record WskListenOptions
{
    /// <summary>
    /// Whether an IPv6 listener serves IPv4 as well (IPV6_V6ONLY off); peers then have mapped addresses.
    /// </summary>
    public bool IsDualStack { get; init; }

    /// <summary>Whether the address is shared with everybody (SO_REUSEADDR).</summary>
    public bool ReusesAddress { get; init; }

    /// <summary>Whether the address is shared with nobody (SO_EXCLUSIVEADDRUSE).</summary>
    public bool HasExclusiveAddress { get; init; }

    /// <summary>Whether accepted connections send keep-alives (SO_KEEPALIVE); null for the default.</summary>
    public bool? KeepAlive { get; init; }

    /// <summary>
    /// How much accepted connections receive ahead (SO_RCVBUF); null for the default. Units: bytes.
    /// </summary>
    public int? ReceiveBufferSize { get; init; }

    /// <summary>
    /// Judges each request before its connection is made (SO_CONDITIONAL_ACCEPT, WskInspectEvent).
    /// </summary>
    /// <remarks>
    /// It is called on the dispatcher at DISPATCH_LEVEL: it must return soon and wait for nothing; to take
    /// time it answers <see cref="WskInspectAction.Pend"/>. When it throws, the request is rejected and the
    /// exception is unhandled.
    /// </remarks>
    public Func<WskConnectionRequest, WskInspectAction>? Inspect { get; init; }

    /// <summary>Whether connections are taken as they come (WskAcceptEvent) and not by WskAccept.</summary>
    public bool AcceptsByEvent { get; init; }

    /// <summary>
    /// Events that accepted connections have enabled from the start; they are then taken as they come.
    /// </summary>
    /// <remarks>With <see cref="WskEvents.Receive"/> no data can be received by calls at first.</remarks>
    public WskEvents ConnectionEvents { get; init; }

    /// <summary>
    /// How many connections that have come by event may wait to be taken; more are refused.
    /// </summary>
    public int WaitingMax { get; init; } = 1024;

    internal async ValueTask Apply(WskListener listener, CancellationToken cancellation)
    {
        if (IsDualStack && listener.IsV6)
            await listener.SetOptionAsync(WskOptions.V6Only, false, cancellation).ConfigureAwait(false);
        if (Inspect is not null)
            await listener.SetOptionAsync(WskOptions.ConditionalAccept, true, cancellation)
                .ConfigureAwait(false);
        if (ReusesAddress)
            await listener.SetOptionAsync(WskOptions.ReuseAddress, true, cancellation).ConfigureAwait(false);
        if (HasExclusiveAddress)
            await listener.SetOptionAsync(WskOptions.ExclusiveAddressUse, true, cancellation)
                .ConfigureAwait(false);
        if (KeepAlive is { } keepAlive)
            await listener.SetOptionAsync(WskOptions.KeepAlive, keepAlive, cancellation)
                .ConfigureAwait(false);
        if (ReceiveBufferSize is { } bytes)
            await listener.SetOptionAsync(WskOptions.ReceiveBufferSize, bytes, cancellation)
                .ConfigureAwait(false);
    }
}
