// The cached security descriptors of WSK_CACHE_SD: a copy in our memory for each call, with its owner, so
// that what was not released is reported and an unknown pointer is never followed (OPEN-46). It knows nothing
// about sockets: they keep the descriptor's value, so a release does not change their protection (SD-19).
using OpenWsk.Abi;
using OpenWsk.Kernel;

namespace OpenWsk.Provider;

/// <summary>One cached copy.</summary>
internal sealed class CachedDescriptor(nuint address, SecurityDescriptor value, ClientRegistration client)
{
    public nuint Address { get; } = address;

    public SecurityDescriptor Value { get; } = value;

    public ClientRegistration Client { get; } = client;

    /// <summary>
    /// Rule that a release breaks while an IRP that applies the descriptor is pending; null when none is.
    /// </summary>
    public string? UseRule { get; set; }

    public int PendingUses { get; set; }

    /// <summary>Whether the client got it by reading SO_WSK_SECURITY.</summary>
    public bool IsFromOption { get; init; }
}

/// <summary>The cached descriptors of one provider.</summary>
internal sealed class SecurityDescriptorCache(Executive executive)
{
    // The copy is opaque to the client; this much is enough for any header that it might peek at.
    private const int CopyBytes = 40;
    private readonly Lock _gate = new();
    private readonly Dictionary<nuint, CachedDescriptor> _cached = [];

    /// <summary>Copies a descriptor; STATUS_INVALID_SECURITY_DESCR when it is malformed.</summary>
    public NTSTATUS Add(nuint source, ClientRegistration client, out nuint copy)
    {
        copy = 0;
        if (SecurityDescriptor.Read(source) is not { } value)
            return NTSTATUS.STATUS_INVALID_SECURITY_DESCR;
        copy = Add(value, client, isFromOption: false);
        return NTSTATUS.STATUS_SUCCESS;
    }

    /// <summary>Makes a copy of a descriptor that the provider has.</summary>
    public nuint Add(SecurityDescriptor value, ClientRegistration client, bool isFromOption)
    {
        var copy = executive.Heap.Allocate(CopyBytes);
        lock (_gate)
            _cached.Add(copy, new CachedDescriptor(copy, value, client) { IsFromOption = isFromOption });
        return copy;
    }

    /// <summary>Releases a copy; false for a pointer that is none.</summary>
    public bool TryRelease(nuint address)
    {
        CachedDescriptor? cached;
        lock (_gate)
        {
            if (!_cached.Remove(address, out cached))
                return false;
        }
        if (cached.PendingUses != 0)
            executive.Breach(
                cached.UseRule!, $"cached descriptor 0x{(ulong)address:x} released while its IRP is pending");
        executive.Heap.Free(address);
        return true;
    }

    public CachedDescriptor? Find(nuint address)
    {
        lock (_gate)
            return _cached.GetValueOrDefault(address);
    }

    /// <summary>
    /// An IRP that applies the descriptor has started; a release before its end breaks the rule.
    /// </summary>
    public void BeginUse(CachedDescriptor cached, string rule)
    {
        lock (_gate)
        {
            cached.UseRule = rule;
            cached.PendingUses++;
        }
    }

    public void EndUse(CachedDescriptor cached)
    {
        lock (_gate)
            cached.PendingUses--;
    }

    /// <summary>Reports and frees what a client that ends has not released (CTLC-21).</summary>
    public void ReportLeftovers(ClientRegistration client)
    {
        List<CachedDescriptor> left;
        lock (_gate)
        {
            left = [.. _cached.Values.Where(c => ReferenceEquals(c.Client, client))];
            foreach (var cached in left)
                _cached.Remove(cached.Address);
        }
        foreach (var cached in left)
        {
            if (cached.IsFromOption)
                executive.Breach("CTLS-32", "the descriptor that SO_WSK_SECURITY told was never released");
            executive.Breach("CTLC-21", $"cached descriptor 0x{(ulong)cached.Address:x} was never released");
            executive.Heap.Free(cached.Address);
        }
    }
}
