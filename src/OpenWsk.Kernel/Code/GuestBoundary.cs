// What the generated unmanaged entries call: which world the guest code belongs to that called, and what
// becomes of an exception that reaches native frames. No exception may cross them: the world's machine code
// abandons the guest frames instead. The world is the machine code's to say, by the number it gave the
// thread: the thread's current world may have changed meanwhile, when a routine of one world looked into
// another. It knows nothing about thunks; see INativeCode.cs.
using System.Runtime.CompilerServices;

namespace OpenWsk.Kernel;

/// <summary>The edge between guest code and ours.</summary>
public static class GuestBoundary
{
    private const int FirstNumbers = 64;

    [ThreadStatic]
    private static KernelThread? t_thread;

    // By number. A call from guest code reads it without a lock: the thread itself was added before. No
    // static field here has an initializer: unmanaged entries are compiled once, and code that may have to
    // initialize a class is not inlined in them.
    private static KernelThread?[]? s_threads;

    /// <summary>
    /// The thread whose guest code called, in the world of that code, by the number that machine code
    /// handed over.
    /// </summary>
    /// <remarks>Cheaper than a look at the thread's own state, which is a call each time.</remarks>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static KernelThread ThreadAt(ulong number)
    {
        // The numbers of machine code have 32 bits.
        var threads = s_threads!;
        var index = (uint)number;
        if (index >= (uint)threads.Length || threads[index] is not { } thread)
            throw Unknown();
        return thread;
    }

    /// <summary>Gives a thread in a world its number, before guest code runs on it.</summary>
    public static void Add(int number, KernelThread thread)
    {
        lock (Writers.Lock)
        {
            var threads = s_threads ?? new KernelThread?[FirstNumbers];
            if (number >= threads.Length)
                Array.Resize(ref threads, Math.Max(2 * threads.Length, number + 1));
            Invariant.That(threads[number] is null);
            threads[number] = thread;
            Volatile.Write(ref s_threads, threads);
        }
    }

    /// <summary>Takes the number back, when no guest code of that thread is left.</summary>
    public static void Remove(int number)
    {
        lock (Writers.Lock)
        {
            Invariant.That(s_threads?[number] is not null);
            s_threads![number] = null;
        }
    }

    /// <summary>
    /// Called by a world's machine code when the guest code that this thread runs becomes another world's.
    /// </summary>
    public static void SetThread(KernelThread? thread)
    {
        if (t_thread is { } before)
            before.GuestState = null;
        t_thread = thread;
        if (thread is not null)
            thread.GuestState = thread.NativeState;
    }

    /// <summary>
    /// Hands an exception to the machine code under it; the value is what the entry returns meanwhile.
    /// </summary>
    public static ulong Unwind(ulong number, Exception exception)
    {
        var threads = s_threads;
        var native = number < (ulong)(threads?.Length ?? 0) ? threads![number]?.Executive.Code.Native : null;
        if (native is null)
            Environment.FailFast("an exception reached native code outside any world", exception);
        threads![number]!.Flight?.AbandonInnermost();
        native!.Unwind(exception);
        return 0;
    }

    private static InvalidOperationException Unknown() =>
        new("guest code runs on a thread that no world knows");

    private static class Writers
    {
        internal static readonly Lock Lock = new();
    }
}
