// What drivers ask and set about files: sizes, times, names, positions, deletion, renaming, and what a folder
// holds. Layouts are those of wdm.h and ntifs.h for x64. It knows nothing about reading and writing.
using OpenWsk.Abi;
using OpenWsk.Ports;
using static OpenWsk.Abi.WdmConstants;

namespace OpenWsk.Kernel;

/// <summary>File information routines of ntoskrnl.</summary>
public static class FileInformationRoutines
{
    private const uint Delete = 0x0001_0000;
    private const int BasicInformation = 4;
    private const int StandardInformation = 5;
    private const int InternalInformation = 6;
    private const int NameInformation = 9;
    private const int RenameInformation = 10;
    private const int DispositionInformation = 13;
    private const int PositionInformation = 14;
    private const int AllocationInformation = 19;
    private const int EndOfFileInformation = 20;
    private const int NetworkOpenInformation = 34;
    private const int RenameNameOffset = 20;

    /// <summary>Tells about an open file.</summary>
    /// <remarks>
    /// Errors: STATUS_INFO_LENGTH_MISMATCH; STATUS_BUFFER_OVERFLOW for a name that does not fit;
    /// STATUS_INVALID_INFO_CLASS for a class that is not there; STATUS_INVALID_DEVICE_REQUEST for a device.
    /// </remarks>
    [Export(Libraries.Ntoskrnl, SupportLevel.Partial, MaxIrql = Irql.Passive,
        Note = "basic, standard, internal, name, position and network-open information")]
    public static NTSTATUS ZwQueryInformationFile(
        Executive executive, nuint FileHandle, GuestPtr<IO_STATUS_BLOCK> IoStatusBlock,
        nuint FileInformation, uint Length, int FileInformationClass)
    {
        var status = FileRoutines.Prepare(executive, FileHandle, 0, 0, out var file, out _);
        if (file is null)
            return status;
        var outcome = file.File is { } body
            ? Query(executive, body, FileInformationClass, FileInformation, Length)
            : new IoOutcome(NTSTATUS.STATUS_INVALID_DEVICE_REQUEST, 0);
        return FileCompletion.Finish(executive, outcome, IoStatusBlock, 0, 0, 0);
    }

    /// <summary>Changes something about an open file.</summary>
    /// <remarks>As <see cref="ZwQueryInformationFile"/>; STATUS_ACCESS_DENIED without the access.</remarks>
    [Export(Libraries.Ntoskrnl, SupportLevel.Partial, MaxIrql = Irql.Passive,
        Note = "rename, disposition, position, end-of-file and allocation; basic changes nothing")]
    public static NTSTATUS ZwSetInformationFile(
        Executive executive, nuint FileHandle, GuestPtr<IO_STATUS_BLOCK> IoStatusBlock,
        nuint FileInformation, uint Length, int FileInformationClass)
    {
        var status = FileRoutines.Prepare(executive, FileHandle, 0, 0, out var file, out _);
        if (file is null)
            return status;
        status = file.File is { } body
            ? Set(executive, file, body, FileInformationClass, FileInformation, Length)
            : NTSTATUS.STATUS_INVALID_DEVICE_REQUEST;
        return FileCompletion.Finish(executive, new IoOutcome(status, 0), IoStatusBlock, 0, 0, 0);
    }

    /// <summary>Tells times, sizes and attributes of a file by its name.</summary>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full, MaxIrql = Irql.Passive)]
    public static NTSTATUS ZwQueryFullAttributesFile(
        Executive executive, GuestPtr<OBJECT_ATTRIBUTES> ObjectAttributes, nuint FileInformation)
    {
        var status = ObjectNames.PathOf(executive, ObjectAttributes, out var path);
        if (!status.IsSuccess())
            return status;
        status = executive.Files.Find(path, out var facts);
        if (status.IsSuccess())
            WriteNetworkOpen(FileInformation, facts);
        return status;
    }

    /// <summary>Deletes a file by its name.</summary>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full, MaxIrql = Irql.Passive)]
    public static NTSTATUS ZwDeleteFile(Executive executive, GuestPtr<OBJECT_ATTRIBUTES> ObjectAttributes)
    {
        var status = ObjectNames.PathOf(executive, ObjectAttributes, out var path);
        if (!status.IsSuccess())
            return status;
        var opening = new FileOpening
        {
            Path = path,
            DesiredAccess = Delete,
            ShareAccess = FILE_SHARE_READ | FILE_SHARE_WRITE | FILE_SHARE_DELETE,
            Disposition = FILE_OPEN,
            Options = FILE_DELETE_ON_CLOSE,
            By = Requestor.Kernel,
        };
        status = executive.Io.Open(opening, out var file, out _);
        if (file is null)
            return status;
        file.OnHandlesClosed();
        executive.Objects.Dereference(file.Pointer.Address);
        return status;
    }

    /// <summary>Tells what a folder holds, one call after the other.</summary>
    /// <remarks>Errors: STATUS_NO_SUCH_FILE; STATUS_NO_MORE_FILES; STATUS_BUFFER_OVERFLOW.</remarks>
    [Export(Libraries.Ntoskrnl, SupportLevel.Partial, MaxIrql = Irql.Passive,
        Note = "directory, full, both and names information; patterns with * and ?")]
    public static NTSTATUS ZwQueryDirectoryFile(
        Executive executive, nuint FileHandle, nuint Event, nuint ApcRoutine, nuint ApcContext,
        GuestPtr<IO_STATUS_BLOCK> IoStatusBlock, nuint FileInformation, uint Length,
        int FileInformationClass, byte ReturnSingleEntry, GuestPtr<UNICODE_STRING> FileName,
        byte RestartScan)
    {
        var status = FileRoutines.Prepare(executive, FileHandle, Event, 0, out var file, out var kevent);
        if (file is null)
            return status;
        var outcome = file.File is { Node.IsFolder: true } body
            ? FolderListing.Query(
                executive.Files, body, new IoBuffer(FileInformation, Length), FileInformationClass,
                ReturnSingleEntry != 0, UnicodeText.Of(FileName).ToString(), RestartScan != 0)
            : new IoOutcome(NTSTATUS.STATUS_INVALID_PARAMETER, 0);
        return FileCompletion.Finish(executive, outcome, IoStatusBlock, kevent, ApcRoutine, ApcContext);
    }

    /// <summary>FILE_ATTRIBUTE_* of a file.</summary>
    internal static uint AttributesOf(in FileFacts facts) =>
        facts.IsFolder ? FILE_ATTRIBUTE_DIRECTORY
        : facts.IsReadOnly ? FILE_ATTRIBUTE_READONLY : FILE_ATTRIBUTE_NORMAL;

    private static IoOutcome Query(
        Executive executive, FileBody body, int information, nuint target, uint length)
    {
        var facts = executive.Files.Tree.Find(body.Node.Path) ?? default;
        var size = body.Node.Contents?.LengthBytes ?? 0;
        facts = facts with { LengthBytes = size };
        var needed = information switch
        {
            BasicInformation => 40u,
            StandardInformation => 24u,
            InternalInformation or PositionInformation => 8u,
            NameInformation => 8u,
            NetworkOpenInformation => 56u,
            _ => 0u,
        };
        if (needed == 0)
            return new IoOutcome(NTSTATUS.STATUS_INVALID_INFO_CLASS, 0);
        if (length < needed)
            return new IoOutcome(NTSTATUS.STATUS_INFO_LENGTH_MISMATCH, 0);
        switch (information)
        {
            case BasicInformation:
                WriteTimes(target, facts);
                GuestMemory.Write(target + 32, (ulong)AttributesOf(facts));
                break;
            case StandardInformation:
                WriteStandard(target, facts, body.Node.IsDeletePending);
                break;
            case NameInformation:
                return WriteName(body.Node.Path, target, length);
            case NetworkOpenInformation:
                WriteNetworkOpen(target, facts);
                break;
            case PositionInformation:
                GuestMemory.Write(target, body.Opening!.Pointer.Value.CurrentByteOffset.QuadPart);
                break;
            default:
                GuestMemory.Write(target, (ulong)(uint)string.GetHashCode(
                    body.Node.Path, StringComparison.OrdinalIgnoreCase));
                break;
        }
        return new IoOutcome(NTSTATUS.STATUS_SUCCESS, needed);
    }

    private static NTSTATUS Set(
        Executive executive, OpenFile file, FileBody body, int information, nuint source, uint length)
    {
        var needed = information switch
        {
            BasicInformation => 40,
            RenameInformation => RenameNameOffset,
            DispositionInformation => 1,
            PositionInformation or EndOfFileInformation or AllocationInformation => 8,
            _ => 0,
        };
        if (needed == 0)
            return NTSTATUS.STATUS_INVALID_INFO_CLASS;
        if (length < needed)
            return NTSTATUS.STATUS_INFO_LENGTH_MISMATCH;
        var access = information switch
        {
            EndOfFileInformation or AllocationInformation => FILE_WRITE_DATA,
            RenameInformation or DispositionInformation => Delete,
            _ => 0u,
        };
        if (!file.Allows(access))
            return NTSTATUS.STATUS_ACCESS_DENIED;
        var isNumber = information is PositionInformation or EndOfFileInformation or AllocationInformation;
        if (isNumber && GuestMemory.Read<long>(source) < 0)
            return NTSTATUS.STATUS_INVALID_PARAMETER;
        switch (information)
        {
            case PositionInformation:
                file.Pointer.Value.CurrentByteOffset.QuadPart = GuestMemory.Read<long>(source);
                return NTSTATUS.STATUS_SUCCESS;
            case DispositionInformation:
                return executive.Files.SetDelete(body, GuestMemory.Read<byte>(source) != 0);
            case EndOfFileInformation:
                return body.Node.Contents?.SetLength(GuestMemory.Read<long>(source))
                    ?? NTSTATUS.STATUS_INVALID_PARAMETER;
            case RenameInformation:
                return Rename(executive, body, source, length - RenameNameOffset);
            default:
                return NTSTATUS.STATUS_SUCCESS;
        }
    }

    // FILE_RENAME_INFORMATION. The new name is whole, or within the folder of RootDirectory, or else within
    // the folder that the file is in.
    private static NTSTATUS Rename(Executive executive, FileBody body, nuint source, uint nameBytesMax)
    {
        var folder = FilePath.ParentOf(body.Node.Path);
        var root = GuestMemory.Read<nuint>(source + 8);
        if (root != 0)
        {
            var status = FileRoutines.Prepare(executive, root, 0, 0, out var opening, out _);
            if (opening is null)
                return status;
            if (opening.File is not { Node: { IsFolder: true } node })
                return NTSTATUS.STATUS_INVALID_PARAMETER;
            folder = node.Path;
        }
        var nameBytes = GuestMemory.Read<uint>(source + 16);
        if (nameBytes > nameBytesMax)
            return NTSTATUS.STATUS_INVALID_PARAMETER;
        var name = GuestMemory.Chars(source + RenameNameOffset, (int)nameBytes / 2).ToString();
        return executive.Files.Rename(body, folder, name, GuestMemory.Read<byte>(source) != 0);
    }

    private static IoOutcome WriteName(string path, nuint target, uint length)
    {
        var name = @"\" + path.Replace('/', '\\');
        GuestMemory.Write(target, (uint)(2 * name.Length));
        var chars = Math.Min(name.Length, (int)(length - 4) / 2);
        name.AsSpan(0, chars).CopyToGuest(GuestMemory.Chars(target + 4, chars));
        return new IoOutcome(
            chars == name.Length ? NTSTATUS.STATUS_SUCCESS : NTSTATUS.STATUS_BUFFER_OVERFLOW,
            (nuint)(4 + (2 * chars)));
    }

    internal static void WriteTimes(nuint target, in FileFacts facts)
    {
        GuestMemory.Write(target, facts.Created100Ns);
        GuestMemory.Write(target + 8, facts.Written100Ns);
        GuestMemory.Write(target + 16, facts.Written100Ns);
        GuestMemory.Write(target + 24, facts.Written100Ns);
    }

    private static void WriteStandard(nuint target, in FileFacts facts, bool isDeletePending)
    {
        GuestMemory.Write(target, (facts.LengthBytes + 4095) & ~4095L);
        GuestMemory.Write(target + 8, facts.LengthBytes);
        GuestMemory.Write(target + 16, 1u);
        GuestMemory.Write(target + 20, (byte)(isDeletePending ? 1 : 0));
        GuestMemory.Write(target + 21, (byte)(facts.IsFolder ? 1 : 0));
        GuestMemory.Write(target + 22, (ushort)0);
    }

    private static void WriteNetworkOpen(nuint target, in FileFacts facts)
    {
        WriteTimes(target, facts);
        GuestMemory.Write(target + 32, (facts.LengthBytes + 4095) & ~4095L);
        GuestMemory.Write(target + 40, facts.LengthBytes);
        GuestMemory.Write(target + 48, (ulong)AttributesOf(facts));
    }
}
