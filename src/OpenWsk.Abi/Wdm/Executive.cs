// Structures of the executive at their x64 layout: lookaside lists, resources, work items, pool parameters.
// Inlined macros read and write lookaside lists in place. It knows nothing about what allocates or waits.
using System.Runtime.InteropServices;

namespace OpenWsk.Abi;

/// <summary>The pool that an allocation comes from.</summary>
public enum POOL_TYPE
{
    NonPagedPool = 0,
    PagedPool = 1,
    NonPagedPoolMustSucceed = 2,
    DontUseThisType = 3,
    NonPagedPoolCacheAligned = 4,
    PagedPoolCacheAligned = 5,
    NonPagedPoolCacheAlignedMustS = 6,
    NonPagedPoolSession = 32,
    PagedPoolSession = 33,
    NonPagedPoolNx = 512,
    NonPagedPoolNxCacheAligned = 516,
    NonPagedPoolSessionNx = 544,
}

/// <summary>Which worker threads take a work item.</summary>
public enum WORK_QUEUE_TYPE
{
    CriticalWorkQueue = 0,
    DelayedWorkQueue = 1,
    HyperCriticalWorkQueue = 2,
    NormalWorkQueue = 3,
    BackgroundWorkQueue = 4,
    RealTimeWorkQueue = 5,
    SuperCriticalWorkQueue = 6,
}

/// <summary>What the optional parameters of ExAllocatePool3 are.</summary>
public enum POOL_EXTENDED_PARAMETER_TYPE
{
    PoolExtendedParameterInvalidType = 0,
    PoolExtendedParameterPriority = 1,
    PoolExtendedParameterSecurePool = 2,
    PoolExtendedParameterNumaNode = 3,
}

/// <summary>A lookaside list's common part. 128 bytes, aligned to a cache line.</summary>
/// <remarks>
/// Inlines pop ListHead and push on it while its depth is below Depth, count in TotalAllocates,
/// AllocateMisses, TotalFrees and FreeMisses, and call Allocate and Free.
/// </remarks>
[GuestAlignment(64)]
[StructLayout(LayoutKind.Explicit, Size = 0x80)]
public struct GENERAL_LOOKASIDE
{
    [FieldOffset(0x00)] public SLIST_HEADER ListHead;
    [FieldOffset(0x10)] public ushort Depth;
    [FieldOffset(0x12)] public ushort MaximumDepth;
    [FieldOffset(0x14)] public uint TotalAllocates;
    [FieldOffset(0x18)] public uint AllocateMisses;
    [FieldOffset(0x1C)] public uint TotalFrees;
    [FieldOffset(0x20)] public uint FreeMisses;
    [FieldOffset(0x24)] public POOL_TYPE Type;
    [FieldOffset(0x28)] public uint Tag;
    [FieldOffset(0x2C)] public uint Size;
    [FieldOffset(0x30)] public nuint Allocate;
    [FieldOffset(0x38)] public nuint Free;
    [FieldOffset(0x40)] public LIST_ENTRY ListEntry;
    [FieldOffset(0x50)] public uint LastTotalAllocates;
    [FieldOffset(0x54)] public uint LastAllocateMisses;
}

/// <summary>A lookaside list of nonpaged entries. 128 bytes.</summary>
[GuestAlignment(64)]
public struct NPAGED_LOOKASIDE_LIST
{
    public GENERAL_LOOKASIDE L;
}

/// <summary>A lookaside list of paged entries. 128 bytes.</summary>
[GuestAlignment(64)]
public struct PAGED_LOOKASIDE_LIST
{
    public GENERAL_LOOKASIDE L;
}

/// <summary>A lookaside list's common part without cache alignment. 96 bytes.</summary>
[GuestAlignment(16)]
[StructLayout(LayoutKind.Explicit, Size = 0x60)]
public struct GENERAL_LOOKASIDE_POOL
{
    [FieldOffset(0x00)] public SLIST_HEADER ListHead;
    [FieldOffset(0x10)] public ushort Depth;
    [FieldOffset(0x12)] public ushort MaximumDepth;
    [FieldOffset(0x14)] public uint TotalAllocates;
    [FieldOffset(0x18)] public uint AllocateMisses;
    [FieldOffset(0x1C)] public uint TotalFrees;
    [FieldOffset(0x20)] public uint FreeMisses;
    [FieldOffset(0x24)] public POOL_TYPE Type;
    [FieldOffset(0x28)] public uint Tag;
    [FieldOffset(0x2C)] public uint Size;
    [FieldOffset(0x30)] public nuint AllocateEx;
    [FieldOffset(0x38)] public nuint FreeEx;
    [FieldOffset(0x40)] public LIST_ENTRY ListEntry;
    [FieldOffset(0x50)] public uint LastTotalAllocates;
    [FieldOffset(0x54)] public uint LastAllocateMisses;
}

/// <summary>A lookaside list whose routines take the list. 96 bytes.</summary>
[GuestAlignment(16)]
public struct LOOKASIDE_LIST_EX
{
    public GENERAL_LOOKASIDE_POOL L;
}

/// <summary>One owner of an ERESOURCE. 16 bytes.</summary>
public struct OWNER_ENTRY
{
    public nuint OwnerThread;
    public uint TableSize;
}

/// <summary>A reader-writer lock. 104 bytes.</summary>
[StructLayout(LayoutKind.Explicit, Size = 0x68)]
public struct ERESOURCE
{
    [FieldOffset(0x00)] public LIST_ENTRY SystemResourcesList;
    [FieldOffset(0x10)] public GuestPtr<OWNER_ENTRY> OwnerTable;
    [FieldOffset(0x18)] public short ActiveCount;
    [FieldOffset(0x1A)] public ushort Flag;
    [FieldOffset(0x20)] public nuint SharedWaiters;
    [FieldOffset(0x28)] public nuint ExclusiveWaiters;
    [FieldOffset(0x30)] public OWNER_ENTRY OwnerEntry;
    [FieldOffset(0x40)] public uint ActiveEntries;
    [FieldOffset(0x44)] public uint ContentionCount;
    [FieldOffset(0x48)] public uint NumberOfSharedWaiters;
    [FieldOffset(0x4C)] public uint NumberOfExclusiveWaiters;
    [FieldOffset(0x50)] public nuint Reserved2;
    [FieldOffset(0x58)] public nuint Address;
    [FieldOffset(0x60)] public nuint SpinLock;
}

/// <summary>Rundown protection: a count of uses and a flag in one word. 8 bytes.</summary>
public struct EX_RUNDOWN_REF
{
    public nuint Count;
}

/// <summary>A work item of the old interface. 32 bytes.</summary>
public struct WORK_QUEUE_ITEM
{
    public LIST_ENTRY List;
    public nuint WorkerRoutine;
    public nuint Parameter;
}

/// <summary>One optional parameter of ExAllocatePool3. 16 bytes; the first word holds type and
/// flags.</summary>
[StructLayout(LayoutKind.Explicit, Size = 16)]
public struct POOL_EXTENDED_PARAMETER
{
    [FieldOffset(0)] public ulong TypeAndFlags;
    [FieldOffset(8)] public ulong Reserved2;
}

/// <summary>Optional parameters of ExSetTimer. 16 bytes.</summary>
public struct EXT_SET_PARAMETERS
{
    public uint Version;
    public uint Reserved;
    public long NoWakeTolerance;
}

/// <summary>Optional parameters of ExDeleteTimer. 24 bytes.</summary>
public struct EXT_DELETE_PARAMETERS
{
    public uint Version;
    public uint Reserved;
    public nuint DeleteCallback;
    public nuint DeleteContext;
}
