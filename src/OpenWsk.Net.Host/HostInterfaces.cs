// The interfaces of this host: .NET tells interfaces and addresses, Linux' /proc tells routes (the main
// table).
// The system tells that something changed, not what. It knows nothing about Windows' structures.
// Next: LinuxRoutes.cs, LinuxCounts.cs.
using System.Net.NetworkInformation;
using System.Net.Sockets;
using OpenWsk.Abi;
using OpenWsk.Ports;

namespace OpenWsk.Net.Host;

/// <summary>The system's interfaces, watched for one owner.</summary>
internal sealed class HostInterfaces : INetworkInterfaces
{
    private const ushort Ethernet = 6;
    private const ushort OtherType = 1;
    private readonly Lock _gate = new();
    private readonly ChangeItem _item;
    private IInterfaceEvents? _events;

    public HostInterfaces(IScheduler scheduler) => _item = new ChangeItem(this, scheduler);

    public IReadOnlyList<NetworkInterfaceInfo> ListInterfaces()
    {
        var counts = LinuxCounts.List();
        return
        [
            .. NetworkInterface.GetAllNetworkInterfaces()
                .Select(one => Describe(one, counts.GetValueOrDefault(one.Name))).OrderBy(i => i.Index),
        ];
    }

    public IReadOnlyList<InterfaceAddress> ListUnicast() =>
    [
        .. NetworkInterface.GetAllNetworkInterfaces().OrderBy(IndexOf).SelectMany(one =>
            one.GetIPProperties().UnicastAddresses
                .Where(u => u.Address.AddressFamily is AddressFamily.InterNetwork
                    or AddressFamily.InterNetworkV6)
                .Select(u => new InterfaceAddress(
                    IndexOf(one), EndpointAddress.From(u.Address, 0), (byte)u.PrefixLength))),
    ];

    public IReadOnlyList<InterfaceRoute> ListRoutes()
    {
        var indexes = NetworkInterface.GetAllNetworkInterfaces()
            .DistinctBy(i => i.Name).ToDictionary(i => i.Name, IndexOf);
        return LinuxRoutes.List(indexes);
    }

    public void Watch(IInterfaceEvents? events)
    {
        lock (_gate)
        {
            var was = _events;
            _events = events;
            if (was is null && events is not null)
            {
                NetworkChange.NetworkAddressChanged += OnChanged;
                NetworkChange.NetworkAvailabilityChanged += OnAvailabilityChanged;
            }
            else if (was is not null && events is null)
            {
                NetworkChange.NetworkAddressChanged -= OnChanged;
                NetworkChange.NetworkAvailabilityChanged -= OnAvailabilityChanged;
            }
        }
    }

    private static NetworkInterfaceInfo Describe(NetworkInterface one, InterfaceCounts counts)
    {
        var isLoopback = one.NetworkInterfaceType == NetworkInterfaceType.Loopback;
        var type = isLoopback ? NetworkInterfaceInfo.LoopbackType
            : one.NetworkInterfaceType is NetworkInterfaceType.Ethernet ? Ethernet
            : (ushort)Math.Max((int)one.NetworkInterfaceType, OtherType);
        return new NetworkInterfaceInfo(
            IndexOf(one), one.Name, type, MtuOf(one), one.GetPhysicalAddress().GetAddressBytes(),
            isLoopback || one.OperationalStatus is OperationalStatus.Up or OperationalStatus.Unknown,
            one.Speed > 0 ? (ulong)one.Speed : 0,
            counts);
    }

    // An interface without any address has no properties of a family.
    private static uint IndexOf(NetworkInterface one)
    {
        try
        {
            return (uint)one.GetIPProperties().GetIPv4Properties().Index;
        }
        catch (NetworkInformationException)
        {
            return (uint)one.GetIPProperties().GetIPv6Properties().Index;
        }
    }

    private static uint MtuOf(NetworkInterface one)
    {
        try
        {
            return (uint)Math.Max(one.GetIPProperties().GetIPv4Properties().Mtu, 0);
        }
        catch (NetworkInformationException)
        {
            return 0;
        }
    }

    private void OnAvailabilityChanged(object? sender, NetworkAvailabilityEventArgs e) => OnChanged(sender,
        e);

    private void OnChanged(object? sender, EventArgs e)
    {
        lock (_gate)
        {
            if (_events is not null)
                _item.Post();
        }
    }

    private sealed class ChangeItem(HostInterfaces interfaces, IScheduler scheduler) : DispatchItem
    {
        private int _isPosted;

        public void Post()
        {
            if (Interlocked.Exchange(ref _isPosted, 1) == 0)
                scheduler.Post(this);
        }

        public override void Run()
        {
            Volatile.Write(ref _isPosted, 0);
            IInterfaceEvents? events;
            lock (interfaces._gate)
                events = interfaces._events;
            events?.OnInterfacesChanged();
        }
    }
}
