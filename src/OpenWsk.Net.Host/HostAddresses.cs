// The addresses of this host, and the word that they have changed. The system tells that something changed,
// not what, so the lists are compared. It knows nothing about routes or about who wants to know.
using System.Net.NetworkInformation;
using System.Net.Sockets;
using OpenWsk.Abi;
using OpenWsk.Ports;

namespace OpenWsk.Net.Host;

/// <summary>Lists the host's addresses and watches them for one owner.</summary>
internal sealed class HostAddresses
{
    private readonly Lock _gate = new();
    private readonly ChangeItem _v4;
    private readonly ChangeItem _v6;
    private IAddressEvents? _events;

    public HostAddresses(IScheduler scheduler)
    {
        _v4 = new ChangeItem(this, scheduler, WskConstants.AF_INET);
        _v6 = new ChangeItem(this, scheduler, WskConstants.AF_INET6);
    }

    /// <summary>The unicast addresses of one family: those that can be bound.</summary>
    /// <remarks>Linux keeps an address local whether or not its interface has a carrier.</remarks>
    public static IReadOnlyList<EndpointAddress> List(ushort family)
    {
        var wanted = family == WskConstants.AF_INET6
            ? AddressFamily.InterNetworkV6
            : AddressFamily.InterNetwork;
        return
        [
            .. NetworkInterface.GetAllNetworkInterfaces()
                .SelectMany(one => one.GetIPProperties().UnicastAddresses)
                .Select(unicast => unicast.Address)
                .Where(address => address.AddressFamily == wanted)
                .Select(address => EndpointAddress.From(address, 0)),
        ];
    }

    /// <summary>Says who is told; null for nobody.</summary>
    public void Watch(IAddressEvents? events)
    {
        lock (_gate)
        {
            var was = _events;
            _events = events;
            if (was is null && events is not null)
            {
                NetworkChange.NetworkAddressChanged += OnChanged;
            }
            else if (was is not null && events is null)
            {
                NetworkChange.NetworkAddressChanged -= OnChanged;
            }
            _v4.Remember();
            _v6.Remember();
        }
    }

    private void OnChanged(object? sender, EventArgs e)
    {
        lock (_gate)
        {
            if (_events is not null)
            {
                _v4.PostIfChanged();
                _v6.PostIfChanged();
            }
        }
    }

    private sealed class ChangeItem(HostAddresses addresses, IScheduler scheduler, ushort family)
        : DispatchItem
    {
        private IReadOnlyList<EndpointAddress> _known = [];
        private bool _isPosted;

        public void Remember() => _known = addresses._events is null ? [] : List(family);

        public void PostIfChanged()
        {
            var current = List(family);
            if (current.ToHashSet().SetEquals(_known))
            {
                return;
            }
            _known = current;
            if (!_isPosted)
            {
                _isPosted = true;
                scheduler.Post(this);
            }
        }

        public override void Run()
        {
            IAddressEvents? events;
            lock (addresses._gate)
            {
                _isPosted = false;
                events = addresses._events;
            }
            events?.OnAddressesChanged(family);
        }
    }
}
