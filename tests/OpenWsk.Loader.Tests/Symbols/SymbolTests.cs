// Names of code: what our readers call every address of a driver is what LLVM's symbolizer calls it, for each
// kind of debug data; PDB files are matched by their identity. Damaged data is SymbolFuzzTests.cs.
namespace OpenWsk.Loader.Tests;

public sealed class SymbolTests
{
    [CapabilityTheory("clang", "lld", "mingw", "symbolizer")]
    [MemberData(nameof(SymbolDrivers.Kinds), MemberType = typeof(SymbolDrivers))]
    public void Every_instruction_has_the_name_that_llvm_gives_it(string kind)
    {
        var path = SymbolDrivers.PathOf(kind);
        var image = DriverImage.Read(File.ReadAllBytes(path), path);
        var symbols = ImageSymbols.Read(image, []);
        Assert.Empty(symbols.Notes);
        var text = image.Sections.First(s => s.Name == ".text");
        var addresses = CodeAddresses(image, text).ToList();
        var expected = SymbolDrivers.Ask(path, addresses.Select(rva => image.PreferredBase + rva));
        Assert.Equal(addresses.Count, expected.Count);
        var compared = 0;
        for (var i = 0; i < addresses.Count; i++)
        {
            var name = symbols.Find(addresses[i]);
            // Padding between functions belongs to nobody for LLVM, and to nobody or the one before for us.
            if (expected[i].Function == "??" || expected[i].Line == 0)
                continue;
            var place = $"{kind}: {image.Name}+0x{addresses[i]:x}";
            Assert.True(name is not null, place);
            Assert.Equal((place, expected[i].Function), (place, name.Function));
            Assert.Equal((place, expected[i].Line), (place, name.Line));
            Assert.Equal((place, "symbols.c"), (place, Path.GetFileName(name.File)));
            compared++;
        }
        Assert.True(compared > 40, $"only {compared} addresses were compared");
    }

    [CapabilityFact("mingw")]
    public void A_driver_without_debug_data_has_the_names_of_its_symbol_table()
    {
        var symbols = Read(SymbolDrivers.PathOf("mingw -O2"), out var image);
        Assert.Contains("COFF symbols", symbols.Sources);
        var name = symbols.Find(image.EntryRva + 3);
        Assert.Equal(new CodeName("DriverEntry", 3, null, 0), name);
        Assert.Equal("DriverEntry+0x3", name!.Place);
    }

    [CapabilityFact("mingw")]
    public void Long_names_come_from_the_string_table()
    {
        var symbols = Read(SymbolDrivers.PathOf("mingw -O2"), out var image);
        var names = image.Sections.First(s => s.Name == ".text") is { } text
            ? Enumerable.Range((int)text.Rva, (int)text.ExtentBytes)
                .Select(i => symbols.Find((uint)i)?.Function)
            : [];
        Assert.Contains("a_function_whose_name_is_longer_than_eight_bytes", names);
    }

    [CapabilityFact("clang", "lld")]
    public void A_pdb_is_found_beside_the_driver_or_in_a_given_folder_or_in_a_symbol_store()
    {
        var path = SymbolDrivers.PathOf("pdb -O0");
        var bytes = File.ReadAllBytes(path);
        using var folder = new TemporaryFolder();
        var alone = DriverImage.Read(bytes, "symbols.sys");
        Assert.Empty(ImageSymbols.Read(alone, []).Sources);
        Assert.Empty(ImageSymbols.Read(alone, [folder.Path]).Sources);
        var pdb = Path.ChangeExtension(path, ".pdb");
        Assert.Equal(["PDB symbols.pdb"], ImageSymbols.Read(alone, [Path.GetDirectoryName(pdb)!]).Sources);
        var key = ImageSymbols.Read(alone, []).Pdb!.StoreKey;
        var store = Path.Combine(folder.Path, "symbols.pdb", key);
        Directory.CreateDirectory(store);
        File.Copy(pdb, Path.Combine(store, "symbols.pdb"));
        Assert.Equal(["PDB symbols.pdb"], ImageSymbols.Read(alone, [folder.Path]).Sources);
    }

    [CapabilityFact("clang", "lld")]
    public void A_pdb_of_another_build_is_not_used_and_named()
    {
        using var folder = new TemporaryFolder();
        File.Copy(
            Path.ChangeExtension(SymbolDrivers.PathOf("pdb -O2"), ".pdb"),
            Path.Combine(folder.Path, "symbols.pdb"));
        var image = DriverImage.Read(File.ReadAllBytes(SymbolDrivers.PathOf("pdb -O0")), "symbols.sys");
        var symbols = ImageSymbols.Read(image, [folder.Path]);
        Assert.Empty(symbols.Sources);
        Assert.StartsWith("symbols.pdb is of another build: it is ", Assert.Single(symbols.Notes));
    }

    private static ImageSymbols Read(string path, out DriverImage image)
    {
        image = DriverImage.Read(File.ReadAllBytes(path), path);
        return ImageSymbols.Read(image, []);
    }

    // Every third byte of the code: instructions are short, so each function is met often.
    private static IEnumerable<uint> CodeAddresses(DriverImage image, ImageSection text)
    {
        for (var rva = text.Rva; rva < text.Rva + Math.Min(text.FileBytes, 0x300u); rva += 3)
        {
            if (rva < image.SizeBytes)
                yield return rva;
        }
    }
}
