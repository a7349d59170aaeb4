// The lists of addresses that WskGetAddressInfo has given to clients: guest memory of ours, each list one
// block with its owner, so that a second free, a foreign pointer and a list that is never freed are noticed
// (NAME-09). It knows nothing about what is in them: AddressListWriter.cs.
using OpenWsk.Abi;
using OpenWsk.Kernel;

namespace OpenWsk.Provider;

/// <summary>The lists that clients of one provider hold.</summary>
internal sealed class AddressLists
{
    private const string Kind = "address list";

    // A driver in wide use keeps the addresses of a list that it has freed, and connects to them.
    private const int QuarantineMax = 16;

    private readonly Executive _executive;
    private readonly Lock _gate = new();
    private readonly SortedDictionary<nuint, (ClientRegistration Client, int LengthBytes)> _owners = [];
    private readonly Queue<GuestRange> _freedRanges = new();
    private readonly GuestQuarantine _freed;
    private bool _hasFreed;

    public AddressLists(Executive executive)
    {
        _executive = executive;
        _freed = new GuestQuarantine(executive.Heap, QuarantineMax);
        executive.AddLeftoverSource(Leftovers);
    }

    /// <summary>Lists that were not freed yet.</summary>
    public int Count
    {
        get
        {
            lock (_gate)
                return _owners.Count;
        }
    }

    /// <summary>Zeroed memory for a list of a client's.</summary>
    public nuint Allocate(ClientRegistration client, int lengthBytes)
    {
        var address = _executive.Heap.Allocate(lengthBytes);
        lock (_gate)
            _owners.Add(address, (client, lengthBytes));
        _executive.Emit(KernelEvents.Created(Kind, address));
        return address;
    }

    /// <summary>Frees a list; false when it is none, or another client's.</summary>
    public bool TryFree(nuint address, ClientRegistration client)
    {
        lock (_gate)
        {
            if (!_owners.TryGetValue(address, out var owner) || !ReferenceEquals(owner.Client, client))
                return false;
            _owners.Remove(address);
            _freedRanges.Enqueue(new GuestRange(address, (nuint)owner.LengthBytes));
            if (_freed.Retire(address) != 0)
                _freedRanges.Dequeue();
            Volatile.Write(ref _hasFreed, true);
        }
        _executive.Emit(KernelEvents.Destroyed(Kind, address));
        return true;
    }

    /// <summary>Reports an address that lies in a list which was freed not long ago.</summary>
    public void ReportFreed(nuint address)
    {
        if (!Volatile.Read(ref _hasFreed))
            return;
        if (!IsFreed(address))
            return;
        _executive.Breach("POOL", $"the address at 0x{(ulong)address:x} lies in an address list that "
            + "WskFreeAddressInfo has freed");
    }

    // A loop, because what searches by an expression is an object for each call.
    private bool IsFreed(nuint address)
    {
        lock (_gate)
        {
            foreach (var range in _freedRanges)
            {
                if (range.Contains(address))
                    return true;
            }
            return false;
        }
    }

    /// <summary>Reports and frees what a client that ends has not freed.</summary>
    public void ReportLeftovers(ClientRegistration client)
    {
        List<nuint> left;
        lock (_gate)
        {
            var own = _owners.Where(list => ReferenceEquals(list.Value.Client, client));
            left = [.. own.Select(list => list.Key)];
        }
        foreach (var address in left)
        {
            _executive.Breach(
                "NAME-09", $"the address list 0x{(ulong)address:x} of WskGetAddressInfo was never freed");
            TryFree(address, client);
        }
    }

    private IEnumerable<Leftover> Leftovers()
    {
        List<nuint> left;
        lock (_gate)
            left = [.. _owners.Keys];
        if (left.Count != 0)
            yield return new Leftover(Kind, left.Count, 0, $"the first at 0x{(ulong)left[0]:x}");
    }
}
