// Virtual memory of a process as drivers allocate, free, describe and protect it. All of it is in the one
// address space; the protection is remembered and told, and changes nothing. It knows nothing about sections'
// contents.
using OpenWsk.Abi;
using static OpenWsk.Abi.WdmConstants;

namespace OpenWsk.Kernel;

/// <summary>Virtual memory routines of ntoskrnl.</summary>
public static class VirtualMemoryRoutines
{
    private const nuint PageBytes = 4096;
    private const nuint LengthMax = 256 << 20;
    private const uint MemPrivate = 0x2_0000;
    private const uint MemMapped = 0x4_0000;

    /// <summary>Allocates memory.</summary>
    /// <remarks>
    /// Errors: STATUS_CONFLICTING_ADDRESSES for a certain address that is not allocated already;
    /// STATUS_NO_MEMORY.
    /// </remarks>
    [Export(Libraries.Ntoskrnl, SupportLevel.Partial, MaxIrql = Irql.Passive,
        Note = "the address is the kernel's choice; reserved memory is committed at once")]
    public static NTSTATUS ZwAllocateVirtualMemory(
        Executive executive, nuint ProcessHandle, GuestPtr<nuint> BaseAddress, nuint ZeroBits,
        GuestPtr<nuint> RegionSize, uint AllocationType, uint Protect)
    {
        if (RegionSize.Value == 0 || (AllocationType & (MEM_COMMIT | MEM_RESERVE)) == 0)
            return NTSTATUS.STATUS_INVALID_PARAMETER;
        var length = (RegionSize.Value + PageBytes - 1) & ~(PageBytes - 1);
        if (BaseAddress.Value != 0)
            return executive.Views.TryFind(BaseAddress.Value, out _, out _)
                ? NTSTATUS.STATUS_SUCCESS : NTSTATUS.STATUS_CONFLICTING_ADDRESSES;
        if (length > LengthMax)
            return NTSTATUS.STATUS_NO_MEMORY;
        var block = executive.Heap.Allocate((int)(length + PageBytes));
        var start = (block + PageBytes - 1) & ~(PageBytes - 1);
        executive.Views.Add(start, new MappedRange(length, 0, block, Protect));
        (BaseAddress.Value, RegionSize.Value) = (start, length);
        return NTSTATUS.STATUS_SUCCESS;
    }

    /// <summary>Frees memory, or decommits it, which changes nothing.</summary>
    /// <remarks>Errors: STATUS_MEMORY_NOT_ALLOCATED; STATUS_FREE_VM_NOT_AT_BASE.</remarks>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full, MaxIrql = Irql.Passive)]
    public static NTSTATUS ZwFreeVirtualMemory(
        Executive executive, nuint ProcessHandle, GuestPtr<nuint> BaseAddress, GuestPtr<nuint> RegionSize,
        uint FreeType)
    {
        if (!executive.Views.TryFind(BaseAddress.Value, out var start, out var range) || range.Section != 0)
            return NTSTATUS.STATUS_MEMORY_NOT_ALLOCATED;
        if ((FreeType & MEM_RELEASE) == 0)
            return NTSTATUS.STATUS_SUCCESS;
        if (start != BaseAddress.Value)
            return NTSTATUS.STATUS_FREE_VM_NOT_AT_BASE;
        RegionSize.Value = range.LengthBytes;
        executive.Views.Remove(start, isView: false);
        return NTSTATUS.STATUS_SUCCESS;
    }

    /// <summary>Describes the memory at an address.</summary>
    /// <remarks>Errors: STATUS_INVALID_INFO_CLASS; STATUS_INFO_LENGTH_MISMATCH.</remarks>
    [Export(Libraries.Ntoskrnl, SupportLevel.Partial, MaxIrql = Irql.Passive,
        Note = "MemoryBasicInformation; memory of other origin is told page by page")]
    public static NTSTATUS ZwQueryVirtualMemory(
        Executive executive, nuint ProcessHandle, nuint BaseAddress, int MemoryInformationClass,
        GuestPtr<MEMORY_BASIC_INFORMATION> MemoryInformation, nuint MemoryInformationLength,
        GuestPtr<nuint> ReturnLength)
    {
        if (MemoryInformationClass != 0)
            return NTSTATUS.STATUS_INVALID_INFO_CLASS;
        if (MemoryInformationLength < 48)
            return NTSTATUS.STATUS_INFO_LENGTH_MISMATCH;
        MemoryInformation.Value = Describe(executive, BaseAddress & ~(PageBytes - 1));
        if (!ReturnLength.IsNull)
            ReturnLength.Value = 48;
        return NTSTATUS.STATUS_SUCCESS;
    }

    /// <summary>Sets the protection of memory and tells the old one.</summary>
    /// <remarks>Errors: STATUS_INVALID_PAGE_PROTECTION; STATUS_CONFLICTING_ADDRESSES.</remarks>
    [Export(Libraries.Ntoskrnl, SupportLevel.Partial, MaxIrql = Irql.Passive,
        Note = "the protection is remembered and told; pages do not change")]
    public static NTSTATUS ZwProtectVirtualMemory(
        Executive executive, nuint ProcessHandle, GuestPtr<nuint> BaseAddress, GuestPtr<nuint> RegionSize,
        uint NewProtect, GuestPtr<uint> OldProtect)
    {
        if (!uint.IsPow2(NewProtect & 0xFF))
            return NTSTATUS.STATUS_INVALID_PAGE_PROTECTION;
        var isOwn = executive.Views.TryFind(BaseAddress.Value, out var start, out var range);
        if (!isOwn && !MemoryAccess.IsReadable(executive, BaseAddress.Value))
            return NTSTATUS.STATUS_CONFLICTING_ADDRESSES;
        OldProtect.Value = isOwn ? range.Protection : PAGE_READWRITE;
        if (isOwn)
            executive.Views.Change(start, range with { Protection = NewProtect });
        var end = (BaseAddress.Value + RegionSize.Value + PageBytes - 1) & ~(PageBytes - 1);
        BaseAddress.Value &= ~(PageBytes - 1);
        RegionSize.Value = end - BaseAddress.Value;
        return NTSTATUS.STATUS_SUCCESS;
    }

    private static MEMORY_BASIC_INFORMATION Describe(Executive executive, nuint address)
    {
        if (executive.Views.TryFind(address, out var start, out var range))
        {
            return new MEMORY_BASIC_INFORMATION
            {
                BaseAddress = address,
                AllocationBase = start,
                AllocationProtect = range.Protection,
                RegionSize = start + range.LengthBytes - address,
                State = MEM_COMMIT,
                Protect = range.Protection,
                Type = range.Section != 0 ? MemMapped : MemPrivate,
            };
        }
        var isThere = MemoryAccess.IsReadable(executive, address);
        return new MEMORY_BASIC_INFORMATION
        {
            BaseAddress = address,
            AllocationBase = isThere ? address : 0,
            AllocationProtect = isThere ? PAGE_READWRITE : 0,
            RegionSize = PageBytes,
            State = isThere ? MEM_COMMIT : MEM_FREE,
            Protect = isThere ? PAGE_READWRITE : PAGE_NOACCESS,
            Type = isThere ? MemPrivate : 0,
        };
    }
}
