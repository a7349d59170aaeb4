// What an address in a driver is called: function, distance from its start, and the line where one is known.
// It knows nothing about where the name came from; ImageSymbols.Source says it.
namespace OpenWsk.Loader;

/// <summary>A named place in code.</summary>
/// <param name="Function">The function's name as its source has it, or as the linker does.</param>
/// <param name="OffsetBytes">How far behind the function's start the place is. Units: bytes.</param>
/// <param name="File">The source file as the compiler recorded it; null when lines are unknown.</param>
/// <param name="Line">The line, from 1; 0 when unknown.</param>
public sealed record CodeName(string Function, uint OffsetBytes, string? File, int Line)
{
    /// <summary>Function and distance: <c>Connect+0x1c</c>.</summary>
    public string Place => OffsetBytes == 0 ? Function : $"{Function}+0x{OffsetBytes:x}";
}
