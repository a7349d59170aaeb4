// process_vm_readv(2) on our own process: copies memory that may not be there without a signal.
// It knows nothing about whose memory it is; see Crash/MemoryReader.cs.
using System.Runtime.InteropServices;

namespace OpenWsk.Loader;

internal static unsafe partial class Interop
{
    [StructLayout(LayoutKind.Sequential)]
    private struct IoVector
    {
        public nuint Start;
        public nuint LengthBytes;
    }

    /// <summary>Copies bytes; returns how many from the start could be read.</summary>
    public static int ReadOwnMemory(nuint address, Span<byte> destination)
    {
        fixed (byte* to = destination)
        {
            var local = new IoVector { Start = (nuint)to, LengthBytes = (nuint)destination.Length };
            var remote = new IoVector { Start = address, LengthBytes = (nuint)destination.Length };
            var count = process_vm_readv(Environment.ProcessId, &local, 1, &remote, 1, 0);
            return count < 0 ? 0 : (int)count;
        }
    }

    [LibraryImport("libc", SetLastError = true)]
    private static partial nint process_vm_readv(
        int process, IoVector* local, nuint localCount, IoVector* remote, nuint remoteCount, nuint flags);
}
