// Sections as drivers make, open, map and unmap them. It knows nothing about their memory: see
// SectionBody.cs. There is one address space, so the process that a view is asked for does not matter.
using OpenWsk.Abi;
using static OpenWsk.Abi.WdmConstants;

namespace OpenWsk.Kernel;

/// <summary>Section routines of ntoskrnl.</summary>
public static class SectionRoutines
{
    private const nuint PageBytes = 4096;
    private const nuint Granularity = 0x1_0000;
    private const NTSTATUS MappedFileSizeZero = (NTSTATUS)0xC000_011E;
    private const long LengthMax = 256 << 20;

    /// <summary>Makes a section of a file, or of zeros.</summary>
    /// <remarks>
    /// Owns: the caller closes the handle. Errors: STATUS_INVALID_PARAMETER_4 without a size;
    /// STATUS_SECTION_TOO_BIG; STATUS_INVALID_FILE_FOR_SECTION for an image or a device.
    /// </remarks>
    [Export(Libraries.Ntoskrnl, SupportLevel.Partial, MaxIrql = Irql.Passive,
        Note = "files as data and memory; SEC_IMAGE is refused with STATUS_INVALID_FILE_FOR_SECTION")]
    public static NTSTATUS ZwCreateSection(
        Executive executive, GuestPtr<nuint> SectionHandle, uint DesiredAccess,
        GuestPtr<OBJECT_ATTRIBUTES> ObjectAttributes, GuestPtr<long> MaximumSize,
        uint SectionPageProtection, uint AllocationAttributes, nuint FileHandle)
    {
        FileNode? node = null;
        if (FileHandle != 0)
        {
            var status = FileRoutines.Prepare(executive, FileHandle, 0, 0, out var file, out _);
            if (file is null)
                return status;
            node = file.File?.Node;
            if (node?.Contents is null || (AllocationAttributes & SEC_IMAGE) != 0)
                return NTSTATUS.STATUS_INVALID_FILE_FOR_SECTION;
        }
        var isWritten = (SectionPageProtection & (PAGE_READWRITE | PAGE_EXECUTE_READWRITE)) != 0;
        var length = MaximumSize.IsNull || MaximumSize.Value == 0
            ? node?.Contents!.LengthBytes ?? 0 : MaximumSize.Value;
        if (length <= 0)
            return node is null ? NTSTATUS.STATUS_INVALID_PARAMETER_4 : MappedFileSizeZero;
        if (length > LengthMax)
            return NTSTATUS.STATUS_SECTION_TOO_BIG;
        if (node is not null && length > node.Contents!.LengthBytes)
        {
            var status = isWritten ? node.Contents.SetLength(length) : NTSTATUS.STATUS_SECTION_TOO_BIG;
            if (!status.IsSuccess())
                return status;
        }
        return Open(executive, ObjectAttributes, SectionHandle, DesiredAccess, name => new SectionBody(
            executive, (nuint)length, node, isWritten && node is not null, name));
    }

    /// <summary>Opens the section of a name.</summary>
    /// <remarks>
    /// Errors: STATUS_OBJECT_NAME_NOT_FOUND; STATUS_ACCESS_DENIED for \Device\PhysicalMemory.
    /// Divergence from Windows: there kernel code may open \Device\PhysicalMemory, and applications get
    /// STATUS_ACCESS_DENIED; here there is no physical memory for anybody.
    /// </remarks>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full, MaxIrql = Irql.Passive)]
    public static NTSTATUS ZwOpenSection(
        Executive executive, GuestPtr<nuint> SectionHandle, uint DesiredAccess,
        GuestPtr<OBJECT_ATTRIBUTES> ObjectAttributes)
    {
        var status = ObjectNames.PathOf(executive, ObjectAttributes, out var name);
        if (!status.IsSuccess())
            return status;
        if (name.Equals(@"\Device\PhysicalMemory", StringComparison.OrdinalIgnoreCase))
            return NTSTATUS.STATUS_ACCESS_DENIED;
        var section = executive.NamedObjects.Find(name, ObjectKind.Section);
        if (section == 0)
            return NTSTATUS.STATUS_OBJECT_NAME_NOT_FOUND;
        SectionHandle.Value = executive.Handles.Open(section, DesiredAccess);
        executive.Objects.Dereference(section);
        return NTSTATUS.STATUS_SUCCESS;
    }

    /// <summary>Maps a view of a section.</summary>
    /// <remarks>
    /// Errors: STATUS_CONFLICTING_ADDRESSES when a certain address is asked for; STATUS_INVALID_VIEW_SIZE;
    /// STATUS_MAPPED_ALIGNMENT.
    /// </remarks>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full, MaxIrql = Irql.Passive)]
    public static NTSTATUS ZwMapViewOfSection(
        Executive executive, nuint SectionHandle, nuint ProcessHandle, GuestPtr<nuint> BaseAddress,
        nuint ZeroBits, nuint CommitSize, GuestPtr<long> SectionOffset, GuestPtr<nuint> ViewSize,
        int InheritDisposition, uint AllocationType, uint Win32Protect)
    {
        if (!executive.Handles.TryGet(SectionHandle, out var section)
            || !executive.Objects.TryGet(section, out var record))
            return NTSTATUS.STATUS_INVALID_HANDLE;
        if (record.Payload is not SectionBody body)
            return NTSTATUS.STATUS_OBJECT_TYPE_MISMATCH;
        if (BaseAddress.Value != 0)
            return NTSTATUS.STATUS_CONFLICTING_ADDRESSES;
        var offset = SectionOffset.IsNull ? 0 : (nuint)(ulong)SectionOffset.Value;
        if (offset % Granularity != 0)
            return NTSTATUS.STATUS_MAPPED_ALIGNMENT;
        return Map(executive, section, body, offset, BaseAddress, ViewSize, Win32Protect);
    }

    /// <summary>Ends a view.</summary>
    /// <remarks>Errors: STATUS_NOT_MAPPED_VIEW.</remarks>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full, MaxIrql = Irql.Passive)]
    public static NTSTATUS ZwUnmapViewOfSection(
        Executive executive, nuint ProcessHandle, nuint BaseAddress) =>
        executive.Views.Remove(BaseAddress, isView: true)
            ? NTSTATUS.STATUS_SUCCESS : NTSTATUS.STATUS_NOT_MAPPED_VIEW;

    /// <summary>Maps a view of a section object into system space.</summary>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full, MaxIrql = Irql.Apc)]
    public static NTSTATUS MmMapViewInSystemSpace(
        Executive executive, nuint Section, GuestPtr<nuint> MappedBase, GuestPtr<nuint> ViewSize) =>
        executive.Objects.TryGet(Section, out var record) && record.Payload is SectionBody body
            ? Map(executive, Section, body, 0, MappedBase, ViewSize, PAGE_READWRITE)
            : NTSTATUS.STATUS_INVALID_PARAMETER;

    /// <summary>Ends a view in system space.</summary>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full, MaxIrql = Irql.Apc)]
    public static NTSTATUS MmUnmapViewInSystemSpace(Executive executive, nuint MappedBase) =>
        ZwUnmapViewOfSection(executive, 0, MappedBase);

    private static NTSTATUS Map(
        Executive executive, nuint section, SectionBody body, nuint offset, GuestPtr<nuint> mappedBase,
        GuestPtr<nuint> viewSize, uint protection)
    {
        var size = viewSize.Value != 0 ? viewSize.Value : body.LengthBytes - offset;
        if (offset > body.LengthBytes || size > body.LengthBytes - offset || size == 0)
            return NTSTATUS.STATUS_INVALID_VIEW_SIZE;
        var start = body.Start + offset;
        var whole = (size + PageBytes - 1) & ~(PageBytes - 1);
        executive.Views.Add(start, new MappedRange(whole, section, 0, protection));
        mappedBase.Value = start;
        viewSize.Value = whole;
        return NTSTATUS.STATUS_SUCCESS;
    }

    private static NTSTATUS Open(
        Executive executive, GuestPtr<OBJECT_ATTRIBUTES> attributes, GuestPtr<nuint> handle, uint access,
        Func<string, SectionBody> make)
    {
        var name = attributes.IsNull ? "" : UnicodeText.Of(attributes.Value.ObjectName).ToString();
        var mayOpen = !attributes.IsNull && (attributes.Value.Attributes & OBJ_OPENIF) != 0;
        var section = executive.NamedObjects.FindOrAdd(
            name, ObjectKind.Section, () => executive.Objects.Create(ObjectKind.Section, 64, make(name)),
            out var isNew);
        if (!isNew && !mayOpen)
        {
            executive.Objects.Dereference(section);
            return NTSTATUS.STATUS_OBJECT_NAME_COLLISION;
        }
        handle.Value = executive.Handles.Open(section, access);
        executive.Objects.Dereference(section);
        return isNew ? NTSTATUS.STATUS_SUCCESS : NTSTATUS.STATUS_OBJECT_NAME_EXISTS;
    }
}
