// Debug data is hostile input: whatever is changed in it, the reader answers with fewer names and a reason,
// quickly and without an exception. Random changes are from a fixed seed.
using System.Buffers.Binary;

namespace OpenWsk.Loader.Tests;

public sealed class SymbolFuzzTests
{
    private const int Rounds = 400;

    [CapabilityTheory("clang", "lld", "mingw")]
    [InlineData("dwarf4 -O0")]
    [InlineData("dwarf5 -O2")]
    [InlineData("mingw4 -O2")]
    [InlineData("mingw5 -O0")]
    public void Changed_debug_data_gives_fewer_names_and_nothing_else(string kind)
    {
        var original = File.ReadAllBytes(SymbolDrivers.PathOf(kind));
        var clean = DriverImage.Read(original, "symbols.sys");
        var start = DebugStart(clean);
        var random = new Random(20261122);
        var (damaged, whole) = (0, 0);
        for (var round = 0; round < Rounds; round++)
        {
            var file = Mutate(original, start, random);
            var symbols = ImageSymbols.Read(DriverImage.Read(file, "symbols.sys"), []);
            AskEverywhere(symbols, clean);
            _ = symbols.Notes.Count != 0 ? damaged++ : whole++;
        }
        Assert.True(damaged > Rounds / 20 && whole > 0, $"{damaged} damaged, {whole} whole");
    }

    [CapabilityFact("clang", "lld")]
    public void A_changed_pdb_gives_fewer_names_and_nothing_else()
    {
        var path = SymbolDrivers.PathOf("pdb -O0");
        var image = DriverImage.Read(File.ReadAllBytes(path), "symbols.sys");
        var original = File.ReadAllBytes(Path.ChangeExtension(path, ".pdb"));
        using var folder = new TemporaryFolder();
        var random = new Random(20261122);
        var damaged = 0;
        for (var round = 0; round < Rounds; round++)
        {
            // Half of the changes hit the container's head and directory, where they do most.
            var pdb = Mutate(original, round % 2 == 0 ? 0 : original.Length - 8192, random);
            File.WriteAllBytes(Path.Combine(folder.Path, "symbols.pdb"), pdb);
            var symbols = ImageSymbols.Read(image, [folder.Path]);
            AskEverywhere(symbols, image);
            damaged += symbols.Notes.Count != 0 ? 1 : 0;
        }
        Assert.True(damaged > Rounds / 20, $"{damaged} damaged");
    }

    [Fact]
    public void A_file_that_announces_more_than_it_has_is_refused_before_anything_is_allocated()
    {
        var file = new byte[4096];
        "Microsoft C/C++ MSF 7.00\r\n\x1a\x44S\0\0\0"u8.CopyTo(file);
        BinaryPrimitives.WriteUInt32LittleEndian(file.AsSpan(32), 512);
        BinaryPrimitives.WriteUInt32LittleEndian(file.AsSpan(44), 0xFFFF_FFF0);
        BinaryPrimitives.WriteUInt32LittleEndian(file.AsSpan(52), 2);
        var before = GC.GetAllocatedBytesForCurrentThread();
        Assert.Throws<SymbolFormatException>(() => new PdbFile(file, new SymbolBudget()));
        Assert.True(GC.GetAllocatedBytesForCurrentThread() - before < 1 << 20);
    }

    [Fact]
    public void Work_is_bounded()
    {
        var budget = new SymbolBudget();
        budget.Spend(1 << 20);
        Assert.Throws<SymbolFormatException>(() => budget.Spend(1 << 30));
        Assert.Throws<SymbolFormatException>(() => budget.SpendText(1 << 30));
    }

    private static void AskEverywhere(ImageSymbols symbols, DriverImage image)
    {
        for (uint rva = 0; rva < image.SizeBytes; rva += 64)
            _ = symbols.Find(rva);
    }

    // Debug sections have long names, kept in the string table, and come last but for the symbol table.
    private static int DebugStart(DriverImage image) =>
        (int)image.Sections.Where(s => s.Name.StartsWith('/')).Min(s => s.FileOffset);

    private static byte[] Mutate(byte[] original, int start, Random random)
    {
        var file = (byte[])original.Clone();
        uint[] values = [0, 1, 0x7FFF_FFFF, 0x8000_0000, 0xFFFF_FFFF, 0xFFFF_FFF0, (uint)random.Next()];
        for (var changes = random.Next(1, 30); changes > 0; changes--)
        {
            var offset = random.Next(Math.Max(start, 0), file.Length - 4);
            if (random.Next(3) == 0)
                BinaryPrimitives.WriteUInt32LittleEndian(
                    file.AsSpan(offset), values[random.Next(values.Length)]);
            else
                file[offset] = (byte)random.Next(256);
        }
        return file;
    }
}
