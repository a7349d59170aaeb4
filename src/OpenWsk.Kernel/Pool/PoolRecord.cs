// What is known of one block of guest memory: whose it is, how large, who made it and who freed it. A freed
// block keeps its record while its memory is not given to another. It knows nothing about where blocks come
// from: see BlockStore.cs.
using OpenWsk.Abi;

namespace OpenWsk.Kernel;

/// <summary>What a block of guest memory is.</summary>
public enum BlockUse : byte
{
    /// <summary>Pool of a driver.</summary>
    Pool,

    /// <summary>An IRP from IoAllocateIrp.</summary>
    Irp,

    /// <summary>An MDL from IoAllocateMdl.</summary>
    Mdl,

    /// <summary>A structure of the kernel or the provider that drivers can see.</summary>
    Object,
}

/// <summary>Whether a block's memory is its owner's.</summary>
public enum BlockState : byte
{
    Never,
    Live,
    Freed,
}

/// <summary>What is known of one block.</summary>
public struct PoolRecord
{
    /// <summary>Where the owner's bytes begin.</summary>
    public nuint Address;

    /// <summary>What the driver asked for. Units: bytes.</summary>
    public nuint SizeBytes;

    public uint Tag;

    /// <summary>The POOL_TYPE that Windows would have noted.</summary>
    public POOL_TYPE PoolType;

    public BlockUse Use;
    public BlockState State;

    /// <summary>The thread that made it.</summary>
    public int ThreadId;

    /// <summary>The thread that freed it.</summary>
    public int FreedThreadId;

    /// <summary>The stack that made it: a number of <see cref="StackLog"/>.</summary>
    public int MadeStack;

    /// <summary>The stack that freed it: a number of <see cref="StackLog"/>.</summary>
    public int FreedStack;

    /// <summary>Rises with every block of the world: no two blocks have the same.</summary>
    public long Sequence;

    // Distances from the address, which is set first: a record is kept for each block, and no block is larger
    // than 1 GB.
    private uint _front;
    private uint _behind;
    private uint _hostFront;
    private uint _hostBytes;

    /// <summary>Where the pattern before the block begins.</summary>
    internal nuint Base
    {
        readonly get => Address - _front;
        set => _front = (uint)(Address - value);
    }

    /// <summary>Where the pattern behind it ends.</summary>
    internal nuint End
    {
        readonly get => Address + _behind;
        set => _behind = (uint)(value - Address);
    }

    /// <summary>The memory of a loose block.</summary>
    internal nuint Host
    {
        readonly get => Address - _hostFront;
        set => _hostFront = (uint)(Address - value);
    }

    /// <summary>What was asked for of that memory.</summary>
    internal nuint HostBytes
    {
        readonly get => _hostBytes;
        set => _hostBytes = (uint)value;
    }

    public readonly bool IsPaged => ((uint)PoolType & 1) != 0;
}
