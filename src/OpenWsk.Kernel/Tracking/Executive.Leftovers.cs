// What is still there when a driver has gone and should not be: the closing summary and the leak findings are
// made of it. The kernel reports its own objects; parts above it (sockets, captures) add theirs.
// It knows nothing about how a summary looks.
namespace OpenWsk.Kernel;

public sealed partial class Executive
{
    private const int NamedMax = 4;
    private readonly List<Func<IEnumerable<Leftover>>> _leftoverSources = [];

    /// <summary>Adds a part above the kernel to the report.</summary>
    public void AddLeftoverSource(Func<IEnumerable<Leftover>> source)
    {
        lock (_leftoverSources)
            _leftoverSources.Add(source);
    }

    /// <summary>What the guest has left behind so far, in a fixed order; empty when nothing.</summary>
    public IReadOnlyList<Leftover> CollectLeftovers()
    {
        var all = new List<Leftover>();
        var irps = Irps.Snapshot();
        AddLeftover(all, "pending IRP", [.. irps.Where(i => i.Value.IsInFlight).Select(i => At(i.Key))]);
        AddLeftover(
            all, "IRP", [.. irps.Where(i => i.Value is { IsAllocated: true, IsInFlight: false }).Select(i =>
                At(i.Key))]);
        AddLeftover(all, "MDL", [.. Mdls.Snapshot().Select(m => At(m.Key))]);
        foreach (var use in Pool.UseByTag())
            all.Add(new Leftover($"pool {use.TagText}", use.Count, use.Bytes, $"{use.Bytes} bytes"));
        AddLeftover(all, "thread", [.. GuestThreads.Snapshot().Select(t => t.Value)]);
        AddLeftover(all, "armed timer", [.. Timers.Armed.Select(At)]);
        AddLeftover(all, "work item", [.. Workers.Waiting.Select(w => $"for 0x{(ulong)w.Routine:x}")]);
        AddLeftover(all, "handle", [.. Handles.Snapshot().Select(DescribeHandle)]);
        AddLeftover(all, "device", [.. Devices.Devices.Select(d =>
            d.Value.Length > 0 ? d.Value : At(d.Key))]);
        AddLeftover(all, "symbolic link", [.. Devices.Links.Select(l => $"{l.Key} to {l.Value}")]);
        lock (_leftoverSources)
        {
            foreach (var source in _leftoverSources)
                all.AddRange(source());
        }
        return all;
    }

    private static string At(nuint address) => $"at 0x{(ulong)address:x}";

    private string DescribeHandle(KeyValuePair<nuint, nuint> handle)
    {
        var kind = Objects.TryGet(handle.Value, out var record) ? record.Kind.ToString().ToLowerInvariant()
            : "object";
        var name = record.Payload is RegistryKey key ? $" {key.Name}" : "";
        return $"0x{(ulong)handle.Key & 0xFFFF_FFFF:x} ({kind}{name})";
    }

    private static void AddLeftover(List<Leftover> all, string kind, IReadOnlyList<string> named)
    {
        if (named.Count == 0)
            return;
        var more = named.Count > NamedMax ? $" and {named.Count - NamedMax} more" : "";
        all.Add(new Leftover(kind, named.Count, 0, string.Join(", ", named.Take(NamedMax)) + more));
    }
}
