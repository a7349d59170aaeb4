// What drivers have left behind after their unload: each is a leak that on Windows stays until the next boot,
// or a crash when the memory of the unloaded driver is called. It asks the kernel and the provider, and
// judges nothing.
using OpenWsk.Cli.Worlds;
using OpenWsk.Kernel;

namespace OpenWsk.Cli.Running;

/// <summary>Blocks of pool that share a tag.</summary>
internal sealed record PoolLeftover(string Tag, int Blocks, ulong Bytes);

/// <summary>What is left.</summary>
internal sealed record Leftovers(
    int Sockets,
    int PendingIrps,
    int Irps,
    int Mdls,
    IReadOnlyList<PoolLeftover> Pool,
    IReadOnlyList<string> Threads,
    int Captures,
    int Registrations,
    int Handles)
{
    public bool IsNothing =>
        Sockets + PendingIrps + Irps + Mdls + Captures + Registrations + Handles == 0
        && Pool.Count == 0 && Threads.Count == 0;

    /// <summary>Counts what is there now.</summary>
    public static Leftovers Collect(HostWorld world)
    {
        var executive = world.Executive;
        return new Leftovers(
            world.Provider.OpenSockets,
            world.Provider.PendingIrps.Count,
            executive.Irps.AllocatedCount,
            executive.Mdls.Count,
            [.. executive.Pool.UseByTag().Select(use => new PoolLeftover(use.TagText, use.Count, use.Bytes))],
            [.. executive.GuestThreads.Snapshot().Select(thread => $"{thread.Value} (T{thread.Key})".Trim())],
            world.Provider.Captures,
            world.Provider.Registrations,
            executive.Handles.Count);
    }

    /// <summary>One phrase for each kind; empty when nothing is left.</summary>
    public IEnumerable<string> Describe()
    {
        foreach (var (count, one, many) in new[]
        {
            (Sockets, "socket", "sockets"), (PendingIrps, "pending IRP", "pending IRPs"),
            (Irps, "IRP", "IRPs"),
            (Mdls, "MDL", "MDLs"), (Captures, "provider capture", "provider captures"),
            (Registrations, "registration", "registrations"), (Handles, "handle", "handles"),
        })
        {
            if (count != 0)
                yield return $"{count} {(count == 1 ? one : many)}";
        }
        foreach (var use in Pool)
        {
            var blocks = use.Blocks == 1 ? "block" : "blocks";
            yield return $"pool {use.Tag} {use.Blocks} {blocks}, {use.Bytes} bytes";
        }
        foreach (var thread in Threads)
            yield return $"thread {thread}";
    }
}
