// The byte search that comes before any decoding: most images hold no privileged instruction and no fixed
// address, and a search for a few bytes costs microseconds. What it finds need not be an instruction.
// It knows nothing about where instructions begin; see PatchScanner.cs.
using System.Buffers.Binary;

namespace OpenWsk.Loader;

/// <summary>Finds bytes that may be instructions of interest.</summary>
internal static class CandidateBytes
{
    private const ulong BeforePage = 0x1000;
    private const ulong AfterPage = 0x2000;

    // mov r64,cr and mov cr,r64; syscall; sysenter; int 80h, each of which the host would take for its own;
    // lss, lfs, lgs, pop fs, pop gs, wrfsbase and wrgsbase, after which a thread's own data is lost.
    private static readonly byte[][] s_pairs =
    [
        [0x0F, 0x20], [0x0F, 0x22], [0x0F, 0x05], [0x0F, 0x34], [0xCD, 0x80],
        [0x0F, 0xB2], [0x0F, 0xB4], [0x0F, 0xB5], [0x0F, 0xA1], [0x0F, 0xA9], [0x0F, 0xAE],
    ];

    private static ReadOnlySpan<byte> PageTail => [0xF7, 0xFF, 0xFF];

    /// <summary>How many reads and writes of cr8 there can be at most.</summary>
    public static int CountIrql(ReadOnlySpan<byte> code) => Count(code, s_pairs[0]) + Count(code, s_pairs[1]);

    /// <summary>Whether the bytes hold an address of the page of Windows, anywhere.</summary>
    public static bool HasPage(ReadOnlySpan<byte> bytes)
    {
        for (var at = 0; ; at++)
        {
            var next = bytes[at..].IndexOf(PageTail);
            if (next < 0)
                return false;
            at += next;
            if (at >= 5 && IsNearPage(BinaryPrimitives.ReadUInt64LittleEndian(bytes[(at - 5)..])))
                return true;
        }
    }

    /// <summary>Adds the offset of each place in the code that is worth decoding.</summary>
    public static void Find(ReadOnlySpan<byte> code, List<int> offsets)
    {
        foreach (var pair in s_pairs)
        {
            for (var at = 0; code[at..].IndexOf(pair) is >= 0 and var next; at += next + 1)
                offsets.Add(at + next);
        }
        for (var at = 0; code[at..].IndexOf(PageTail) is >= 0 and var next; at += next + 1)
        {
            var start = at + next - 5;
            if (start >= 0 && IsNearPage(BinaryPrimitives.ReadUInt64LittleEndian(code[start..])))
                offsets.Add(start);
        }
        // Far branches are FF /3 and /5 with a memory operand, loads of fs and gs 8E /4 and /5.
        FindByOperand(
            code, 0xFF, offsets, static operand => operand < 0xC0 && ((operand >> 3) & 7) is 3 or 5);
        FindByOperand(code, 0x8E, offsets, static operand => ((operand >> 3) & 7) is 4 or 5);
    }

    /// <summary>Whether an immediate is the page's address with some displacement added.</summary>
    public static bool IsNearPage(ulong value) =>
        value - (SharedPage.WindowsAddress - BeforePage) < BeforePage + AfterPage;

    private static void FindByOperand(
        ReadOnlySpan<byte> code, byte first, List<int> offsets, Func<byte, bool> isWanted)
    {
        for (var at = 0; at + 1 < code.Length; at++)
        {
            var next = code[at..^1].IndexOf(first);
            if (next < 0)
                return;
            at += next;
            if (isWanted(code[at + 1]))
                offsets.Add(at);
        }
    }

    private static int Count(ReadOnlySpan<byte> code, ReadOnlySpan<byte> pair)
    {
        var count = 0;
        for (var at = 0; code[at..].IndexOf(pair) is >= 0 and var next; at += next + 1)
            count++;
        return count;
    }
}
