// mprotect(2).
// It knows nothing about sections; Mapping/ImageMapper.cs decides who may do what.
using System.Runtime.InteropServices;

namespace OpenWsk.Loader;

internal static unsafe partial class Interop
{
    /// <summary>Sets what whole pages allow; throws OutOfMemoryException with the host's error.</summary>
    public static void Protect(nuint address, nuint lengthBytes, int protection)
    {
        if (mprotect((void*)address, lengthBytes, protection) != 0)
            throw Failed("mprotect", lengthBytes);
    }

    [LibraryImport("libc", SetLastError = true)]
    private static partial int mprotect(void* address, nuint length, int protection);
}
