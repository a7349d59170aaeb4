// memfd_create(2), ftruncate(2), close(2): a file in memory that can be mapped twice, once to write and once
// to execute. It knows nothing about code; see Memory/CodeHeap.cs.
using System.Runtime.InteropServices;

namespace OpenWsk.Loader;

internal static unsafe partial class Interop
{
    private const uint CloseOnExec = 1;

    // MFD_EXEC, since Linux 6.3: says that the pages will be executed, which older kernels do not want to
    // hear.
    private const uint Executable = 0x10;

    /// <summary>
    /// A file descriptor of an empty file of that size, or -1 when the host has none to give.
    /// </summary>
    public static int TryMakeMemoryFile(string name, nuint lengthBytes)
    {
        var file = memfd_create(name, CloseOnExec | Executable);
        if (file < 0)
            file = memfd_create(name, CloseOnExec);
        if (file < 0 || ftruncate(file, (nint)lengthBytes) == 0)
            return file;
        Close(file);
        return -1;
    }

    public static void Close(int file) => _ = close(file);

    [LibraryImport("libc", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int memfd_create(string name, uint flags);

    [LibraryImport("libc")]
    private static partial int ftruncate(int file, nint length);

    [LibraryImport("libc")]
    private static partial int close(int file);
}
