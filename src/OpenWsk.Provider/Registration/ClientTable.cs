// Finds registrations: by WSK_REGISTRATION block for the five exports, by WSK_CLIENT for the dispatch
// functions. Pointers come from the guest and are looked up, never followed. It knows nothing about captures.
using System.Collections.Immutable;
using OpenWsk.Abi;
using OpenWsk.Kernel;

namespace OpenWsk.Provider;

/// <summary>The registrations of one provider.</summary>
internal sealed class ClientTable
{
    private readonly Lock _gate = new();
    private readonly Dictionary<nuint, ClientRegistration> _byBlock = [];
    private readonly Dictionary<nuint, ClientRegistration> _byClient = [];

    // Of few that seldom change: made when they do, so that a look at all allocates nothing.
    private ImmutableArray<ClientRegistration> _all = [];

    public ImmutableArray<ClientRegistration> All
    {
        get
        {
            lock (_gate)
                return _all;
        }
    }

    /// <summary>Adds a registration; false when its block is in use by another one (REG-05).</summary>
    public bool TryAdd(ClientRegistration client)
    {
        lock (_gate)
        {
            if (client.RegistrationBlock != 0 && !_byBlock.TryAdd(client.RegistrationBlock, client))
                return false;
            _byClient.Add(client.Client.Address, client);
            _all = [.. _byClient.Values];
            return true;
        }
    }

    /// <summary>
    /// Removes a registration that nothing uses; false when a call has found it meanwhile. Lookups and this
    /// share the gate, so that nobody holds a registration that is gone.
    /// </summary>
    public bool TryRemoveIdle(ClientRegistration client)
    {
        lock (_gate)
        {
            if (!client.IsIdle)
                return false;
            if (client.RegistrationBlock != 0)
                _byBlock.Remove(client.RegistrationBlock);
            _byClient.Remove(client.Client.Address);
            _all = [.. _byClient.Values];
            return true;
        }
    }

    /// <summary>
    /// Finds the registration of a block and counts a call on it, which the caller must end.
    /// </summary>
    public ClientRegistration? EnterByBlock(nuint block)
    {
        lock (_gate)
        {
            var client = _byBlock.GetValueOrDefault(block);
            client?.EnterCall();
            return client;
        }
    }

    /// <summary>
    /// Finds the registration of a client object and counts a call on it, which the caller must end.
    /// </summary>
    public ClientRegistration? EnterByClient(GuestPtr<WSK_CLIENT> client)
    {
        lock (_gate)
        {
            var found = _byClient.GetValueOrDefault(client.Address);
            found?.EnterCall();
            return found;
        }
    }
}
