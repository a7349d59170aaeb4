// What drivers ask about processes: their image and the basic facts. There is one, System, which has no file
// of its own. It knows nothing about threads: ThreadRoutines.cs.
using OpenWsk.Abi;

namespace OpenWsk.Kernel;

/// <summary>Process routines of ntoskrnl.</summary>
public static class ProcessRoutines
{
    private const int BasicInformation = 0;
    private const int Wow64Information = 26;
    private const int ImageFileName = 27;
    private const int BasicBytes = 48;
    private const int UnicodeStringBytes = 16;
    private const ulong SystemPriority = 8;

    /// <summary>The name of a process's image, at most 15 characters.</summary>
    /// <remarks>Owns: the name stays as long as the process.</remarks>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full)]
    public static nuint PsGetProcessImageFileName(Executive executive, nuint Process) =>
        executive.SystemProcessName;

    /// <summary>Tells about a process.</summary>
    /// <remarks>
    /// Errors: STATUS_INVALID_HANDLE; STATUS_INFO_LENGTH_MISMATCH; STATUS_INVALID_INFO_CLASS.
    /// </remarks>
    [Export(Libraries.Ntoskrnl, SupportLevel.Partial, MaxIrql = Irql.Passive,
        Note = "basic information, WOW64 (none) and image file name (empty)")]
    public static NTSTATUS ZwQueryInformationProcess(
        Executive executive,
        nuint ProcessHandle,
        int ProcessInformationClass,
        nuint ProcessInformation,
        uint ProcessInformationLength,
        GuestPtr<uint> ReturnLength)
    {
        if (!HandleRoutines.TryResolve(executive, ProcessHandle, out var target)
            || !executive.Objects.TryGet(target, out var record))
            return NTSTATUS.STATUS_INVALID_HANDLE;
        if (record.Kind != ObjectKind.Process)
            return NTSTATUS.STATUS_OBJECT_TYPE_MISMATCH;
        var bytes = ProcessInformationClass switch
        {
            BasicInformation => BasicBytes,
            Wow64Information => sizeof(ulong),
            ImageFileName => UnicodeStringBytes,
            _ => 0,
        };
        if (bytes == 0)
            return NTSTATUS.STATUS_INVALID_INFO_CLASS;
        if (!ReturnLength.IsNull)
            ReturnLength.Value = (uint)bytes;
        // The name may be longer than the buffer; the others have one size.
        if (ProcessInformationLength < bytes
            || (ProcessInformationClass != ImageFileName && ProcessInformationLength != bytes))
            return NTSTATUS.STATUS_INFO_LENGTH_MISMATCH;
        GuestMemory.Span(ProcessInformation, bytes).Clear();
        if (ProcessInformationClass == BasicInformation)
        {
            // Exit status, PEB, affinity, priority, id, parent's id.
            GuestMemory.Write(ProcessInformation, (uint)NTSTATUS.STATUS_PENDING);
            GuestMemory.Write(ProcessInformation + 16, 1ul);
            GuestMemory.Write(ProcessInformation + 24, SystemPriority);
            GuestMemory.Write(ProcessInformation + 32, (ulong)Executive.SystemProcessId);
        }
        return NTSTATUS.STATUS_SUCCESS;
    }
}
