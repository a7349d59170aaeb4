// Pool allocation as drivers call it, in all its generations. It knows nothing about blocks: see PoolService.
// Flags and types are the caller's; each generation says differently how to zero and how to fail.
using OpenWsk.Abi;
using static OpenWsk.Abi.WdmConstants;

namespace OpenWsk.Kernel;

/// <summary>Pool routines of ntoskrnl.</summary>
public static class PoolRoutines
{
    // The tag that Windows gives to blocks without one.
    private const uint NoneTag = 0x656E6F4E;
    private const ulong RequiredFlags = POOL_FLAG_USE_QUOTA | POOL_FLAG_UNINITIALIZED | POOL_FLAG_SESSION
        | POOL_FLAG_CACHE_ALIGNED | POOL_FLAG_RAISE_ON_FAILURE | POOL_FLAG_NON_PAGED
        | POOL_FLAG_NON_PAGED_EXECUTE
        | POOL_FLAG_PAGED;
    private const ulong RequiredFlagsMask = 0xFFFF_FFFF;

    // What is left of a POOL_TYPE without the flags that only this call knows.
    private const uint TypeMask = 0x3FF & ~(
        POOL_QUOTA_FAIL_INSTEAD_OF_RAISE | POOL_RAISE_IF_ALLOCATION_FAILURE | POOL_COLD_ALLOCATION);

    /// <summary>Allocates memory with the pattern of fresh memory in it.</summary>
    /// <remarks>
    /// IRQL: &lt;= DISPATCH_LEVEL, paged pool &lt;= APC_LEVEL. Errors: NULL when there is no room.
    /// </remarks>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full, MaxIrql = Irql.Dispatch)]
    public static nuint ExAllocatePoolWithTag(
        Executive executive, uint PoolType, nuint NumberOfBytes, uint Tag)
    {
        var isPaged = (PoolType & 1) != 0;
        CheckIrql(executive, isPaged);
        var isZeroed = (PoolType & POOL_ZERO_ALLOCATION) != 0;
        const uint cacheAligned = (uint)POOL_TYPE.NonPagedPoolCacheAligned;
        var block = executive.Pool.Allocate(NumberOfBytes, Tag, (POOL_TYPE)(int)(PoolType & TypeMask),
            isZeroed, (PoolType & cacheAligned) != 0);
        if (block == 0 && (PoolType & POOL_RAISE_IF_ALLOCATION_FAILURE) != 0)
            throw new GuestRaiseException(NTSTATUS.STATUS_INSUFFICIENT_RESOURCES);
        return block;
    }

    /// <summary>ExAllocatePoolWithTag with the tag 'None'.</summary>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full, MaxIrql = Irql.Dispatch)]
    public static nuint ExAllocatePool(Executive executive, uint PoolType, nuint NumberOfBytes) =>
        ExAllocatePoolWithTag(executive, PoolType, NumberOfBytes, NoneTag);

    /// <summary>
    /// ExAllocatePoolWithTag that charges a process, and raises unless PoolType says to fail.
    /// </summary>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full, MaxIrql = Irql.Dispatch)]
    public static nuint ExAllocatePoolWithQuotaTag(
        Executive executive, uint PoolType, nuint NumberOfBytes, uint Tag)
    {
        var isFailing = (PoolType & POOL_QUOTA_FAIL_INSTEAD_OF_RAISE) != 0;
        var type = (PoolType & ~POOL_QUOTA_FAIL_INSTEAD_OF_RAISE)
            | (isFailing ? 0 : POOL_RAISE_IF_ALLOCATION_FAILURE);
        return ExAllocatePoolWithTag(executive, type, NumberOfBytes, Tag);
    }

    /// <summary>ExAllocatePoolWithTag with a priority, which changes nothing.</summary>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full, MaxIrql = Irql.Dispatch)]
    public static nuint ExAllocatePoolWithTagPriority(
        Executive executive, uint PoolType, nuint NumberOfBytes, uint Tag, int Priority) =>
        ExAllocatePoolWithTag(executive, PoolType, NumberOfBytes, Tag);

    /// <summary>Allocates memory, zeroed unless the flags say not to.</summary>
    /// <remarks>
    /// Errors: NULL when there is no room, when no bytes are asked for, when the flags name no pool or are
    /// unknown.
    /// </remarks>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full, MaxIrql = Irql.Dispatch)]
    public static nuint ExAllocatePool2(Executive executive, ulong Flags, nuint NumberOfBytes, uint Tag)
    {
        var isPaged = (Flags & POOL_FLAG_PAGED) != 0;
        CheckIrql(executive, isPaged);
        const ulong pools = POOL_FLAG_NON_PAGED | POOL_FLAG_NON_PAGED_EXECUTE | POOL_FLAG_PAGED;
        var isWellFormed = (Flags & RequiredFlagsMask & ~RequiredFlags) == 0
            && ulong.PopCount(Flags & pools) == 1
            && NumberOfBytes != 0 && Tag != 0;
        var block = isWellFormed
            ? executive.Pool.Allocate(
                NumberOfBytes, Tag, TypeOf(Flags), (Flags & POOL_FLAG_UNINITIALIZED) == 0,
                (Flags & POOL_FLAG_CACHE_ALIGNED) != 0)
            : 0;
        if (block == 0 && (Flags & POOL_FLAG_RAISE_ON_FAILURE) != 0)
            throw new GuestRaiseException(NTSTATUS.STATUS_INSUFFICIENT_RESOURCES);
        return block;
    }

    /// <summary>ExAllocatePool2 with extended parameters.</summary>
    [Export(Libraries.Ntoskrnl, SupportLevel.Partial, MaxIrql = Irql.Dispatch,
        Note = "priority and NUMA node change nothing; a required secure pool gives NULL")]
    public static nuint ExAllocatePool3(
        Executive executive,
        ulong Flags,
        nuint NumberOfBytes,
        uint Tag,
        GuestPtr<POOL_EXTENDED_PARAMETER> ExtendedParameters,
        uint ExtendedParametersCount)
    {
        for (var i = 0; i < (int)ExtendedParametersCount; i++)
        {
            // Type in the lower 8 bits, Optional in the next.
            var typeAndFlags = ExtendedParameters.At(i).Value.TypeAndFlags;
            var type = (POOL_EXTENDED_PARAMETER_TYPE)(typeAndFlags & 0xFF);
            var isOptional = (typeAndFlags & 0x100) != 0;
            var isKnown = type is POOL_EXTENDED_PARAMETER_TYPE.PoolExtendedParameterPriority
                or POOL_EXTENDED_PARAMETER_TYPE.PoolExtendedParameterNumaNode;
            if (!isKnown && !isOptional)
                return 0;
        }
        return ExAllocatePool2(executive, Flags, NumberOfBytes, Tag);
    }

    /// <summary>Frees a block.</summary>
    /// <remarks>Errors: bug check 0xC2 when it is no block; 0x19 when it was overrun.</remarks>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full, MaxIrql = Irql.Dispatch)]
    public static void ExFreePool(Executive executive, nuint P) => executive.Pool.Free(P, 0);

    /// <summary>Frees a block, whose tag is checked when one is given.</summary>
    /// <remarks>
    /// Errors: bug check 0xC2 when it is no block or has another tag; 0x19 when it was overrun.
    /// </remarks>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full, MaxIrql = Irql.Dispatch)]
    public static void ExFreePoolWithTag(
        Executive executive, nuint P, uint Tag) => executive.Pool.Free(P, Tag);

    /// <summary>ExFreePoolWithTag with extended parameters, which change nothing.</summary>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full, MaxIrql = Irql.Dispatch)]
    public static void ExFreePool2(
        Executive executive, nuint P, uint Tag, nuint ExtendedParameters, uint ExtendedParametersCount) =>
        executive.Pool.Free(P, Tag);

    private static void CheckIrql(Executive executive, bool isPaged)
    {
        var irql = executive.CurrentThread.Irql;
        if (isPaged && irql > Irql.Apc)
            executive.Breach("IRQL", $"paged pool is allocated at {Irql.Name(irql)}");
    }

    private static POOL_TYPE TypeOf(ulong flags) =>
        ((flags & POOL_FLAG_PAGED) != 0 ? POOL_TYPE.PagedPool
            : (flags & POOL_FLAG_NON_PAGED_EXECUTE) != 0 ? POOL_TYPE.NonPagedPool
            : POOL_TYPE.NonPagedPoolNx)
        | ((flags & POOL_FLAG_CACHE_ALIGNED) != 0 ? POOL_TYPE.NonPagedPoolCacheAligned : 0);
}
