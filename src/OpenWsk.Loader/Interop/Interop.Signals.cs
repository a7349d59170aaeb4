// sigaction(2), tgkill(2), gettid(2): who handles a signal, and sending one to a single thread. The structure
// is that of glibc and musl on x64: handler, mask, flags, restorer; 152 bytes. It knows nothing about
// handlers: see Faults/FaultSignals.cs.
using System.Runtime.InteropServices;

namespace OpenWsk.Loader;

internal static unsafe partial class Interop
{
    private const int ActionBytes = 152;
    private const int ActionFlags = 136;
    private const int SignalInfo = 0x4;
    private const int OwnStack = 0x0800_0000;
    private const int Restart = 0x1000_0000;
    private const nint SystemCallGetTid = 186;
    private const nint SystemCallTgKill = 234;

    /// <summary>The calling thread's id in the system.</summary>
    public static int HostThreadId => (int)syscall(SystemCallGetTid, 0, 0);

    /// <summary>The handler that a signal has; 0 is the system's default.</summary>
    public static nuint HandlerOf(int signal)
    {
        var action = stackalloc byte[ActionBytes];
        Check(sigaction(signal, null, action));
        return *(nuint*)action;
    }

    /// <summary>Replaces the handler that a signal has and keeps the flags.</summary>
    /// <remarks>
    /// The flags must stay: the runtime relies on which of its signals run on a stack of their own.
    /// </remarks>
    public static void ReplaceHandler(int signal, nuint handler)
    {
        var action = stackalloc byte[ActionBytes];
        Check(sigaction(signal, null, action));
        *(nuint*)action = handler;
        Check(sigaction(signal, action, null));
    }

    /// <summary>Sets the handler of a signal that nobody handles; false when somebody does.</summary>
    public static bool TrySetHandler(int signal, nuint handler)
    {
        if (HandlerOf(signal) != 0)
            return false;
        var action = stackalloc byte[ActionBytes];
        new Span<byte>(action, ActionBytes).Clear();
        *(nuint*)action = handler;
        *(int*)(action + ActionFlags) = SignalInfo | OwnStack | Restart;
        Check(sigaction(signal, action, null));
        return true;
    }

    /// <summary>Sends a signal to one thread; a thread that has ended is none.</summary>
    public static void SignalThread(int threadId, int signal) =>
        _ = syscall3(SystemCallTgKill, Environment.ProcessId, threadId, signal);

    private static void Check(int result)
    {
        if (result != 0)
            throw new PlatformNotSupportedException("sigaction is refused here, so no driver can run");
    }

    [LibraryImport("libc")]
    private static partial int sigaction(int signal, byte* action, byte* previous);

    [LibraryImport("libc", EntryPoint = "syscall")]
    private static partial nint syscall3(nint number, nint first, nint second, nint third);
}
