// Addresses in memory of ours that callbacks were shown and that are not valid any more. A client that passes
// one of them to a function has not copied what it needed. It knows nothing about what the memory holds.
using OpenWsk.Abi;

namespace OpenWsk.Provider;

/// <summary>Where the addresses of callbacks were, until the memory goes.</summary>
internal sealed class ShownAddresses
{
    private readonly Lock _gate = new();
    private readonly Dictionary<nuint, string> _rules = [];

    /// <summary>A callback has returned that was shown these.</summary>
    public void Note(string rule, params ReadOnlySpan<GuestPtr<SOCKADDR>> addresses)
    {
        lock (_gate)
        {
            foreach (var address in addresses)
                _rules[address.Address] = rule;
        }
    }

    /// <summary>They are valid again, or their memory is gone.</summary>
    public void Forget(params ReadOnlySpan<GuestPtr<SOCKADDR>> addresses)
    {
        lock (_gate)
        {
            foreach (var address in addresses)
                _rules.Remove(address.Address);
        }
    }

    /// <summary>The rule that a client breaks by using this address now; null for none.</summary>
    public string? RuleOf(GuestPtr<SOCKADDR> address)
    {
        lock (_gate)
            return _rules.GetValueOrDefault(address.Address);
    }
}
