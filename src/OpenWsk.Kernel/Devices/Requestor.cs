// Who asks for I/O: kernel code, or an application in a process of its own. It decides the mode in the IRP
// and the process that dispatch routines find themselves in. It knows nothing about requests.
namespace OpenWsk.Kernel;

/// <summary>Who asks for I/O.</summary>
/// <param name="IsUser">Whether the IRP says UserMode.</param>
/// <param name="ProcessId">The process that asks.</param>
public readonly record struct Requestor(bool IsUser, uint ProcessId)
{
    /// <summary>Kernel code in the system process.</summary>
    public static Requestor Kernel => new(false, Executive.SystemProcessId);

    /// <summary>Whom an application runs as; an administrator unless said otherwise.</summary>
    public AccessToken Token { get; init; } = AccessToken.Administrator;

    /// <summary>An application.</summary>
    public static Requestor Application(uint processId) => new(true, processId);
}

/// <summary>How to open a device or a file, in the words of ZwCreateFile.</summary>
public readonly record struct FileOpening
{
    /// <summary>Name in the kernel's namespace, or as applications write it (\\.\Name).</summary>
    public required string Path { get; init; }

    /// <summary>FILE_* and generic rights.</summary>
    public required uint DesiredAccess { get; init; }

    /// <summary>FILE_SHARE_*.</summary>
    public uint ShareAccess { get; init; }

    /// <summary>FILE_OPEN, FILE_CREATE, ....</summary>
    public required uint Disposition { get; init; }

    /// <summary>FILE_SYNCHRONOUS_IO_NONALERT, FILE_DIRECTORY_FILE, ....</summary>
    public uint Options { get; init; }

    /// <summary>FILE_ATTRIBUTE_* of a file that is made.</summary>
    public uint Attributes { get; init; }

    public required Requestor By { get; init; }
}
