// What the generated unmanaged entries call: which world the thread is in, and what becomes of an exception that
// reaches native frames. No exception may cross them: the world's machine code abandons the guest frames instead.
namespace OpenWsk.Kernel;

/// <summary>The edge between guest code and ours.</summary>
public static class GuestBoundary
{
    /// <summary>The world whose guest code runs on this thread.</summary>
    public static Executive Current =>
        KernelThread.Current?.Executive
        ?? throw new InvalidOperationException("guest code runs on a thread that no world knows");

    /// <summary>Hands an exception to the machine code under it; the value is what the entry returns meanwhile.</summary>
    public static ulong Unwind(Exception exception)
    {
        var native = KernelThread.Current?.Executive.Code.Native;
        if (native is null)
            Environment.FailFast("an exception reached native code outside any world", exception);
        native!.Unwind(exception);
        return 0;
    }
}
