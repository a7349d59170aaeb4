// What the generated unmanaged entries call: which world the guest code belongs to that called, and what
// becomes of an exception that reaches native frames. No exception may cross them: the world's machine code
// abandons the guest frames instead. The world is the machine code's to say: the thread's current world may
// have changed meanwhile, when a routine of one world looked into another.
namespace OpenWsk.Kernel;

/// <summary>The edge between guest code and ours.</summary>
public static class GuestBoundary
{
    [ThreadStatic]
    private static KernelThread? t_thread;

    /// <summary>The thread whose guest code called, in the world of that code.</summary>
    public static KernelThread Thread => t_thread ?? throw Unknown();

    /// <summary>The world whose guest code runs on this thread, innermost.</summary>
    public static Executive Current => Thread.Executive;

    /// <summary>
    /// Called by a world's machine code when the guest code that this thread runs becomes another world's.
    /// </summary>
    public static void SetThread(KernelThread? thread)
    {
        if (t_thread is { } before)
            before.IsGuestCurrent = false;
        t_thread = thread;
        if (thread is not null)
            thread.IsGuestCurrent = true;
    }

    /// <summary>
    /// Hands an exception to the machine code under it; the value is what the entry returns meanwhile.
    /// </summary>
    public static ulong Unwind(Exception exception)
    {
        var native = t_thread?.Executive.Code.Native;
        if (native is null)
            Environment.FailFast("an exception reached native code outside any world", exception);
        native!.Unwind(exception);
        return 0;
    }

    private static InvalidOperationException Unknown() =>
        new("guest code runs on a thread that no world knows");
}
