// How much is done to catch a driver that uses memory wrongly. It knows nothing about how: see BlockStore.cs
// and docs/internals/pool.md.
namespace OpenWsk.Kernel;

/// <summary>How blocks of guest memory are guarded.</summary>
public enum PoolMode
{
    /// <summary>A guard behind small blocks up to a budget, patterns around and in all others.</summary>
    Default,

    /// <summary>
    /// Special pool: a guard behind every block and, when it is freed, instead of it.
    /// </summary>
    Special,

    /// <summary>Special pool with the guard before every block.</summary>
    SpecialUnderrun,

    /// <summary>Patterns alone: what a world has whose host offers no guards.</summary>
    Patterns,
}
