// The port through which the kernel runs and is called by machine code. OpenWsk.Loader implements it; a world
// of managed clients has none. It knows nothing about images: only addresses, arguments and threads.
using OpenWsk.Abi;
using OpenWsk.Ports;

namespace OpenWsk.Kernel;

/// <summary>Machine code for one world.</summary>
public interface INativeCode
{
    /// <summary>
    /// The address at which guest code can call the routine with the Microsoft x64 convention.
    /// </summary>
    nuint Bind(Routine routine);

    /// <summary>
    /// Address of machine code without arguments that returns the processor's time stamp; 0 where that
    /// counts no time, or time is virtual.
    /// </summary>
    nint TimeStamp => 0;

    /// <summary>Whether the address lies in guest code or in a thunk of this world.</summary>
    bool IsNative(nuint address);

    /// <summary>
    /// Calls guest code on the calling thread, which is given, and returns rax.
    /// When the guest is abandoned meanwhile, the
    /// exception given to <see cref="Unwind"/> is thrown from here.
    /// </summary>
    ulong Call(KernelThread thread, nuint target, ReadOnlySpan<ulong> arguments);

    /// <summary>
    /// Takes an exception that a routine threw under guest code. The guest frames up to the innermost
    /// <see cref="Call"/> are abandoned, and the exception goes on there.
    /// </summary>
    void Unwind(Exception exception);

    /// <summary>
    /// Makes the calling thread able to run guest code; returns its KPCR, with the IRQL byte at 0x50.
    /// </summary>
    nuint AttachThread(KernelThread thread);

    /// <summary>
    /// Gives back what <see cref="AttachThread"/> made; called on the same thread, or when it has ended.
    /// </summary>
    void DetachThread(KernelThread thread);

    /// <summary>
    /// Return addresses of the calling thread's guest frames, innermost first; returns how many there are.
    /// </summary>
    /// <remarks>
    /// Cheap enough for each allocation. Frames of C# between guest frames are left out. 0 outside guest
    /// code.
    /// </remarks>
    int CaptureStack(Span<nuint> addresses);

    /// <summary>
    /// The registers and the stack of the guest code that called the routine running on this thread; null
    /// outside guest code.
    /// </summary>
    FaultSnapshot? TakeSnapshot();

    /// <summary>
    /// The address in guest code to which the routine that runs on this thread returns; 0 outside guest code.
    /// </summary>
    nuint CallerAddress { get; }

    /// <summary>Names an address as reports do: image and offset, routine, or the bare number.</summary>
    string NameAddress(nuint address);

    /// <summary>Memory with guards, for the world's blocks; null where the host has none.</summary>
    IGuardPages? GuardPages { get; }

    /// <summary>
    /// The bug check of an exception that left code of ours because of a wild pointer of the guest's, used
    /// where no guest code had called; null for every other exception.
    /// </summary>
    BugCheck? ExplainHostFault(Exception exception);

    /// <summary>Whether one byte can be read, or read and written; any address may be given.</summary>
    bool CanAccess(nuint address, bool isWrite);

    /// <summary>
    /// Takes the world's threads out of guest code at its end; false when one stays in it.
    /// </summary>
    bool TryEnd();

    /// <summary>
    /// Copies bytes from anywhere, without a fault where nothing is mapped; returns how many there were.
    /// </summary>
    int ReadSafely(nuint source, Span<byte> target) => MemoryAccess.Copy(source, target);
}
