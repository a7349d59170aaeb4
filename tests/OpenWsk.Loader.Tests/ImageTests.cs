// What the loader says of images that are wrong, one test for each stable id, and what it reads of right
// ones. The images are written by TestImage.cs; no compiler is needed and nothing runs.
using System.Text;
using System.Text.RegularExpressions;

namespace OpenWsk.Loader.Tests;

public sealed partial class ImageTests
{
    [Fact]
    public void A_right_image_is_read()
    {
        var image = DriverImage.Read(TestImage.Right().Write(), "/some/where/right.sys");
        Assert.Equal("right.sys", image.Name);
        Assert.Equal(0x5000u, image.SizeBytes);
        Assert.Equal(0x1000u, image.EntryRva);
        Assert.Equal([".text", ".rdata", ".data", ".reloc"], image.Sections.Select(s => s.Name));
        Assert.Equal(SectionAccess.Read | SectionAccess.Execute, image.Sections[0].Access);
        Assert.Equal(
            ["ntoskrnl.exe!TestSum0 at 2060", "ntoskrnl.exe!TestMissing at 2068"],
            image.Imports.Select(i => $"{i} at {i.SlotRva:x}"));
    }

    [Fact]
    public void Every_byte_of_the_file_that_is_missing_is_noticed()
    {
        var file = TestImage.Right().Write();
        for (var length = 0; length < file.Length; length++)
        {
            var error = Assert.Throws<ImageFormatException>(
                () => DriverImage.Read(file.AsMemory(0, length), "cut.sys"));
            Assert.Contains(error.Id, (string[])["OW3001", "OW3002", "OW3009"]);
        }
    }

    public static TheoryData<string, string, Action<TestImage>> WrongHeaders => new()
    {
        { "OW3003", "32-bit x86", i => i.Machine = 0x14C },
        { "OW3003", "ARM64", i => i.Machine = 0xAA64 },
        { "OW3003", "32-bit ARM", i => i.Machine = 0x1C4 },
        { "OW3003", "0x1234", i => i.Machine = 0x1234 },
        { "OW3004", "a Windows console program", i => i.Subsystem = 3 },
        { "OW3004", "a Windows desktop program", i => i.Subsystem = 2 },
        { "OW3004", "a user-mode DLL", i => (i.Subsystem, i.Characteristics) = (2, 0x2022) },
        { "OW3004", "EFI", i => i.Subsystem = 11 },
        { "OW3005", ".NET", i => i.Directories[14] = (0x2000, 72) },
        { "OW3005", ".NET", i => (i.Machine, i.Magic, i.Directories[12]) = (0x14C, 0x10B, (0x2000, 72)) },
        { "OW3003", "32-bit x86", i => (i.Machine, i.Magic) = (0x14C, 0x10B) },
        { "OW3006", "multiple of 4", i => i.HeaderAt = 0x81 },
        { "OW3006", "optional header has 96 bytes", i => i.OptionalBytes = 96 },
        { "OW3006", "not that of a 64-bit image", i => i.Magic = 0x10B },
        { "OW3006", "did not link", i => i.Characteristics = 0x20 },
        { "OW3006", "17 data directories", i => i.DirectoryCount = 17 },
        { "OW3006", "17 data directories", i => (i.DirectoryCount, i.OptionalBytes) = (17, 256) },
        { "OW3006", "16 data directories", i => i.OptionalBytes = 232 },
        { "OW3006", "headers of 0x6000 bytes", i => i.HeaderBytes = 0x6000 },
        { "OW3006", "headers of 0x0 bytes", i => i.HeaderBytes = 0 },
        { "OW3001", "no PE signature at 0x90", i => i.HeaderAt = 0x90 },
        { "OW3002", "the PE signature", i => i.HeaderAt = 0xFFFF_FFFC },
        { "OW3002", "the headers", i => i.HeaderBytes = 0x4000 },
        { "OW3007", "0x0 with", i => i.SectionAlignment = 0 },
        { "OW3007", "0x1001", i => i.SectionAlignment = 0x1001 },
        { "OW3007", "0x200 with", i => (i.SectionAlignment, i.FileAlignment) = (0x200, 0x40) },
        { "OW3007", "0x2000; ", i => i.FileAlignment = 0x2000 },
        { "OW3007", "0x400000 with", i => i.SectionAlignment = 0x40_0000 },
        { "OW3008", "has 0 sections", i => i.Sections.Clear() },
        { "OW3008", "has 97 sections", i => i.SectionCount = 97 },
        { "OW3012", "0xfffff000", i => i.ImageBytes = 0xFFFF_F000 },
        { "OW3013", "no DriverEntry", i => i.EntryRva = 0 },
        { "OW3013", "outside its sections", i => i.EntryRva = 0x5000 },
        { "OW3013", "section .data, which is not code", i => i.EntryRva = 0x3000 },
    };

    [Theory]
    [MemberData(nameof(WrongHeaders))]
    public void A_wrong_header_is_named(string id, string what, Action<TestImage> change) =>
        Check(id, what, change);

    public static TheoryData<string, string, Action<TestImage>> WrongSections => new()
    {
        { "OW3009", "section .data up to file offset 0x10000800", i => i[".data"].FileBytes = 0x1000_0000 },
        { "OW3010", "section .reloc up to RVA 0x6000", i => i[".reloc"].VirtualBytes = 0x1001 },
        { "OW3010", "section .data", i => i[".data"].VirtualBytes = 0xFFFF_FFFF },
        { "OW3010", "section .data", i => (i[".data"].VirtualBytes, i[".data"].FileBytes) = (0, 0) },
        { "OW3011", "section .rdata at RVA 0x1000, overlapping", i => i[".rdata"].Rva = 0x1000 },
        { "OW3011", "section .text at RVA 0x0, overlapping", i => i[".text"].Rva = 0 },
        { "OW3011", "section .data at RVA 0x3000, overlapping", i => i[".rdata"].VirtualBytes = 0x1001 },
        { "OW3011", "section .reloc at RVA 0x4000, leaving a gap", i => i.Sections.RemoveAt(2) },
        { "OW3011", "alignment does not allow", i => i[".rdata"].Rva = 0x2010 },
        { "OW3011", "aligned below a page", i => (i.SectionAlignment, i.FileAlignment) = (0x200, 0x200) },
    };

    [Theory]
    [MemberData(nameof(WrongSections))]
    public void A_wrong_section_is_named(string id, string what, Action<TestImage> change) =>
        Check(id, what, change);

    public static TheoryData<string, string, Action<TestImage>> WrongDirectories => new()
    {
        { "OW3014", "relocation table at RVA 0x5000", i => i.Directories[5] = (0x5000, 12) },
        { "OW3014", "relocation table at RVA 0x4000", i => i.Directories[5] = (0x4000, 0x1001) },
        { "OW3014", "a block of 4 bytes", i => i[".reloc"].Contents[4] = 4 },
        {
            "OW3014",
            "a block of 13 bytes",
            i => (i[".reloc"].Contents[4], i.Directories[5]) = (13, (0x4000, 13))
        },
        { "OW3014", "a block of 255 bytes", i => i[".reloc"].Contents[4] = 255 },
        { "OW3014", "a block of 254 bytes", i => i[".reloc"].Contents[4] = 254 },
        { "OW3014", "relocation table at RVA 0x3f8", i => i.Directories[5] = (0x3F8, 12) },
        { "OW3015", "HIGHLOW at RVA 0x4008", i => i[".reloc"].Contents[9] = 0x30 },
        { "OW3015", "type 5 at", i => i[".reloc"].Contents[9] = 0x50 },
        { "OW3016", "RVA 0xff3000", i => i[".reloc"].Contents[2] = 0xFF },
        { "OW3016", "RVA 0x3ffc", i => i[".reloc"].Contents = TestImage.Relocations(0x3000, 0xAFFC) },
        { "OW3017", "no relocations", i => (i.Characteristics, i.Directories[5]) = (0x23, default) },
        { "OW3014", "import table at RVA 0x4ff0: it has no end", i => i.Directories[1] = (0x4FF0, 40) },
        { "OW3014", "no library name", i => i[".rdata"].Contents[13] = 0xFF },
        { "OW3014", "no library name", i => i[".rdata"].Contents[0x81] = (byte)'\n' },
        { "OW3014", "addresses of ntoskrnl.exe lie outside", i => i[".rdata"].Contents[17] = 0x70 },
        { "OW3014", "names of ntoskrnl.exe have no end", i => i[".rdata"].Contents[1] = 0x70 },
        { "OW3014", "a name from ntoskrnl.exe is damaged", i => i[".rdata"].Contents[0x44] = 1 },
        { "OW3014", "a name from ntoskrnl.exe is damaged", i => i[".rdata"].Contents[0xA2] = 0 },
        { "OW3018", "ordinal 8352", i => i[".rdata"].Contents[0x47] = 0x80 },
        { "OW3014", "load configuration at RVA 0x9000", i => i.Directories[10] = (0x9000, 0x80) },
        { "OW3014", "its security cookie lies outside", i => i.AddConfiguration(0x1_4000_5000) },
        { "OW3014", "its security cookie lies outside", i => i.AddConfiguration(8) },
        { "OW3014", "load configuration at RVA 0x400c", i => i.AddConfiguration(0, sizeBytes: 0x1000) },
        { "OW3014", "import table at RVA 0x6400: it has no end", i => i.AddLibraries(257) },
        { "OW3014", "it has more than 16384 names", i => i.AddImports(16385) },
    };

    [Theory]
    [MemberData(nameof(WrongDirectories))]
    public void A_wrong_directory_is_named(string id, string what, Action<TestImage> change) =>
        Check(id, what, change);

    [Fact]
    public void A_short_load_configuration_has_no_cookie()
    {
        const uint endsBeforeTheCookie = 0x58;
        var image = TestImage.Right();
        image.AddConfiguration(8, endsBeforeTheCookie);
        Assert.Equal(0u, DriverImage.Read(image.Write(), "short.sys").LoadConfiguration.CookieRva);
    }

    [Theory]
    [InlineData("\u007fELF and more", "it is an ELF file")]
    [InlineData("PK", "does not begin with MZ")]
    [InlineData("", "does not begin with MZ")]
    public void What_is_no_image_is_called_so(string contents, string what)
    {
        var error = Assert.Throws<ImageFormatException>(
            () => DriverImage.Read(Encoding.Latin1.GetBytes(contents), "other.sys"));
        Assert.Equal("OW3001", error.Id);
        Assert.Contains(what, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Every_id_has_a_test_and_a_line_in_the_page()
    {
        var source = File.ReadAllText(Repository.PathOf("src", "OpenWsk.Loader", "Images", "ImageErrors.cs"));
        var ids = ErrorId().Matches(source).Select(m => m.Value).ToList();
        Assert.Equal(ids.Order(StringComparer.Ordinal), ids.Distinct());
        var folder = Repository.PathOf("tests", "OpenWsk.Loader.Tests");
        var tests = File.ReadAllText(Path.Combine(folder, "ImageTests.cs"))
            + File.ReadAllText(Path.Combine(folder, "PatchingTests.cs"));
        var page = File.ReadAllText(Repository.PathOf("docs", "internals", "hosting.md"));
        Assert.All(ids, id => Assert.Contains(id, tests, StringComparison.Ordinal));
        Assert.All(ids, id => Assert.Contains($"| {id} |", page, StringComparison.Ordinal));
    }

    [GeneratedRegex("OW[0-9]{4}")]
    private static partial Regex ErrorId();

    private static void Check(string id, string what, Action<TestImage> change)
    {
        var image = TestImage.Right();
        change(image);
        var error = Assert.Throws<ImageFormatException>(
            () => DriverImage.Read(image.Write(), "folder/wrong.sys"));
        Assert.Contains(what, error.Message, StringComparison.Ordinal);
        Assert.Equal(id, error.Id);
        Assert.StartsWith(id + ": wrong.sys ", error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', error.Message);
    }
}
