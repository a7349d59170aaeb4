// Lookaside lists. Drivers' inlined code pops and pushes the list and calls Allocate and Free when it is
// empty or full, so those must be addresses that guest code can call. It knows nothing about blocks.
using OpenWsk.Abi;

namespace OpenWsk.Kernel;

/// <summary>Lookaside routines of ntoskrnl.</summary>
public static class LookasideRoutines
{
    // Windows begins with a small depth and tunes it; a fixed one keeps worlds repeatable.
    private const ushort DepthAtBegin = 32;
    private const ushort DepthMax = 256;

    /// <summary>Makes a list of nonpaged entries.</summary>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full, MaxIrql = Irql.Dispatch)]
    public static void ExInitializeNPagedLookasideList(
        Executive executive,
        GuestPtr<GENERAL_LOOKASIDE> Lookaside,
        nuint Allocate,
        nuint Free,
        uint Flags,
        nuint Size,
        uint Tag,
        ushort Depth) =>
        Initialize(
            executive, Lookaside, Allocate, Free, POOL_TYPE.NonPagedPool | (POOL_TYPE)(int)Flags, Size, Tag);

    /// <summary>Makes a list of paged entries.</summary>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full, MaxIrql = Irql.Apc)]
    public static void ExInitializePagedLookasideList(
        Executive executive,
        GuestPtr<GENERAL_LOOKASIDE> Lookaside,
        nuint Allocate,
        nuint Free,
        uint Flags,
        nuint Size,
        uint Tag,
        ushort Depth) =>
        Initialize(
            executive, Lookaside, Allocate, Free, POOL_TYPE.PagedPool | (POOL_TYPE)(int)Flags, Size, Tag);

    /// <summary>Frees the entries that the list holds.</summary>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full, MaxIrql = Irql.Dispatch)]
    public static void ExDeleteNPagedLookasideList(Executive executive, GuestPtr<GENERAL_LOOKASIDE> Lookaside)
    {
        executive.Origins.Forget(OriginKind.LookasideList, Lookaside.Address);
        while (SListRoutines.Pop(executive, new GuestPtr<SLIST_HEADER>(Lookaside.Address)) is var entry
            && entry != 0)
            executive.Code.Call(Lookaside.Value.Free, [entry]);
    }

    /// <summary>Frees the entries that the list holds.</summary>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full, MaxIrql = Irql.Apc)]
    public static void ExDeletePagedLookasideList(
        Executive executive, GuestPtr<GENERAL_LOOKASIDE> Lookaside) =>
        ExDeleteNPagedLookasideList(executive, Lookaside);

    /// <summary>Makes a list whose routines get the list.</summary>
    /// <remarks>Errors: STATUS_INVALID_PARAMETER_4 for another pool; STATUS_INVALID_PARAMETER_5 for other
    /// flags.</remarks>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full, MaxIrql = Irql.Dispatch)]
    public static NTSTATUS ExInitializeLookasideListEx(
        Executive executive,
        GuestPtr<LOOKASIDE_LIST_EX> Lookaside,
        nuint Allocate,
        nuint Free,
        POOL_TYPE PoolType,
        uint Flags,
        nuint Size,
        uint Tag,
        ushort Depth)
    {
        // EX_LOOKASIDE_LIST_EX_FLAGS_RAISE_ON_FAIL and _FAIL_NO_RAISE; POOL_RAISE_IF_ALLOCATION_FAILURE.
        const uint raiseOnFail = 1;
        const uint failNoRaise = 2;
        const POOL_TYPE raiseIfFailure = (POOL_TYPE)16;
        if (PoolType is not (POOL_TYPE.NonPagedPool or POOL_TYPE.PagedPool or POOL_TYPE.NonPagedPoolNx))
            return NTSTATUS.STATUS_INVALID_PARAMETER_4;
        if (Flags is not (0 or raiseOnFail or failNoRaise))
            return NTSTATUS.STATUS_INVALID_PARAMETER_5;
        var type = Flags == raiseOnFail ? PoolType | raiseIfFailure : PoolType;
        // Both kinds of lists begin with the same fields, and this one is shorter.
        ref var list = ref Lookaside.Value.L;
        list = default;
        list.Depth = DepthAtBegin;
        list.MaximumDepth = DepthMax;
        list.Type = type;
        list.Tag = Tag;
        list.Size = (uint)nuint.Max(Size, 16);
        list.AllocateEx = Allocate != 0 ? Allocate
            : AddressOf(executive, nameof(PoolRoutines.ExAllocatePoolWithTag));
        list.FreeEx = Free != 0 ? Free : AddressOf(executive, nameof(PoolRoutines.ExFreePool));
        var link = new GuestPtr<LIST_ENTRY>(Lookaside.Address + 0x40);
        list.ListEntry.Flink = link;
        list.ListEntry.Blink = link;
        return NTSTATUS.STATUS_SUCCESS;
    }

    /// <summary>Frees the entries that the list holds; it can be used on.</summary>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full, MaxIrql = Irql.Dispatch)]
    public static void ExFlushLookasideListEx(Executive executive, GuestPtr<LOOKASIDE_LIST_EX> Lookaside)
    {
        while (SListRoutines.Pop(executive, new GuestPtr<SLIST_HEADER>(Lookaside.Address)) is var entry
            && entry != 0)
            executive.Code.Call(Lookaside.Value.L.FreeEx, [entry, Lookaside.Address]);
    }

    /// <summary>Frees the entries that the list holds.</summary>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full, MaxIrql = Irql.Dispatch)]
    public static void ExDeleteLookasideListEx(
        Executive executive, GuestPtr<LOOKASIDE_LIST_EX> Lookaside) =>
        ExFlushLookasideListEx(executive, Lookaside);

    private static void Initialize(
        Executive executive,
        GuestPtr<GENERAL_LOOKASIDE> lookaside,
        nuint allocate,
        nuint free,
        POOL_TYPE type,
        nuint size,
        uint tag)
    {
        ref var list = ref lookaside.Value;
        list = default;
        list.Depth = DepthAtBegin;
        list.MaximumDepth = DepthMax;
        list.Type = type;
        list.Tag = tag;
        // An entry is at least a link of the list that it lies in.
        list.Size = (uint)nuint.Max(size, 16);
        list.Allocate = allocate != 0 ? allocate
            : AddressOf(executive, nameof(PoolRoutines.ExAllocatePoolWithTag));
        list.Free = free != 0 ? free : AddressOf(executive, nameof(PoolRoutines.ExFreePool));
        var link = new GuestPtr<LIST_ENTRY>(lookaside.Address + 0x40);
        list.ListEntry.Flink = link;
        list.ListEntry.Blink = link;
        executive.Origins.Note(OriginKind.LookasideList, lookaside.Address);
    }

    private static nuint AddressOf(Executive executive, string routine) =>
        executive.Code.AddressOf(executive.Routines.Get(Libraries.Ntoskrnl, routine));
}
