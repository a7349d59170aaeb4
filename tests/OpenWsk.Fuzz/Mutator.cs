// Makes a broken driver of a whole one: what is changed, and how, follows from the seed alone. Headers and
// tables are changed to test who reads images; code, unwind data and import names to test who survives what
// then runs. It knows nothing about running; see FuzzRun.cs.
using System.Buffers.Binary;
using OpenWsk.Loader;

namespace OpenWsk.Fuzz;

/// <summary>A mutated driver.</summary>
/// <param name="Name">The driver that it was.</param>
/// <param name="What">What was done to it, for reports.</param>
internal sealed record Mutant(string Name, string What, byte[] File);

/// <summary>Mutates drivers.</summary>
internal sealed class Mutator(Corpus corpus)
{
    private const int ChangesMax = 6;
    private const int LongestRun = 16;

    // Values that parsers and code stumble over.
    private static readonly uint[] s_edges =
        [0, 1, 2, 7, 8, 0x7F, 0x80, 0xFF, 0x100, 0xFFF, 0x1000, 0x7FFF_FFFF, 0x8000_0000, 0xFFFF_FFFF];

    private delegate string Change(byte[] file, Range where, Random random);

    /// <summary>The mutant of a seed; the same one wherever the corpus is the same.</summary>
    public Mutant Make(long seed)
    {
        var random = new Random(unchecked((int)(seed * 2654435761L ^ seed >> 32)));
        var (name, original) = corpus[random.Next(corpus.Count)];
        var file = (byte[])original.Clone();
        var regions = Regions(original, name);
        var (region, where) = regions[Pick(random, regions.Count)];
        Change change = random.Next(4) switch
        {
            0 => FlipBits,
            1 => SetBytes,
            2 => SetWord,
            _ => CopyWithin,
        };
        var count = 1 + random.Next(ChangesMax);
        var done = Enumerable.Range(0, count).Select(_ => change(file, where, random)).ToList();
        return new Mutant(name, $"{region}: {string.Join(", ", done)}", file);
    }

    // Code is where the surprises are: half of all mutants; the rest is spread evenly.
    private static int Pick(Random random, int regions) =>
        random.Next(2) == 0 ? 0 : random.Next(regions);

    private static List<(string, Range)> Regions(byte[] file, string name)
    {
        var image = DriverImage.Read(file, name);
        var regions = image.Sections
            .Where(section => section.FileBytes > 0)
            .OrderByDescending(section => section.Name == ".text")
            .Select(section => (section.Name,
                (int)section.FileOffset..(int)(section.FileOffset + section.FileBytes)))
            .ToList();
        regions.Add(("headers", 0..(int)Math.Min(0x400, file.Length)));
        return regions;
    }

    private static string FlipBits(byte[] file, Range where, Random random)
    {
        var at = Place(file, where, 1, random);
        var bit = random.Next(8);
        file[at] ^= (byte)(1 << bit);
        return $"bit {bit} of 0x{at:x}";
    }

    private static string SetBytes(byte[] file, Range where, Random random)
    {
        var length = 1 + random.Next(LongestRun);
        var at = Place(file, where, length, random);
        random.NextBytes(file.AsSpan(at, Math.Min(length, file.Length - at)));
        return $"{length} bytes at 0x{at:x}";
    }

    private static string SetWord(byte[] file, Range where, Random random)
    {
        var at = Place(file, where, 4, random);
        var value = s_edges[random.Next(s_edges.Length)];
        if (at + 4 <= file.Length)
            BinaryPrimitives.WriteUInt32LittleEndian(file.AsSpan(at), value);
        return $"0x{value:x} at 0x{at:x}";
    }

    private static string CopyWithin(byte[] file, Range where, Random random)
    {
        var length = 1 + random.Next(LongestRun);
        var (from, to) = (Place(file, where, length, random), Place(file, where, length, random));
        var fits = Math.Min(length, file.Length - Math.Max(from, to));
        file.AsSpan(from, fits).ToArray().CopyTo(file.AsSpan(to));
        return $"{fits} bytes of 0x{from:x} at 0x{to:x}";
    }

    private static int Place(byte[] file, Range where, int length, Random random)
    {
        var (offset, span) = where.GetOffsetAndLength(file.Length);
        return offset + random.Next(Math.Max(1, span - length + 1));
    }
}
