// The one range of memory that unwinding reads: the calling thread's guest stack, which stays mapped as long
// as the thread has its block. A stack pointer that leads elsewhere ends the unwinding; nothing is
// dereferenced on trust. It knows nothing about frames.
namespace OpenWsk.Loader;

/// <summary>Checked reads of a stack.</summary>
internal readonly unsafe struct GuestStack(nuint low, nuint high)
{
    public nuint Low { get; } = low;

    public nuint High { get; } = high;

    public static GuestStack Of(ThreadBlock block) => new(block.StackStart, block.StackEnd);

    /// <summary>Whether that many bytes from the address on are on the stack.</summary>
    public bool Contains(ulong address, ulong lengthBytes) =>
        address >= Low && address <= High && lengthBytes <= High - address;

    public bool TryRead(ulong address, out ulong value)
    {
        value = 0;
        if (!Contains(address, 8))
            return false;
        value = *(ulong*)address;
        return true;
    }
}
