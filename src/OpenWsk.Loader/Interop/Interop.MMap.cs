// mmap(2) and munmap(2) with the constants of Linux on x64. It knows nothing about what the memory is for.
// Next: Memory/Arena.cs.
using System.Runtime.InteropServices;

namespace OpenWsk.Loader;

internal static unsafe partial class Interop
{
    public const int ProtNone = 0;
    public const int ProtRead = 1;
    public const int ProtWrite = 2;
    public const int ProtExecute = 4;
    public const int MapShared = 0x01;
    public const int MapPrivate = 0x02;
    public const int MapFixed = 0x10;
    public const int MapAnonymous = 0x20;
    public const int MapNoReserve = 0x4000;

    private const nint MapFailed = -1;

    /// <summary>Maps memory; throws OutOfMemoryException with the host's error.</summary>
    public static nuint Map(nuint address, nuint lengthBytes, int protection, int flags, int file = -1)
    {
        var result = mmap((void*)address, lengthBytes, protection, flags, file, 0);
        return (nint)result != MapFailed ? (nuint)result : throw Failed("mmap", lengthBytes);
    }

    /// <summary>Gives memory back.</summary>
    public static void Unmap(nuint address, nuint lengthBytes)
    {
        if (munmap((void*)address, lengthBytes) != 0)
            throw Failed("munmap", lengthBytes);
    }

    private static OutOfMemoryException Failed(string what, nuint lengthBytes) =>
        new($"{what} of 0x{lengthBytes:x} bytes failed: {Marshal.GetLastPInvokeErrorMessage()}");

    [LibraryImport("libc", SetLastError = true)]
    private static partial void* mmap(
        void* address, nuint length, int protection, int flags, int file, nint offset);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int munmap(void* address, nuint length);
}
