// What is still there when a driver has gone and should not be: the closing summary and the leak findings are
// made of it. The kernel reports its own objects; parts above it (sockets, captures) add theirs.
// It knows nothing about how a summary looks. Next: LeftoverList.cs.
namespace OpenWsk.Kernel;

public sealed partial class Executive
{
    private readonly List<Func<IEnumerable<Leftover>>> _leftoverSources = [];

    /// <summary>Who made what has no record of its own.</summary>
    public OriginLog Origins { get; private set; }

    /// <summary>Adds a part above the kernel to the report.</summary>
    public void AddLeftoverSource(Func<IEnumerable<Leftover>> source)
    {
        lock (_leftoverSources)
            _leftoverSources.Add(source);
    }

    /// <summary>What the guest has left behind so far, in a fixed order; empty when nothing.</summary>
    public IReadOnlyList<Leftover> CollectLeftovers()
    {
        var left = new LeftoverList(this);
        AddMemory(left);
        AddWork(left);
        left.Add("handle", Handles.Snapshot().Select(h =>
            (DescribeHandle(h), Origins.StackOf(OriginKind.Handle, h.Key))));
        left.Add("device", Devices.Devices.Select(d =>
            (d.Value.Length > 0 ? d.Value : At(d.Key), Origins.StackOf(OriginKind.Device, d.Key))));
        left.Add("symbolic link", Devices.Links.Select(l =>
            ($"{l.Key} to {l.Value}", Origins.StackOf(OriginKind.SymbolicLink, OriginLog.KeyOf(l.Key)))));
        left.Add("lookaside list", Noted(OriginKind.LookasideList));
        left.Add("resource", Noted(OriginKind.Resource));
        lock (_leftoverSources)
        {
            foreach (var source in _leftoverSources)
                left.AddAll(source());
        }
        return left.All;
    }

    private void AddMemory(LeftoverList left)
    {
        var irps = Irps.Snapshot();
        left.Add("pending IRP", irps.Where(i => i.Value.IsInFlight)
            .Select(i => (At(i.Key), i.Value.SentStack)));
        left.Add("IRP", irps.Where(i => i.Value is { IsAllocated: true, IsInFlight: false })
            .Select(i => (At(i.Key), Pool.MakerOf(i.Key))));
        left.Add("MDL", Mdls.Snapshot().Select(m => (At(m.Key), Pool.MakerOf(m.Key))));
        left.Add("locked pages", Noted(OriginKind.LockedPages));
        foreach (var (tag, blocks) in Pool.BlocksByTag())
        {
            var bytes = (ulong)blocks.Sum(b => (long)b.SizeBytes);
            left.Add($"pool {tag}", blocks.Count, bytes, $"{bytes} bytes", blocks.Select(b => b.MadeStack));
        }
    }

    private void AddWork(LeftoverList left)
    {
        left.Add("thread", GuestThreads.Snapshot().Select(t =>
            (t.Value, Origins.StackOf(OriginKind.Thread, (nuint)t.Key))));
        left.Add("armed timer", Timers.ArmedTimers.Select(t => (At(t.Address), t.SetStack)));
        left.Add("queued DPC", Dpcs.Queued.Select(d => (At(d.Address), d.QueuedStack)));
        left.Add("work item", Workers.Waiting.Select(w => (For(w), w.QueuedStack)));
        left.Add("running work item", Workers.Running.Select(w => (For(w), w.QueuedStack)));
        left.Add("work item object", Noted(OriginKind.WorkItemObject));
        left.Add("NMR registration", Nmr.Registered.Select(c => (At(c.Handle), c.MadeStack)));
    }

    private static string At(nuint address) => $"at 0x{(ulong)address:x}";

    private string For(in QueuedWork work) => $"for {NameAddress(work.Routine)}";

    private IEnumerable<(string, int)> Noted(OriginKind kind) =>
        Origins.Snapshot(kind).Select(o => (At(o.Key), o.Value));

    private string DescribeHandle(KeyValuePair<nuint, nuint> handle)
    {
        var kind = Objects.TryGet(handle.Value, out var record) ? record.Kind.ToString().ToLowerInvariant()
            : "object";
        var name = record.Payload is KeyBody body ? $" {body.Key.Name}" : "";
        return $"0x{(ulong)handle.Key & 0xFFFF_FFFF:x} ({kind}{name})";
    }
}
