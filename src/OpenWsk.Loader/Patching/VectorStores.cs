// Whether code may change the vector registers that a function must preserve (xmm6 to xmm15): whoever does
// has to store them first, so code without a store of one of them leaves them alone. It looks at bytes and
// not at instructions: what is no store may look like one, and never the other way round. It knows nothing
// about what follows; see NativeCode.Vectors.cs.
namespace OpenWsk.Loader;

/// <summary>Finds stores of xmm6 to xmm15.</summary>
internal static class VectorStores
{
    private const byte Vex2 = 0xC5;
    private const byte Vex3 = 0xC4;
    private const byte Evex = 0x62;

    // movups, movaps, movdqa and movdqu to memory, and what differs from them in a prefix only.
    private static readonly byte[][] s_stores = [[0x0F, 0x11], [0x0F, 0x29], [0x0F, 0x7F]];

    /// <summary>Whether the image may change them.</summary>
    public static bool MayBeIn(DriverImage image)
    {
        if (image.IsFlat)
            return true;
        foreach (var section in image.Sections)
        {
            if ((section.Access & SectionAccess.Execute) == 0)
                continue;
            var length = (int)Math.Min(section.FileBytes, section.ExtentBytes);
            if (MayBeIn(image.File.Span.Slice((int)section.FileOffset, length)))
                return true;
        }
        return false;
    }

    /// <summary>Whether these bytes of code hold a store of one of them.</summary>
    public static bool MayBeIn(ReadOnlySpan<byte> code)
    {
        foreach (var store in s_stores)
        {
            for (var at = 0; code[at..].IndexOf(store) is >= 0 and var next; at += next + 1)
            {
                if (IsPreserved(code, at + next + 2, IsExtended(code, at + next - 1)))
                    return true;
            }
        }
        return HasEncoded(code, Vex2, 2) || HasEncoded(code, Vex3, 3) || HasEncoded(code, Evex, 4);
    }

    // The prefix's second byte has the register's upper bit inverted, then comes the opcode.
    private static bool HasEncoded(ReadOnlySpan<byte> code, byte prefix, int opcodeOffset)
    {
        for (var at = 0; code[at..].IndexOf(prefix) is >= 0 and var next; at += next + 1)
        {
            var start = at + next;
            if (start + opcodeOffset + 1 < code.Length && code[start + opcodeOffset] is 0x11 or 0x29 or 0x7F
                && IsPreserved(code, start + opcodeOffset + 1, (code[start + 1] & 0x80) == 0))
                return true;
        }
        return false;
    }

    private static bool IsExtended(ReadOnlySpan<byte> code, int at) => at >= 0 && (code[at] & 0xF4) == 0x44;

    // Between registers nothing is stored.
    private static bool IsPreserved(ReadOnlySpan<byte> code, int at, bool isExtended)
    {
        if (at >= code.Length)
            return false;
        var operand = code[at];
        return operand < 0xC0 && (isExtended || ((operand >> 3) & 7) >= 6);
    }
}
