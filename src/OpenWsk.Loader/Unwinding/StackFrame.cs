// One line of a stack trace of guest code: an address in an image, or the C# routine that lies between two
// stretches of guest frames. It knows nothing about symbols: whoever prints frames adds names to addresses.
namespace OpenWsk.Loader;

/// <summary>One frame of a guest's stack.</summary>
/// <param name="Address">
/// Where the frame goes on: the instruction itself for the innermost frame, a return address otherwise; for a
/// routine of C# the address of its thunk.
/// </param>
/// <param name="StackPointer">The stack pointer in the frame; 0 when it is not known.</param>
/// <param name="Image">The image's name, or null when the address lies in none.</param>
/// <param name="Offset">The address from the image's start.</param>
/// <param name="Routine">The name of the routine when the frame is one of C#, else null.</param>
public readonly record struct StackFrame(
    nuint Address, nuint StackPointer, string? Image, nuint Offset, string? Routine)
{
    /// <summary>Whether the frame is a routine of C# that guest code called.</summary>
    public bool IsRoutine => Routine is not null;

    /// <summary>image+offset, the routine's name, or the bare address.</summary>
    public override string ToString() =>
        Routine is not null ? Routine
        : Image is not null ? $"{Image}+0x{(ulong)Offset:x}"
        : $"0x{(ulong)Address:x}";
}
