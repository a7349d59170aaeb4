// The system calls of io_uring, and the few others that a ring needs. Each answers with a value that is
// negative (-errno) on failure. They know nothing about what the arguments mean.
using System.Runtime.InteropServices;

namespace OpenWsk.Net.Uring.Interop;

/// <summary>System calls.</summary>
internal static unsafe partial class UringCalls
{
    // The same on every architecture that was added to Linux since 5.1, x64 among those that got them later.
    private const long NumberSetup = 425;
    private const long NumberEnter = 426;
    private const long NumberRegister = 427;

    private const int ProtectReadWrite = 3;
    private const int MapSharedPopulate = 0x1 | 0x8000;
    private const int EventNonBlockingCloseOnExec = 0x800 | 0x80000;

    public static int Setup(uint entries, RingParameters* parameters) =>
        Outcome(SysCall(NumberSetup, (nint)entries, (nint)parameters, 0, 0, 0, 0));

    public static int Enter(
        int ring, uint submitted, uint wanted, uint flags, void* argument, nuint argumentBytes) =>
        Outcome(SysCall(
            NumberEnter, ring, (nint)submitted, (nint)wanted, (nint)flags, (nint)argument,
            (nint)argumentBytes));

    public static int Register(int ring, uint operation, void* argument, uint count) =>
        Outcome(SysCall(NumberRegister, ring, (nint)operation, (nint)argument, (nint)count, 0, 0));

    /// <summary>Maps memory of a ring; null when the system refuses.</summary>
    public static byte* Map(int ring, ulong offset, nuint bytes)
    {
        var address = SysMap(null, bytes, ProtectReadWrite, MapSharedPopulate, ring, (long)offset);
        return address == (void*)-1 ? null : (byte*)address;
    }

    public static void Unmap(byte* address, nuint bytes) => _ = SysUnmap(address, bytes);

    /// <summary>Gives whole pages back whose contents do not matter; they stay mapped.</summary>
    public static void DropPages(nuint address, nuint bytes)
    {
        const nuint page = 4096;
        const int dontNeed = 4;
        var first = (address + page - 1) & ~(page - 1);
        var end = (address + bytes) & ~(page - 1);
        if (first < end)
        {
            _ = SysAdvise((void*)first, end - first, dontNeed);
        }
    }

    public static int CreateEvent() => Outcome(SysEvent(0, EventNonBlockingCloseOnExec));

    /// <summary>Signals an event descriptor.</summary>
    public static void Signal(int descriptor)
    {
        var one = 1ul;
        _ = SysWrite(descriptor, &one, sizeof(ulong));
    }

    public static void Close(int descriptor) => _ = SysClose(descriptor);

    private static int Outcome(nint result) =>
        result < 0 ? -Marshal.GetLastPInvokeError() : (int)result;

    [LibraryImport("libc", EntryPoint = "syscall", SetLastError = true)]
    private static partial nint SysCall(
        long number, nint first, nint second, nint third, nint fourth, nint fifth, nint sixth);

    [LibraryImport("libc", EntryPoint = "mmap", SetLastError = true)]
    private static partial void* SysMap(
        void* address, nuint bytes, int protection, int flags, int descriptor, long offset);

    [LibraryImport("libc", EntryPoint = "munmap")]
    private static partial int SysUnmap(void* address, nuint bytes);

    [LibraryImport("libc", EntryPoint = "madvise")]
    private static partial int SysAdvise(void* address, nuint bytes, int advice);

    [LibraryImport("libc", EntryPoint = "eventfd", SetLastError = true)]
    private static partial int SysEvent(uint initial, int flags);

    [LibraryImport("libc", EntryPoint = "write")]
    private static partial nint SysWrite(int descriptor, void* bytes, nuint count);

    [LibraryImport("libc", EntryPoint = "close")]
    private static partial int SysClose(int descriptor);
}
