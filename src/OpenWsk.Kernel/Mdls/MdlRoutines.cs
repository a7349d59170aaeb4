// MDLs as drivers make, lock, map and free them. All guest memory is locked and mapped already, so what
// changes is the state that inlined macros read: flags and MappedSystemVa. Page frame numbers are the virtual
// ones. It knows nothing about chains as data: see MdlChain.cs.
using OpenWsk.Abi;
using OpenWsk.Ports;
using static OpenWsk.Abi.WskConstants;

namespace OpenWsk.Kernel;

/// <summary>MDL routines of ntoskrnl.</summary>
public static class MdlRoutines
{
    private const nuint PageBytes = 4096;

    // 'Mdl ', as Windows tags them.
    private const uint Tag = 0x206C644D;
    private const short Mapped = MDL_MAPPED_TO_SYSTEM_VA | MDL_SOURCE_IS_NONPAGED_POOL;

    // An MDL describes less than 4 GB (page of IoAllocateMdl, Windows Vista and later).
    private const uint LengthMax = uint.MaxValue - 4096;

    /// <summary>Makes an MDL for a range of memory.</summary>
    /// <remarks>Owns: the driver frees it with IoFreeMdl. Errors: NULL when Length is too large.</remarks>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full, MaxIrql = Irql.Dispatch)]
    public static GuestPtr<MDL> IoAllocateMdl(
        Executive executive,
        nuint VirtualAddress,
        uint Length,
        byte SecondaryBuffer,
        byte ChargeQuota,
        GuestPtr<IRP> Irp)
    {
        if (Length > LengthMax)
            return default;
        var pages = PagesOf(VirtualAddress, Length);
        var mdl = new GuestPtr<MDL>(
            executive.Pool.AllocateFor(BlockUse.Mdl, Tag, MDL.SizeBytes + (pages * sizeof(ulong))));
        if (mdl.IsNull)
            return default;
        ref var m = ref mdl.Value;
        m.Size = unchecked((short)(MDL.SizeBytes + (pages * sizeof(ulong))));
        m.MdlFlags = MDL_ALLOCATED_FIXED_SIZE;
        Describe(ref m, VirtualAddress, Length);
        executive.Mdls.OnAllocated(mdl,
            new MdlRecord { PagesMax = pages, ThreadId = executive.CurrentThread.Id });
        if (executive.Observes(KernelEventKind.Created))
            executive.Emit(KernelEvents.Created("MDL", mdl.Address));
        if (!Irp.IsNull)
            Attach(Irp, mdl, SecondaryBuffer != 0);
        return mdl;
    }

    /// <summary>Frees an MDL from IoAllocateMdl.</summary>
    /// <remarks>
    /// Errors: bug check 0xC2 when it is none. Rules: MDL-13 is reported when pages are still locked.
    /// </remarks>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full, MaxIrql = Irql.Dispatch)]
    public static void IoFreeMdl(Executive executive, GuestPtr<MDL> Mdl)
    {
        executive.NotifyReleasing(Mdl);
        if (!executive.Mdls.OnFreed(Mdl))
            throw executive.Pool.RefuseFree(Mdl.Address, nameof(IoFreeMdl));
        if ((Mdl.Value.MdlFlags & MDL_PAGES_LOCKED) != 0)
            executive.Breach("MDL-13", $"IoFreeMdl: the pages of the MDL at {Mdl} are locked");
        if (executive.Observes(KernelEventKind.Destroyed))
            executive.Emit(KernelEvents.Destroyed("MDL", Mdl.Address));
        executive.Pool.FreeFor(BlockUse.Mdl, Mdl.Address, nameof(IoFreeMdl));
    }

    /// <summary>Makes the MDL of a range of nonpaged pool ready to use.</summary>
    /// <remarks>Rules: MDL-12 is reported when its pages are locked.</remarks>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full, MaxIrql = Irql.Dispatch)]
    public static void MmBuildMdlForNonPagedPool(Executive executive, GuestPtr<MDL> MemoryDescriptorList)
    {
        ref var m = ref MemoryDescriptorList.Value;
        if ((m.MdlFlags & MDL_PAGES_LOCKED) != 0)
            executive.Breach("MDL-12",
                $"MmBuildMdlForNonPagedPool: the pages of {MemoryDescriptorList} are locked");
        m.MdlFlags |= MDL_SOURCE_IS_NONPAGED_POOL;
        m.MappedSystemVa = m.StartVa + m.ByteOffset;
        FillPageFrames(MemoryDescriptorList);
    }

    /// <summary>Locks the pages of an MDL.</summary>
    /// <remarks>
    /// Errors: STATUS_ACCESS_VIOLATION is raised when a page cannot be accessed as Operation says. Rules:
    /// MDL-12 and MDL-13 are reported when the MDL is of nonpaged pool or is locked already, MDL-14 when it
    /// describes paged pool above APC_LEVEL.
    /// </remarks>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full, MaxIrql = Irql.Dispatch)]
    public static void MmProbeAndLockPages(
        Executive executive, GuestPtr<MDL> MemoryDescriptorList, byte AccessMode, int Operation)
    {
        ref var m = ref MemoryDescriptorList.Value;
        if ((m.MdlFlags & MDL_SOURCE_IS_NONPAGED_POOL) != 0)
            executive.Breach("MDL-12",
                $"MmProbeAndLockPages: {MemoryDescriptorList} describes nonpaged pool");
        if ((m.MdlFlags & MDL_PAGES_LOCKED) != 0)
            executive.Breach("MDL-13",
                $"MmProbeAndLockPages: the pages of {MemoryDescriptorList} are locked already");
        // What may be paged out can be brought in below DISPATCH_LEVEL only.
        if (executive.CurrentThread.Irql > Irql.Apc && executive.Pool.IsPaged(m.StartVa + m.ByteOffset))
            executive.Breach("MDL-14",
                $"MmProbeAndLockPages of pageable memory at {Irql.Name(executive.CurrentThread.Irql)}");
        const int ioReadAccess = 0;
        ProbeRoutines.RequireAccess(
            executive, m.StartVa + m.ByteOffset, m.ByteCount, Operation != ioReadAccess);
        m.MdlFlags |= MDL_PAGES_LOCKED;
        if (Operation != ioReadAccess)
            m.MdlFlags |= MDL_WRITE_OPERATION;
        executive.Origins.Note(
            OriginKind.LockedPages, MemoryDescriptorList.Address, executive.Pool.CaptureStack());
        FillPageFrames(MemoryDescriptorList);
    }

    /// <summary>Ends MmProbeAndLockPages, and a mapping if there is one.</summary>
    /// <remarks>
    /// Rules: MDL-12 and MDL-13 are reported when the MDL is of nonpaged pool or is not locked.
    /// </remarks>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full, MaxIrql = Irql.Dispatch)]
    public static void MmUnlockPages(Executive executive, GuestPtr<MDL> MemoryDescriptorList)
    {
        executive.NotifyReleasing(MemoryDescriptorList);
        ref var m = ref MemoryDescriptorList.Value;
        if ((m.MdlFlags & MDL_SOURCE_IS_NONPAGED_POOL) != 0)
            executive.Breach("MDL-12", $"MmUnlockPages: {MemoryDescriptorList} describes nonpaged pool");
        else if ((m.MdlFlags & MDL_PAGES_LOCKED) == 0)
            executive.Breach("MDL-13", $"MmUnlockPages: the pages of {MemoryDescriptorList} are not locked");
        if ((m.MdlFlags & MDL_MAPPED_TO_SYSTEM_VA) != 0)
            Unmap(ref m);
        m.MdlFlags &= ~(MDL_PAGES_LOCKED | MDL_WRITE_OPERATION);
        executive.Origins.Forget(OriginKind.LockedPages, MemoryDescriptorList.Address);
    }

    /// <summary>Maps locked pages and returns where.</summary>
    /// <remarks>
    /// Errors: none; the memory is mapped already. Rules: MDL-06 is reported when it is not locked.
    /// </remarks>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full, MaxIrql = Irql.Dispatch)]
    public static nuint MmMapLockedPagesSpecifyCache(
        Executive executive,
        GuestPtr<MDL> MemoryDescriptorList,
        byte AccessMode,
        int CacheType,
        nuint RequestedAddress,
        uint BugCheckOnFailure,
        uint Priority)
    {
        ref var m = ref MemoryDescriptorList.Value;
        if ((m.MdlFlags & Mapped) != 0)
            return m.MappedSystemVa;
        if ((m.MdlFlags & (MDL_PAGES_LOCKED | MDL_PARTIAL)) == 0)
            executive.Breach("MDL-06",
                $"the pages of the MDL at {MemoryDescriptorList} are mapped but not locked");
        m.MappedSystemVa = m.StartVa + m.ByteOffset;
        m.MdlFlags |= MDL_MAPPED_TO_SYSTEM_VA;
        if ((m.MdlFlags & MDL_PARTIAL) != 0)
            m.MdlFlags |= MDL_PARTIAL_HAS_BEEN_MAPPED;
        return m.MappedSystemVa;
    }

    /// <summary>Maps locked pages.</summary>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full, MaxIrql = Irql.Dispatch)]
    public static nuint MmMapLockedPages(
        Executive executive, GuestPtr<MDL> MemoryDescriptorList, byte AccessMode) =>
        MmMapLockedPagesSpecifyCache(executive, MemoryDescriptorList, AccessMode, 0, 0, 0, 0);

    /// <summary>Ends a mapping.</summary>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full, MaxIrql = Irql.Dispatch)]
    public static void MmUnmapLockedPages(
        Executive executive, nuint BaseAddress, GuestPtr<MDL> MemoryDescriptorList) =>
        Unmap(ref MemoryDescriptorList.Value);

    /// <summary>Makes an MDL describe a part of what another describes.</summary>
    /// <remarks>
    /// Errors: bug check 0x40 when the target has no room. Rules: MDL-07 is reported outside the source.
    /// </remarks>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full, MaxIrql = Irql.Dispatch)]
    public static void IoBuildPartialMdl(
        Executive executive,
        GuestPtr<MDL> SourceMdl,
        GuestPtr<MDL> TargetMdl,
        nuint VirtualAddress,
        uint Length)
    {
        ref var source = ref SourceMdl.Value;
        ref var target = ref TargetMdl.Value;
        var begin = source.StartVa + source.ByteOffset;
        var end = begin + source.ByteCount;
        if (VirtualAddress < begin || VirtualAddress > end || Length > end - VirtualAddress)
            executive.Breach("MDL-07", $"IoBuildPartialMdl: {Length} bytes at 0x{(ulong)VirtualAddress:x} "
                + $"are not within the MDL at {SourceMdl}");
        var length = Length != 0 ? Length : (uint)(end - VirtualAddress);
        var room = executive.Mdls.TryGet(TargetMdl, out var record)
            ? record.PagesMax
            : (target.Size - MDL.SizeBytes) / sizeof(ulong);
        if (PagesOf(VirtualAddress, length) > room)
            throw executive.BugCheck(
                BugCheckCode.TARGET_MDL_TOO_SMALL, $"the MDL at {TargetMdl} has no room for {length} bytes");
        Describe(ref target, VirtualAddress, length);
        var fromSource = source.MdlFlags & (MDL_SOURCE_IS_NONPAGED_POOL | MDL_MAPPED_TO_SYSTEM_VA);
        if ((fromSource & MDL_MAPPED_TO_SYSTEM_VA) != 0)
            fromSource |= MDL_PARENT_MAPPED_SYSTEM_VA;
        target.MdlFlags = (short)((target.MdlFlags & MDL_ALLOCATED_FIXED_SIZE) | MDL_PARTIAL | fromSource);
        target.MappedSystemVa = fromSource != 0 ? source.MappedSystemVa + (VirtualAddress - begin) : 0;
        FillPageFrames(TargetMdl);
    }

    /// <summary>Size of an MDL for a range of memory. Units: bytes.</summary>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full, Class = CallClass.Local)]
    public static nuint MmSizeOfMdl(Executive executive, nuint Base, nuint Length) =>
        (nuint)(MDL.SizeBytes + (PagesOf(Base, (uint)Length) * sizeof(ulong)));

    private static int PagesOf(nuint address, uint length) =>
        (int)(((address & (PageBytes - 1)) + length + PageBytes - 1) / PageBytes);

    private static void Describe(ref MDL m, nuint address, uint length)
    {
        m.StartVa = address & ~(PageBytes - 1);
        m.ByteOffset = (uint)(address & (PageBytes - 1));
        m.ByteCount = length;
    }

    private static void FillPageFrames(GuestPtr<MDL> mdl)
    {
        ref var m = ref mdl.Value;
        var frame = m.StartVa / PageBytes;
        var pageFrames = new GuestPtr<ulong>(mdl.Address + MDL.SizeBytes);
        var pages = PagesOf(m.ByteOffset, m.ByteCount);
        for (var i = 0; i < pages; i++)
            pageFrames.At(i).Value = (ulong)frame + (ulong)i;
    }

    private static void Unmap(ref MDL m)
    {
        m.MdlFlags &= ~(MDL_MAPPED_TO_SYSTEM_VA | MDL_PARTIAL_HAS_BEEN_MAPPED | MDL_PARENT_MAPPED_SYSTEM_VA);
        m.MappedSystemVa = 0;
    }

    private static void Attach(GuestPtr<IRP> irp, GuestPtr<MDL> mdl, bool isSecondary)
    {
        if (!isSecondary || irp.Value.MdlAddress.IsNull)
        {
            irp.Value.MdlAddress = mdl;
            return;
        }
        var last = irp.Value.MdlAddress;
        while (!last.Value.Next.IsNull)
            last = last.Value.Next;
        last.Value.Next = mdl;
    }
}
