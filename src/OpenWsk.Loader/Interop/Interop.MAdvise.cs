// madvise(2): guards that cost no mapping of their own, since Linux 6.13, and dropping what pages hold.
// It knows nothing about blocks. Next: Memory/LightGuardPages.cs.
using System.Runtime.InteropServices;

namespace OpenWsk.Loader;

internal static unsafe partial class Interop
{
    public const int AdviceDontNeed = 4;
    public const int AdviceGuardInstall = 102;
    public const int AdviceGuardRemove = 103;

    /// <summary>Whether the host took the advice.</summary>
    public static bool TryAdvise(nuint address, nuint lengthBytes, int advice) =>
        madvise((void*)address, lengthBytes, advice) == 0;

    /// <summary>Sets what whole pages allow; false when the host allows no more mappings.</summary>
    public static bool TryProtect(nuint address, nuint lengthBytes, int protection) =>
        mprotect((void*)address, lengthBytes, protection) == 0;

    [LibraryImport("libc")]
    private static partial int madvise(void* address, nuint length, int advice);
}
