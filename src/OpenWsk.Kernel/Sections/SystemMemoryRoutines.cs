// What drivers ask of the memory manager beside pool and MDLs: whether an address is there, copies that do
// not fault, contiguous memory, pages for MDLs. Physical addresses are the virtual ones. There is no device
// whose registers could be mapped.
using OpenWsk.Abi;
using static OpenWsk.Abi.WskConstants;

namespace OpenWsk.Kernel;

/// <summary>Memory routines of ntoskrnl.</summary>
public static class SystemMemoryRoutines
{
    private const nuint PageBytes = 4096;
    private const uint ContiguousTag = 0x74_6E_43_4D; // 'MCnt'
    private const uint PagesTag = 0x67_50_6D_4D; // 'MmPg'

    /// <summary>Whether reading the address would not fault.</summary>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full, MaxIrql = Irql.Dispatch)]
    public static byte MmIsAddressValid(Executive executive, nuint VirtualAddress) =>
        (byte)(MemoryAccess.IsReadable(executive, VirtualAddress) ? 1 : 0);

    /// <summary>The physical address, which is the virtual one; 0 where nothing is.</summary>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full, MaxIrql = Irql.Dispatch)]
    public static ulong MmGetPhysicalAddress(Executive executive, nuint BaseAddress) =>
        MemoryAccess.IsReadable(executive, BaseAddress) ? BaseAddress : 0;

    /// <summary>Copies from an address that may not be there.</summary>
    /// <remarks>
    /// Errors: STATUS_INVALID_PARAMETER_4 for unknown flags; STATUS_INVALID_ADDRESS when not everything could
    /// be copied; the number of bytes is stored in either case.
    /// </remarks>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full, MaxIrql = Irql.Apc)]
    public static NTSTATUS MmCopyMemory(
        Executive executive, nuint TargetAddress, nuint SourceAddress, nuint NumberOfBytes, uint Flags,
        GuestPtr<nuint> NumberOfBytesTransferred)
    {
        const uint physical = 1;
        const uint virtualAddress = 2;
        NumberOfBytesTransferred.Value = 0;
        if (Flags is not (physical or virtualAddress))
            return NTSTATUS.STATUS_INVALID_PARAMETER_4;
        var target = GuestMemory.Span(TargetAddress, (int)NumberOfBytes);
        var copied = MemoryAccess.Read(executive, SourceAddress, target);
        NumberOfBytesTransferred.Value = (nuint)copied;
        return copied == target.Length ? NTSTATUS.STATUS_SUCCESS : NTSTATUS.STATUS_INVALID_ADDRESS;
    }

    /// <summary>Copies between processes, which share one address space here.</summary>
    /// <remarks>Errors: STATUS_PARTIAL_COPY when not everything could be read.</remarks>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full, MaxIrql = Irql.Apc)]
    public static NTSTATUS MmCopyVirtualMemory(
        Executive executive, nuint FromProcess, nuint FromAddress, nuint ToProcess, nuint ToAddress,
        nuint BufferSize, byte PreviousMode, GuestPtr<nuint> NumberOfBytesCopied)
    {
        var target = GuestMemory.Span(ToAddress, (int)BufferSize);
        var copied = MemoryAccess.Read(executive, FromAddress, target);
        NumberOfBytesCopied.Value = (nuint)copied;
        return copied == target.Length ? NTSTATUS.STATUS_SUCCESS : NTSTATUS.STATUS_PARTIAL_COPY;
    }

    /// <summary>Maps a device's registers: there is none, so NULL.</summary>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full, MaxIrql = Irql.Dispatch,
        Note = "there is no device with registers; NULL, as for a range that Windows cannot map")]
    public static nuint MmMapIoSpaceEx(
        Executive executive, ulong PhysicalAddress, nuint NumberOfBytes, uint Protect) => 0;

    /// <summary>MmMapIoSpaceEx with a caching type.</summary>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full, MaxIrql = Irql.Dispatch,
        Note = "there is no device with registers; NULL, as for a range that Windows cannot map")]
    public static nuint MmMapIoSpace(
        Executive executive, ulong PhysicalAddress, nuint NumberOfBytes, int CacheType) => 0;

    /// <summary>Ends a mapping of registers, of which there are none.</summary>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full, MaxIrql = Irql.Dispatch)]
    public static void MmUnmapIoSpace(Executive executive, nuint BaseAddress, nuint NumberOfBytes)
    {
    }

    /// <summary>Allocates memory whose pages lie in a row; NULL when there is none.</summary>
    /// <remarks>Owns: the driver frees it with MmFreeContiguousMemory.</remarks>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full, MaxIrql = Irql.Dispatch)]
    public static nuint MmAllocateContiguousMemory(
        Executive executive, nuint NumberOfBytes, ulong HighestAcceptableAddress) =>
        AllocatePages(executive, NumberOfBytes, ContiguousTag);

    /// <summary>MmAllocateContiguousMemory with a range and a caching type.</summary>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full, MaxIrql = Irql.Dispatch)]
    public static nuint MmAllocateContiguousMemorySpecifyCache(
        Executive executive, nuint NumberOfBytes, ulong LowestAcceptableAddress,
        ulong HighestAcceptableAddress, ulong BoundaryAddressMultiple, int CacheType) =>
        AllocatePages(executive, NumberOfBytes, ContiguousTag);

    /// <summary>MmAllocateContiguousMemorySpecifyCache with a node and a protection.</summary>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full, MaxIrql = Irql.Dispatch)]
    public static nuint MmAllocateContiguousNodeMemory(
        Executive executive, nuint NumberOfBytes, ulong LowestAcceptableAddress,
        ulong HighestAcceptableAddress, ulong BoundaryAddressMultiple, uint Protect, uint PreferredNode) =>
        AllocatePages(executive, NumberOfBytes, ContiguousTag);

    /// <summary>Frees contiguous memory.</summary>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full, MaxIrql = Irql.Dispatch)]
    public static void MmFreeContiguousMemory(Executive executive, nuint BaseAddress) =>
        executive.Pool.Free(BaseAddress, ContiguousTag);

    /// <summary>MmFreeContiguousMemory with the size and the caching type.</summary>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full, MaxIrql = Irql.Dispatch)]
    public static void MmFreeContiguousMemorySpecifyCache(
        Executive executive, nuint BaseAddress, nuint NumberOfBytes, int CacheType) =>
        executive.Pool.Free(BaseAddress, ContiguousTag);

    /// <summary>Allocates memory that no cache holds, which is like any other here.</summary>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full, MaxIrql = Irql.Apc)]
    public static nuint MmAllocateNonCachedMemory(Executive executive, nuint NumberOfBytes) =>
        AllocatePages(executive, NumberOfBytes, ContiguousTag);

    /// <summary>Frees memory of MmAllocateNonCachedMemory.</summary>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full, MaxIrql = Irql.Apc)]
    public static void MmFreeNonCachedMemory(
        Executive executive, nuint BaseAddress, nuint NumberOfBytes) =>
        executive.Pool.Free(BaseAddress, ContiguousTag);

    /// <summary>Allocates pages and an MDL that describes them; nothing is mapped yet.</summary>
    /// <remarks>
    /// Owns: the driver frees the pages with MmFreePagesFromMdl and the MDL with ExFreePool.
    /// </remarks>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full, MaxIrql = Irql.Dispatch)]
    public static GuestPtr<MDL> MmAllocatePagesForMdlEx(
        Executive executive, ulong LowAddress, ulong HighAddress, ulong SkipBytes, nuint TotalBytes,
        int CacheType, uint Flags)
    {
        var pages = (TotalBytes + PageBytes - 1) / PageBytes;
        if (pages == 0 || pages > 0x4_0000)
            return default;
        var memory = AllocatePages(executive, pages * PageBytes, PagesTag);
        var mdl = new GuestPtr<MDL>(memory == 0 ? 0 : executive.Pool.Allocate(
            MDL.SizeBytes + (pages * 8), PagesTag, isPaged: false, isZeroed: true));
        if (mdl.IsNull)
        {
            if (memory != 0)
                executive.Pool.Free(memory, PagesTag);
            return default;
        }
        ref var m = ref mdl.Value;
        m.Size = unchecked((short)(MDL.SizeBytes + (pages * 8)));
        m.MdlFlags = MDL_PAGES_LOCKED;
        m.StartVa = memory;
        m.ByteCount = (uint)(pages * PageBytes);
        for (nuint i = 0; i < pages; i++)
            GuestMemory.Write(mdl.Address + MDL.SizeBytes + (8 * i), (memory / PageBytes) + i);
        return mdl;
    }

    /// <summary>MmAllocatePagesForMdlEx without a caching type.</summary>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full, MaxIrql = Irql.Dispatch)]
    public static GuestPtr<MDL> MmAllocatePagesForMdl(
        Executive executive, ulong LowAddress, ulong HighAddress, ulong SkipBytes, nuint TotalBytes) =>
        MmAllocatePagesForMdlEx(executive, LowAddress, HighAddress, SkipBytes, TotalBytes, 1, 0);

    /// <summary>Frees the pages of such an MDL; the MDL stays.</summary>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full, MaxIrql = Irql.Dispatch)]
    public static void MmFreePagesFromMdl(Executive executive, GuestPtr<MDL> MemoryDescriptorList)
    {
        executive.Pool.Free(MemoryDescriptorList.Value.StartVa, PagesTag);
        MemoryDescriptorList.Value.MdlFlags &= ~MDL_PAGES_LOCKED;
        MemoryDescriptorList.Value.StartVa = 0;
    }

    /// <summary>Keeps a section of the driver in memory, where it is anyway.</summary>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full, MaxIrql = Irql.Apc, Class = CallClass.Local)]
    public static nuint MmLockPagableDataSection(Executive executive, nuint AddressWithinSection) =>
        AddressWithinSection;

    /// <summary>Keeps a section of the driver in memory by its handle.</summary>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full, MaxIrql = Irql.Apc, Class = CallClass.Local)]
    public static void MmLockPagableSectionByHandle(Executive executive, nuint ImageSectionHandle)
    {
    }

    /// <summary>Ends MmLockPagableDataSection.</summary>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full, MaxIrql = Irql.Apc, Class = CallClass.Local)]
    public static void MmUnlockPagableImageSection(Executive executive, nuint ImageSectionHandle)
    {
    }

    /// <summary>Lets the whole driver be paged, which nothing here is; returns where it begins.</summary>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full, MaxIrql = Irql.Apc, Class = CallClass.Local)]
    public static nuint MmPageEntireDriver(Executive executive, nuint AddressWithinSection) =>
        AddressWithinSection;

    /// <summary>Ends MmPageEntireDriver.</summary>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full, MaxIrql = Irql.Apc, Class = CallClass.Local)]
    public static void MmResetDriverPaging(Executive executive, nuint AddressWithinSection)
    {
    }

    /// <summary>How much memory the machine has: MmLargeSystem.</summary>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full, Class = CallClass.Local)]
    public static int MmQuerySystemSize(Executive executive) => 2;

    // Blocks of a page and more begin at a page in the pool.
    private static nuint AllocatePages(Executive executive, nuint lengthBytes, uint tag) =>
        lengthBytes == 0 ? 0
        : executive.Pool.Allocate(nuint.Max(lengthBytes, PageBytes), tag, isPaged: false, isZeroed: true);
}
