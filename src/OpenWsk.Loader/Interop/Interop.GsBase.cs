// How a thread's gs base is set: by wrgsbase where the kernel lets user code use it (Linux 5.9 on x64
// processors of the last decade), by arch_prctl(2) otherwise. Measured 2026-09: 12 ns and 200 ns. See
// Machine/MachineCode.cs.
using System.Runtime.InteropServices;

namespace OpenWsk.Loader;

internal static unsafe partial class Interop
{
    private const nuint HardwareCapabilities2 = 26;
    private const nuint HasFsGsBase = 2;
    private const nint SystemCallArchPrctl = 158;
    private const nint SetGs = 0x1001;

    /// <summary>Whether wrgsbase may be executed (AT_HWCAP2 bit 1).</summary>
    public static bool CanWriteGsBase => (getauxval(HardwareCapabilities2) & HasFsGsBase) != 0;

    /// <summary>
    /// Size of the frame that the kernel pushes for a signal (AT_MINSIGSTKSZ); 0 on old kernels.
    /// </summary>
    public static nuint SignalFrameBytes => getauxval(51);

    /// <summary>Sets the calling thread's gs base by a system call.</summary>
    public static void SetGsBase(nuint value)
    {
        if (syscall(SystemCallArchPrctl, SetGs, (nint)value) != 0)
            throw new PlatformNotSupportedException(
                "arch_prctl(ARCH_SET_GS) is refused here, so no driver can run");
    }

    [LibraryImport("libc")]
    private static partial nuint getauxval(nuint type);

    [LibraryImport("libc")]
    private static partial nint syscall(nint number, nint first, nint second);
}
