// What the generated unmanaged entries call: which world the guest code belongs to that called, and what
// becomes of an exception that reaches native frames. No exception may cross them: the world's machine code
// abandons the guest frames instead. The world is the machine code's to say: the thread's current world may
// have changed meanwhile, when a routine of one world looked into another.
namespace OpenWsk.Kernel;

/// <summary>The edge between guest code and ours.</summary>
public static class GuestBoundary
{
    [ThreadStatic]
    private static Executive? t_world;

    /// <summary>The world whose guest code runs on this thread, innermost.</summary>
    public static Executive Current =>
        t_world ?? throw new InvalidOperationException("guest code runs on a thread that no world knows");

    /// <summary>
    /// Called by a world's machine code when the guest code that this thread runs becomes another world's.
    /// </summary>
    public static void SetWorld(Executive? world) => t_world = world;

    /// <summary>
    /// Hands an exception to the machine code under it; the value is what the entry returns meanwhile.
    /// </summary>
    public static ulong Unwind(Exception exception)
    {
        var native = t_world?.Code.Native;
        if (native is null)
            Environment.FailFast("an exception reached native code outside any world", exception);
        native!.Unwind(exception);
        return 0;
    }
}
