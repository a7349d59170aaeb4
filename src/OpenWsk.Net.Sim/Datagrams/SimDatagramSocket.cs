// A UDP or raw socket of a simulated host behind the provider's port: its address, options and end. Parts:
// .Send, .Receive, .Groups (multicast). It knows nothing about who else is bound; SimHost.Datagrams.cs
// delivers.
using OpenWsk.Abi;
using OpenWsk.Net.Sim.Options;
using OpenWsk.Ports;
using static OpenWsk.Abi.WskConstants;

namespace OpenWsk.Net.Sim.Datagrams;

/// <summary>A socket for UDP datagrams, or for the packets of one other protocol.</summary>
internal sealed partial class SimDatagramSocket : IDatagramSocket, IBreakable
{
    private readonly SimHost _host;
    private readonly ushort _family;
    private readonly byte _protocol;
    private readonly IDatagramEvents _events;
    private readonly SocketOptions _options;
    private readonly PostedCall _broken;
    private EndpointAddress _bound;
    private bool _isBoundDual;
    private bool _isClosed;
    private NTSTATUS _failure;

    public SimDatagramSocket(SimHost host, ushort family, bool isRaw, byte protocol, IDatagramEvents events)
    {
        _host = host;
        _family = family;
        _protocol = protocol;
        _events = events;
        IsRaw = isRaw;
        _options = new SocketOptions(isRaw ? SocketKinds.Raw : SocketKinds.Datagram, family);
        _receivable = new ArmedEvent(host.Scheduler, IsReceivable, events.OnReceivable);
        _broken = new PostedCall(host.Scheduler, TellBroken);
        host.DatagramSockets.Add(this);
        host.Breakables.Add(this);
    }

    public EndpointAddress LocalAddress => Told(_bound);

    /// <summary>Whether it takes the packets of a protocol and not datagrams of a port.</summary>
    public bool IsRaw { get; }

    public NTSTATUS Bind(in EndpointAddress local, bool isShared)
    {
        if (_isClosed || _bound.Family != 0)
            return NTSTATUS.STATUS_INVALID_DEVICE_STATE;
        if (_failure != NTSTATUS.STATUS_SUCCESS)
            return _failure;
        if (local.Family != _family)
            return NTSTATUS.STATUS_INVALID_PARAMETER;
        var wanted = _options.IsDual ? AddressKinds.Unmapped(local) : local;
        var isDual = _options.IsDual && wanted.IsWildcard && wanted.IsV6;
        var status = IsRaw
            ? _host.CheckLocal(wanted, isDatagram: true, out var bound)
            : _host.Bind(_host.DatagramPorts, wanted, isShared, isDual, out bound);
        if (status != NTSTATUS.STATUS_SUCCESS)
            return status;
        _bound = bound;
        _isBoundDual = isDual;
        return NTSTATUS.STATUS_SUCCESS;
    }

    public NTSTATUS SetOption(uint level, uint name, ReadOnlySpan<byte> value)
    {
        if (_isClosed)
            return NTSTATUS.STATUS_INVALID_DEVICE_STATE;
        if (_failure != NTSTATUS.STATUS_SUCCESS)
            return _failure;
        return IsMembership(level, name)
            ? ChangeMembership(level, name, value)
            : _options.Set(level, name, value, _bound.Family != 0);
    }

    public NTSTATUS GetOption(uint level, uint name, Span<byte> value, out int bytes)
    {
        bytes = 0;
        return _failure != NTSTATUS.STATUS_SUCCESS ? _failure : _options.Get(level, name, value, out bytes);
    }

    // Sends complete on return, so that there is nothing to give up.
    public void Cancel(TransportOperation operation)
    {
    }

    public void Close()
    {
        if (_isClosed)
            throw new InvalidOperationException("The socket is closed already.");
        _isClosed = true;
        _receivable.End();
        _queue.Clear();
        _host.DatagramSockets.Remove(this);
        _host.Breakables.Remove(this);
        if (_bound.Family != 0 && !IsRaw)
            _host.DatagramPorts.Release(_bound, _isBoundDual);
    }

    public void Break(NTSTATUS status)
    {
        _failure = status;
        _queue.Clear();
        _receivable.Signal();
        _broken.Post();
    }

    private void TellBroken()
    {
        if (!_isClosed)
            _events.OnBroken();
    }

    /// <summary>An address as this socket's owner knows it.</summary>
    private EndpointAddress Told(in EndpointAddress address) =>
        _family == AF_INET6 ? AddressKinds.Mapped(address) : address;

    private NTSTATUS CheckUsable()
    {
        if (_isClosed || _bound.Family == 0)
            return NTSTATUS.STATUS_INVALID_DEVICE_STATE;
        return _failure;
    }
}
