// Which of a few places in an image may be jumped to. It must never miss one, because the jump would land in
// the middle of a patch; to name one too many costs a trap. Beside the targets of decoded branches counts
// whatever four or eight bytes anywhere would lead to a place as RVA, address or entry of a jump table; in
// code that does not decode to its end, all bytes count as displacements too.
// It knows nothing about patches; see PatchScanner.cs.
using System.Buffers.Binary;
using System.Runtime.InteropServices;

namespace OpenWsk.Loader;

/// <summary>Answers for the places given whether anything may lead there.</summary>
internal sealed class BranchTargets
{
    // How far a branch of two bytes leads at most.
    private const uint ShortReach = 130;

    private const int RelativeBytes = 4;
    private const byte RexW = 0x48;
    private const byte RexWr = 0x4C;
    private const byte Lea = 0x8D;
    private const int LeaBytes = 7;
    private readonly HashSet<uint> _asked;
    private readonly HashSet<uint> _reached = [];
    private readonly uint _lowest;
    private readonly uint _span;

    public BranchTargets(
        ReadOnlySpan<byte> image, ulong imageBase, DriverImage layout, IReadOnlyCollection<uint> places,
        IReadOnlyList<CodeRegion> undecodable)
    {
        _asked = [.. places];
        if (_asked.Count == 0)
            return;
        _lowest = _asked.Min();
        _span = _asked.Max() - _lowest;
        FindAddresses(image, imageBase);
        foreach (var section in layout.Sections)
        {
            if (!PatchScanner.IsCode(layout, section))
                continue;
            var end = (int)Math.Min(section.EndRva, (uint)image.Length);
            FindTables(image, section, end);
        }
        foreach (var region in undecodable)
        {
            FindDisplacements(image, (int)region.Start, (int)region.End);
            foreach (var place in _asked)
                FindShortBranches(image, region, place);
        }
    }

    /// <summary>Adds targets of branches that were decoded.</summary>
    public void Add(IEnumerable<uint> targets)
    {
        foreach (var target in targets)
            Reach(target);
    }

    /// <summary>Whether something may jump to the place, which must be one of those asked for.</summary>
    public bool Contains(uint rva) => _reached.Contains(rva);

    private void Reach(uint rva)
    {
        if (rva - _lowest <= _span && _asked.Contains(rva))
            _reached.Add(rva);
    }

    // RVAs (.pdata, scope tables, jump tables) and relocated addresses, at any alignment.
    private void FindAddresses(ReadOnlySpan<byte> image, ulong imageBase)
    {
        var baseLow = (uint)imageBase + _lowest;
        for (var at = 0; at + RelativeBytes <= image.Length; at++)
        {
            var value = MemoryMarshal.Read<uint>(image[at..]);
            if (value - _lowest <= _span)
                Reach(value);
            if (value - baseLow <= _span)
                Reach(value - (uint)imageBase);
        }
    }

    // Jumps, calls and lea, whose displacement counts from its own end.
    private void FindDisplacements(ReadOnlySpan<byte> image, int start, int end)
    {
        for (var at = start; at + RelativeBytes <= end; at++)
        {
            var target = (uint)(at + RelativeBytes) + MemoryMarshal.Read<uint>(image[at..]);
            if (target - _lowest <= _span)
                Reach(target);
        }
    }

    // Tables of displacements from the table's own start, as clang and gcc make them: the start is loaded by
    // lea. A table ends where an entry leads out of the section.
    private void FindTables(ReadOnlySpan<byte> image, ImageSection section, int end)
    {
        for (var at = (int)section.Rva; at + LeaBytes <= end; at++)
        {
            if (image[at] is not (RexW or RexWr) || image[at + 1] != Lea || (image[at + 2] & 0xC7) != 5)
                continue;
            var table = (uint)(at + LeaBytes) + MemoryMarshal.Read<uint>(image[(at + 3)..]);
            var last = (ulong)image.Length - RelativeBytes;
            for (ulong entry = table; entry <= last; entry += RelativeBytes)
            {
                var target = table + BinaryPrimitives.ReadUInt32LittleEndian(image[(int)entry..]);
                if (!section.Contains(target))
                    break;
                Reach(target);
            }
        }
    }

    // jmp, jcc, loop and jrcxz with a displacement of one byte.
    private void FindShortBranches(ReadOnlySpan<byte> image, CodeRegion region, uint place)
    {
        var first = (int)Math.Max(region.Start, (long)place - ShortReach);
        var last = (int)Math.Min(Math.Min(image.Length - 2, region.End), place + ShortReach);
        for (var at = first; at <= last; at++)
        {
            if (image[at] is not (0xEB or (>= 0x70 and <= 0x7F) or (>= 0xE0 and <= 0xE3)))
                continue;
            if ((uint)(at + 2 + (sbyte)image[at + 1]) == place)
                Reach(place);
        }
    }
}
