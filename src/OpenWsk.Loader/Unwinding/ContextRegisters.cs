// Copies what a processor has of a context: general and vector registers, flags, the floating-point state.
// The rest, 464 bytes for a debugger, is copied only where guest code gets to see it. It knows nothing about
// frames; see FrameCursor.cs.
using System.Runtime.CompilerServices;
using OpenWsk.Abi;

namespace OpenWsk.Loader;

/// <summary>Copies registers between contexts.</summary>
internal static unsafe class ContextRegisters
{
    private const uint RegisterBytes = 0x300;

    /// <summary>Leaves what is behind the registers as it is.</summary>
    public static void Copy(CONTEXT* source, CONTEXT* target) =>
        Unsafe.CopyBlock(target, source, RegisterBytes);
}
