// Pool memory of the client that a pending look-up refers to. When the look-up ends, blocks that were freed
// meanwhile are noticed: the client broke NAME-21, and nothing is written there. Memory that is no pool
// cannot be watched. It knows nothing about look-ups.
using OpenWsk.Kernel;

namespace OpenWsk.Provider;

/// <summary>The pool blocks behind the arguments of one pending call.</summary>
internal sealed class HeldMemory
{
    private readonly Executive _executive;
    private readonly List<(nuint Block, PoolRecord Record)> _blocks = [];

    /// <summary>Notes the blocks in which the addresses lie.</summary>
    public HeldMemory(Executive executive, params IEnumerable<nuint> addresses)
    {
        _executive = executive;
        var wanted = addresses.Where(address => address != 0).ToList();
        foreach (var (block, record) in executive.Pool.Snapshot())
        {
            if (wanted.Any(address => address >= block && address < block + nuint.Max(record.SizeBytes, 1)))
                _blocks.Add((block, record));
        }
    }

    /// <summary>Whether all of it is still there; reports the first block that is not.</summary>
    public bool Check(string function)
    {
        foreach (var (block, record) in _blocks)
        {
            if (_executive.Pool.TryGet(block, out var now) && now.Equals(record))
                continue;
            _executive.Breach(
                "NAME-21", $"pool block 0x{(ulong)block:x} of a pending {function} was freed");
            return false;
        }
        return true;
    }
}
