// The Network Module Registrar of one world: brings clients and providers of an NPI together and parts them
// again, in the order of its documentation. It knows nothing about WSK. The routines that drivers call are in
// NmrRoutines.cs; no lock is held while guest code or a provider is called.
using OpenWsk.Abi;
using static OpenWsk.Abi.NTSTATUS;

namespace OpenWsk.Kernel;

/// <summary>Registered modules and their bindings.</summary>
public sealed partial class NmrRegistrar(Executive executive)
{
    // Handles are numbers that cannot be mistaken for addresses of the guest.
    private const ulong HandleBase = 0xE0E0_0000_0000_0000;
    private readonly Lock _gate = new();
    private readonly List<INmrProvider> _providers = [];
    private readonly Dictionary<nuint, NmrClient> _clients = [];
    private readonly Dictionary<nuint, NmrBinding> _bindings = [];
    private ulong _lastHandle;

    /// <summary>Client modules that have not finished deregistering.</summary>
    public int Clients
    {
        get
        {
            lock (_gate)
                return _clients.Count;
        }
    }

    /// <summary>The handle of each, with the stack that registered it.</summary>
    internal IReadOnlyList<(nuint Handle, int MadeStack)> Registered
    {
        get
        {
            lock (_gate)
                return [.. _clients.Values.OrderBy(c => c.Handle).Select(c => (c.Handle, c.MadeStack))];
        }
    }

    /// <summary>Registers a provider module and offers it to the clients of its NPI.</summary>
    public void RegisterProvider(INmrProvider provider)
    {
        List<NmrClient> waiting;
        lock (_gate)
        {
            _providers.Add(provider);
            waiting = [.. _clients.Values.Where(c =>
                c.Binding is null && !c.IsDeregistering && Wants(c, provider))];
        }
        foreach (var client in waiting)
            Offer(client, provider);
    }

    /// <summary>Takes a provider module away: its bindings are detached.</summary>
    public void DeregisterProvider(INmrProvider provider)
    {
        List<NmrBinding> bound;
        lock (_gate)
        {
            _providers.Remove(provider);
            bound = [.. _bindings.Values.Where(b => ReferenceEquals(b.Provider, provider))];
        }
        foreach (var binding in bound)
            Detach(binding);
    }

    internal nuint RegisterClient(
        GuestPtr<NPI_CLIENT_CHARACTERISTICS> characteristics, nuint context, GuestPtr<nuint> handle)
    {
        NmrClient client;
        INmrProvider? provider;
        lock (_gate)
        {
            client = new NmrClient(executive, NextHandle(), characteristics, context);
            _clients.Add(client.Handle, client);
            provider = _providers.Find(p => Wants(client, p));
        }
        // The client may look at its handle from inside ClientAttachProvider.
        handle.Value = client.Handle;
        if (provider is not null)
            Offer(client, provider);
        return client.Handle;
    }

    internal NTSTATUS DeregisterClient(nuint handle)
    {
        NmrClient? client;
        lock (_gate)
        {
            if (!_clients.TryGetValue(handle, out client) || client.IsDeregistering)
                return STATUS_INVALID_PARAMETER;
            client.IsDeregistering = true;
        }
        if (client.Binding is { } binding)
            Detach(binding);
        else
            client.Gone.Set();
        return STATUS_PENDING;
    }

    internal NTSTATUS WaitForDeregister(nuint handle)
    {
        NmrClient? client;
        lock (_gate)
        {
            if (!_clients.TryGetValue(handle, out client) || !client.IsDeregistering)
                return STATUS_INVALID_PARAMETER;
        }
        client.Gone.Wait();
        lock (_gate)
        {
            if (!_clients.Remove(handle))
                return STATUS_INVALID_PARAMETER;
        }
        client.Dispose();
        return STATUS_SUCCESS;
    }

    internal NTSTATUS AttachClient(
        nuint bindingHandle, nuint clientContext, nuint clientDispatch, out NmrAttachment attachment)
    {
        attachment = default;
        NmrBinding? binding;
        lock (_gate)
        {
            if (!_bindings.TryGetValue(bindingHandle, out binding)
                || binding.State != NmrBindingState.Offered)
                return STATUS_INVALID_PARAMETER;
        }
        var status = binding.Provider.Attach(clientContext, clientDispatch, out attachment);
        if (!status.IsSuccess())
            return status;
        lock (_gate)
        {
            binding.ClientBindingContext = clientContext;
            binding.Attachment = attachment;
            binding.State = NmrBindingState.Attached;
        }
        return STATUS_SUCCESS;
    }

    /// <summary>
    /// NmrClientDetachProviderComplete; false when no detachment of the binding is pending on the client.
    /// </summary>
    internal bool TryCompleteDetach(nuint bindingHandle)
    {
        NmrBinding? binding;
        lock (_gate)
        {
            if (!_bindings.TryGetValue(bindingHandle, out binding)
                || binding.State != NmrBindingState.Detaching
                || binding.IsClientDetached)
                return false;
            binding.IsClientDetached = true;
        }
        ReportRunningCalls(binding, "NmrClientDetachProviderComplete was called");
        EndIfDetached(binding);
        return true;
    }

    private static bool Wants(NmrClient client, INmrProvider provider)
    {
        var npiId = client.Characteristics.Value.ClientRegistrationInstance.NpiId;
        return !npiId.IsNull && npiId.Value == provider.NpiId;
    }

    private void Offer(NmrClient client, INmrProvider provider)
    {
        NmrBinding binding;
        lock (_gate)
        {
            binding = new NmrBinding(NextHandle(), client, provider);
            _bindings.Add(binding.Handle, binding);
            client.Binding = binding;
        }
        var before = BlocksOfThisThread();
        var returned = (NTSTATUS)(uint)executive.Code.Call(
            client.Characteristics.Value.ClientAttachProvider,
                [binding.Handle, client.Context, provider.Instance.Address]);
        var isAttached = binding.State == NmrBindingState.Attached;
        if (!isAttached && BlocksOfThisThread().Except(before).Any())
            executive.Breach("NMR-06",
                "ClientAttachProvider has allocated pool and kept it, although nothing was attached");
        if (returned.IsSuccess() != isAttached)
            executive.Breach("NMR-05",
                $"ClientAttachProvider returned {returned.Name()}, attached: {isAttached}");
        if (isAttached)
            return;
        lock (_gate)
        {
            binding.State = NmrBindingState.Ended;
            _bindings.Remove(binding.Handle);
            client.Binding = null;
        }
    }

    // Once for each binding, whichever side deregisters first (NMR-10).
    private void Detach(NmrBinding binding)
    {
        lock (_gate)
        {
            if (binding.State != NmrBindingState.Attached)
                return;
            binding.State = NmrBindingState.Detaching;
        }
        var returned = (NTSTATUS)(uint)executive.Code.Call(
            binding.Client.Characteristics.Value.ClientDetachProvider, [binding.ClientBindingContext]);
        if (returned != STATUS_PENDING)
        {
            ReportRunningCalls(binding, "ClientDetachProvider returned");
            lock (_gate)
                binding.IsClientDetached = true;
        }
        binding.Provider.Detach(binding.Attachment, () =>
        {
            lock (_gate)
                binding.IsProviderDetached = true;
            EndIfDetached(binding);
        });
    }

    private void EndIfDetached(NmrBinding binding)
    {
        lock (_gate)
        {
            if (!binding.IsClientDetached || !binding.IsProviderDetached
                || binding.State == NmrBindingState.Ended)
                return;
            binding.State = NmrBindingState.Ended;
            _bindings.Remove(binding.Handle);
        }
        var cleanup = binding.Client.Characteristics.Value.ClientCleanupBindingContext;
        if (cleanup != 0)
            executive.Code.Call(cleanup, [binding.ClientBindingContext]);
        bool isGone;
        lock (_gate)
        {
            binding.Client.Binding = null;
            isGone = binding.Client.IsDeregistering;
        }
        if (isGone)
            binding.Client.Gone.Set();
    }

    private nuint NextHandle() => (nuint)(HandleBase + (++_lastHandle << 4));
}
