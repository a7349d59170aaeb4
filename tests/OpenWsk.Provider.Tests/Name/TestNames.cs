// The resolver of a contract test: hosts come from a table on every arm, because no machine's hosts file
// and name servers can be known; services, interfaces and addresses that the table lacks are the arm's own.
// A test can look at the look-ups and hold them up. It knows nothing about IRPs.
using OpenWsk.Abi;
using OpenWsk.Net.Sim;
using OpenWsk.Ports;

namespace OpenWsk.Provider.Tests;

/// <summary>A table in front of an arm's resolver.</summary>
public sealed class TestNames(INameResolver inner, SimResolver table, IScheduler scheduler) : INameResolver
{
    private readonly Lock _gate = new();
    private readonly List<TransportOperation> _seen = [];
    private readonly List<TransportOperation> _held = [];
    private readonly HashSet<string> _addresses = [];
    private bool _isHolding;

    /// <summary>The table; add hosts through <see cref="Add"/>.</summary>
    public SimResolver Table => table;

    /// <summary>Every look-up that has begun, in order.</summary>
    public IReadOnlyList<TransportOperation> Seen
    {
        get
        {
            lock (_gate)
                return [.. _seen];
        }
    }

    /// <summary>Adds a host to the table, both ways.</summary>
    public SimName Add(string name, params string[] addresses)
    {
        _addresses.UnionWith(addresses);
        return table.Add(name, addresses);
    }

    /// <summary>Look-ups begin from here on, but nobody answers them before <see cref="Release"/>.</summary>
    public void Hold() => _isHolding = true;

    /// <summary>Answers the look-ups that were held up.</summary>
    public void Release()
    {
        List<TransportOperation> held;
        lock (_gate)
        {
            _isHolding = false;
            held = [.. _held];
            _held.Clear();
        }
        foreach (var lookup in held)
            Pass(lookup);
    }

    public bool FindAddresses(AddressLookup lookup) => Begin(lookup);

    public bool FindNames(NameLookup lookup) => Begin(lookup);

    public void Cancel(TransportOperation lookup)
    {
        bool wasHeld;
        lock (_gate)
            wasHeld = _held.Remove(lookup);
        if (!wasHeld)
        {
            ResolverOf(lookup).Cancel(lookup);
            return;
        }
        lookup.Status = NTSTATUS.STATUS_CANCELLED;
        scheduler.Post(lookup);
    }

    public uint FindInterface(string name) =>
        table.FindInterface(name) is var index && index != 0 ? index : inner.FindInterface(name);

    private bool Begin(TransportOperation lookup)
    {
        lock (_gate)
        {
            _seen.Add(lookup);
            if (_isHolding)
                _held.Add(lookup);
            if (_isHolding)
                return false;
        }
        return Pass(lookup);
    }

    private bool Pass(TransportOperation lookup)
    {
        var resolver = ResolverOf(lookup);
        return lookup is AddressLookup addresses
            ? resolver.FindAddresses(addresses)
            : resolver.FindNames((NameLookup)lookup);
    }

    private INameResolver ResolverOf(TransportOperation lookup)
    {
        var isOfTable = lookup switch
        {
            AddressLookup addresses => addresses.HostName is not null,
            NameLookup names => _addresses.Contains(names.Address.ToIPAddress().ToString()),
            _ => false,
        };
        return isOfTable ? table : inner;
    }
}
