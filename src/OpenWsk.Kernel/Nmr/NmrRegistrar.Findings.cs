// What the registrar reports about its clients: memory that goes too early, calls that still run when a
// detachment is announced, handles that were not kept. Rules NMR-06..08, NMR-11, UNLOAD-05. It changes
// nothing.
using OpenWsk.Abi;

namespace OpenWsk.Kernel;

public sealed partial class NmrRegistrar : IEndingWatch
{
    // Length and flags of NPI_MODULEID and NPI_CLIENT_CHARACTERISTICS come first; a block that holds the
    // start of one holds all of it.
    public void OnFreeing(GuestRange memory)
    {
        if (FindIn(memory) is not { } found)
            return;
        foreach (var client in found)
            executive.Breach("NMR-08",
                $"what describes NMR client 0x{(ulong)client.Handle:x} is freed while it is registered");
    }

    // Blocks are freed all the time, and nearly always nobody is described by one: then nothing is allocated.
    private List<NmrClient>? FindIn(GuestRange memory)
    {
        List<NmrClient>? found = null;
        lock (_gate)
        {
            foreach (var (_, client) in _clients)
            {
                if (IsIn(memory, client))
                    (found ??= []).Add(client);
            }
        }
        return found;
    }

    private static bool IsIn(GuestRange memory, NmrClient client)
    {
        ref var characteristics = ref client.Characteristics.Value;
        ref var instance = ref characteristics.ClientRegistrationInstance;
        return memory.Contains(client.Characteristics.Address)
            || memory.Contains(instance.NpiId.Address)
            || memory.Contains(instance.ModuleId.Address);
    }

    public void OnUnloaded(GuestRange image)
    {
        foreach (var client in Snapshot())
        {
            if (image.Contains(client.Characteristics.Address)
                || image.Contains(client.Characteristics.Value.ClientAttachProvider))
                executive.Breach("UNLOAD-05",
                    $"DriverUnload returned while NMR client 0x{(ulong)client.Handle:x} is registered: "
                    + "NmrWaitForClientDeregisterComplete has not returned");
        }
    }

    /// <summary>Whether a handle was ever that of a binding.</summary>
    internal bool WasBinding(nuint handle)
    {
        lock (_gate)
        {
            return handle > HandleBase && handle <= HandleBase + (_lastHandle << 4)
                && !_clients.ContainsKey(handle);
        }
    }

    private List<NmrClient> Snapshot()
    {
        lock (_gate)
            return [.. _clients.Values];
    }

    private void ReportRunningCalls(NmrBinding binding, string when)
    {
        if (binding.Provider.HasRunningCalls(binding.Attachment))
            executive.Breach("NMR-11",
                $"{when} while a call of the client into the provider's table is running");
    }

    private HashSet<nuint> BlocksOfThisThread()
    {
        if (!executive.IsObserved)
            return [];
        var thread = executive.CurrentThread.Id;
        return [.. executive.Pool.Snapshot().Where(b => b.Value.ThreadId == thread).Select(b => b.Key)];
    }
}
