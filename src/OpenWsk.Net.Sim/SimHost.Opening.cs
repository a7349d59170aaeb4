// Part of SimHost: the checks and choices that come before a SYN, the same for a provider's socket and a
// scripted peer: is there a way, which local address, is the pair of addresses free.
using OpenWsk.Abi;
using OpenWsk.Net.Sim.Tcp;
using OpenWsk.Ports;

namespace OpenWsk.Net.Sim;

public sealed partial class SimHost
{
    /// <summary>Takes a local address for a socket or a listener.</summary>
    /// <remarks>
    /// Errors: STATUS_INVALID_ADDRESS_COMPONENT when the address is not this host's; those of PortTable.Bind.
    /// </remarks>
    internal NTSTATUS Bind(PortTable ports, in EndpointAddress wanted, bool isShared, bool isDual,
        out EndpointAddress bound)
    {
        var status = CheckLocal(wanted, ports == DatagramPorts, out bound);
        return status == NTSTATUS.STATUS_SUCCESS ? ports.Bind(bound, isShared, isDual, out bound) : status;
    }

    /// <summary>
    /// Whether a socket may have the address, in the form that lookups use; a datagram socket may have a
    /// group's.
    /// </summary>
    internal NTSTATUS CheckLocal(in EndpointAddress wanted, bool isDatagram, out EndpointAddress plain)
    {
        plain = AddressKinds.Plain(wanted);
        return plain.IsWildcard || Owns(plain) || (isDatagram && AddressKinds.IsMulticast(plain))
            ? NTSTATUS.STATUS_SUCCESS
            : NTSTATUS.STATUS_INVALID_ADDRESS_COMPONENT;
    }

    /// <summary>Sends the SYN of a new connection from a bound address.</summary>
    /// <remarks>
    /// Errors: STATUS_INVALID_ADDRESS_COMPONENT for a remote address that names nobody, or a loopback
    /// source for a
    /// remote one; STATUS_NETWORK_UNREACHABLE; STATUS_ADDRESS_ALREADY_EXISTS when this very connection
    /// exists.
    /// </remarks>
    internal NTSTATUS TryOpen(in EndpointAddress bound, in EndpointAddress remote, in TcpSettings settings,
        ITcpOwner owner, out TcpConnection? connection)
    {
        connection = null;
        if (remote.Family != bound.Family)
            return NTSTATUS.STATUS_INVALID_PARAMETER;
        if (remote.IsWildcard || remote.Port == 0)
            return NTSTATUS.STATUS_INVALID_ADDRESS_COMPONENT;
        if (!TrySelectSource(remote, out var source))
            return NTSTATUS.STATUS_NETWORK_UNREACHABLE;
        if (!bound.IsWildcard)
            source = bound;
        if (!Owns(source) || (source.IsLoopback && !Owns(remote)))
            return NTSTATUS.STATUS_INVALID_ADDRESS_COMPONENT;
        var local = source.WithPort(bound.Port);
        var peer = AddressKinds.Plain(remote);
        if (TryFindConnection(local, peer, out var existing))
        {
            if (existing!.State != TcpState.TimeWait)
                return NTSTATUS.STATUS_ADDRESS_ALREADY_EXISTS;
            existing.Forget();
        }
        connection = TcpConnection.Open(this, local, peer, settings, owner);
        return NTSTATUS.STATUS_SUCCESS;
    }}
