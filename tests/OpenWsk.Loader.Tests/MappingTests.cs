// Images in memory: what is where, and that no mutation of an image does more than be refused.
// Written images need no compiler. Nothing runs here but two tiny entries.
using System.Buffers.Binary;
using OpenWsk.Ports;

namespace OpenWsk.Loader.Tests;

public sealed class MappingTests : IDisposable
{
    private readonly LoaderWorld _world = new();

    public void Dispose() => _world.Dispose();

    [Fact]
    public void A_mapped_image_has_its_contents_relocated_and_its_imports_bound()
    {
        using var driver = Load(TestImage.WithCookie());
        var start = driver.ImageStart;
        Assert.Equal(start + 0x1000, GuestMemory.Read<nuint>(start + 0x3000));
        Assert.Equal(0, GuestMemory.Read<byte>(start + 0x3FFF));
        Assert.Equal(
            _world.Executive.Code.AddressOf(_world.Executive.Routines.Get(Libraries.Ntoskrnl, "TestSum0")),
            GuestMemory.Read<nuint>(start + 0x2060));
        var cookie = GuestMemory.Read<ulong>(start + 0x3010);
        Assert.True(cookie is not 0 and not 0x2B99_2DDF_A232 and < 1ul << 48);
        Assert.Equal((byte)'M', GuestMemory.Read<byte>(start));
    }

    [Theory]
    [InlineData(0, "r--")]
    [InlineData(0x1000, "r-x")]
    [InlineData(0x2000, "r--")]
    [InlineData(0x3000, "rw-")]
    public void A_page_allows_what_its_section_says_and_the_headers_are_read_only(uint rva, string access)
    {
        using var driver = Load(TestImage.Right());
        Assert.StartsWith(access, ProcessMemory.AccessOf(driver.ImageStart + rva), StringComparison.Ordinal);
    }

    [Fact]
    public void Two_cookies_differ()
    {
        using var first = Load(TestImage.WithCookie());
        using var second = Load(TestImage.WithCookie());
        Assert.NotEqual(
            GuestMemory.Read<ulong>(first.ImageStart + 0x3010),
            GuestMemory.Read<ulong>(second.ImageStart + 0x3010));
    }

    [Fact]
    public void An_entrys_status_is_returned()
    {
        using var driver = Load(TestImage.Right());
        Assert.Equal(NTSTATUS.STATUS_NOT_SUPPORTED, driver.CallEntry());
    }

    [Fact]
    public void An_image_aligned_below_a_page_is_mapped_as_it_lies_and_may_do_everything_everywhere()
    {
        using var driver = Load(TestImage.Flat());
        var start = driver.ImageStart;
        Assert.True(driver.Image.IsFlat);
        Assert.Equal((NTSTATUS)(uint)(start + 0x400), driver.CallEntry());
        Assert.Equal(1u, GuestMemory.Read<uint>(start + 0x600));
    }

    [Fact]
    public void An_unmapped_image_refuses_calls()
    {
        var first = Load(TestImage.Right());
        var start = first.ImageStart;
        Assert.True(first.TryUnmap());
        Assert.True(first.TryUnmap());
        Assert.False(_world.Executive.Code.IsCode(start + 0x1000));
        var stopped = Assert.Throws<GuestStoppedException>(
            () => _world.Executive.Code.Call(start + 0x1000, []));
        Assert.Contains("right.sys+0x", stopped.Message, StringComparison.Ordinal);
        using var second = Load(TestImage.Right());
        Assert.True(_world.Executive.Code.IsCode(second.ImageStart + 0x1000));
    }

    // In an arena of its own: in the process's, a test that runs beside this one may take the free range.
    [Fact]
    public void A_released_range_is_the_first_to_be_handed_out_again()
    {
        var arena = new Arena();
        var first = arena.Reserve(Arena.UnitBytes);
        var second = arena.Reserve(Arena.UnitBytes);
        arena.Release(first);
        Assert.Equal(first, arena.Reserve(Arena.UnitBytes));
        Assert.True(arena.Reserve(Arena.UnitBytes) > second);
    }

    [Fact]
    public void Addresses_are_named_by_image_and_offset_or_by_routine()
    {
        using var driver = Load(TestImage.Right());
        Assert.Equal("right.sys+0x1234", _world.Host.NameAddress(driver.ImageStart + 0x1234));
        var routine = GuestMemory.Read<nuint>(driver.ImageStart + 0x2060);
        Assert.Equal("ntoskrnl.exe!TestSum0", _world.Host.NameAddress(routine + 5));
        Assert.Equal("0x10", _world.Host.NameAddress(0x10));
    }

    [Fact]
    public void An_entry_that_returns_at_a_raised_level_is_blamed()
    {
        // mov byte ptr gs:[50h], 2; xor eax, eax; ret
        var image = TestImage.Right();
        image[".text"].Contents = [0x65, 0xC6, 4, 0x25, 0x50, 0, 0, 0, 2, 0x31, 0xC0, 0xC3];
        using var driver = Load(image);
        _world.Executive.AddSink(_world);
        Assert.Equal(NTSTATUS.STATUS_SUCCESS, driver.CallEntry());
        Assert.Equal(Irql.Passive, _world.Executive.CurrentThread.Irql);
        var breach = Assert.Single(_world.Events, e => e.Kind == KernelEventKind.Breach);
        Assert.Equal("DriverEntry of right.sys returned at DISPATCH_LEVEL", breach.Detail);
    }

    [Fact]
    public void An_entry_that_is_stopped_at_a_raised_level_leaves_the_caller_at_its_own()
    {
        // mov byte ptr gs:[50h], 2; sub rsp, 28h; call [TestMissing]
        var image = TestImage.Right();
        image[".text"].Contents =
            [0x65, 0xC6, 4, 0x25, 0x50, 0, 0, 0, 2, 0x48, 0x83, 0xEC, 0x28, 0xFF, 0x15, 0x55, 0x10, 0, 0];
        using var driver = Load(image);
        var stopped = Assert.Throws<GuestStoppedException>(() => driver.CallEntry());
        const string what = "ntoskrnl.exe!TestMissing was called from right.sys+0x1013 ";
        Assert.StartsWith(what, stopped.Message, StringComparison.Ordinal);
        Assert.Equal(Irql.Passive, _world.Executive.CurrentThread.Irql);
    }

    [Fact]
    public void Mutated_images_are_refused_or_mapped_and_nothing_else()
    {
        byte[][] corpus =
        [
            TestImage.Right().Write(), TestImage.Flat().Write(), TestImage.WithCookie().Write(),
            .. CommittedDrivers(),
        ];
        var outcomes = new SortedDictionary<string, int>(StringComparer.Ordinal);
        foreach (var original in corpus)
        {
            var random = new Random(20260914);
            for (var round = 0; round < 1000; round++)
            {
                var outcome = Try(Mutate(original, random));
                outcomes[outcome] = outcomes.GetValueOrDefault(outcome) + 1;
            }
        }
        // The mutations reach the checks: most kinds of refusal were seen, and some mutations do no harm.
        Assert.True(outcomes.Count >= 12, string.Join(' ', outcomes));
        Assert.True(outcomes.ContainsKey("mapped"));
    }

    private static IEnumerable<byte[]> CommittedDrivers()
    {
        var folder = Repository.PathOf("samples");
        return Directory.Exists(folder)
            ? Directory.GetFiles(folder, "*.sys", SearchOption.AllDirectories).Order(StringComparer.Ordinal)
                .Select(File.ReadAllBytes)
            : [];
    }

    private string Try(byte[] file)
    {
        try
        {
            using var driver = _world.Host.Load(DriverImage.Read(file, "mutant.sys"));
            return "mapped";
        }
        catch (ImageFormatException e)
        {
            return e.Id;
        }
    }

    // Headers and tables are short and decide everything, so most changes go there.
    private static byte[] Mutate(byte[] original, Random random)
    {
        var file = (byte[])original.Clone();
        for (var changes = random.Next(1, 4); changes > 0; changes--)
        {
            var offset = random.Next(4) == 0
                ? random.Next(file.Length)
                : random.Next(Math.Min(file.Length, 0x400));
            uint[] values =
                [0, 1, 4, 0x1000, 0x2000, 0x7FFF_FFFF, 0x8000_0000, 0xFFFF_FFFF, (uint)random.Next()];
            switch (random.Next(4))
            {
                case 0:
                    file[offset] ^= (byte)(1 << random.Next(8));
                    break;
                case 1:
                    file[offset] = (byte)random.Next(256);
                    break;
                case 2 when offset + 4 <= file.Length:
                    offset &= ~3;
                    BinaryPrimitives.WriteUInt32LittleEndian(
                        file.AsSpan(offset), values[random.Next(values.Length)]);
                    break;
                default:
                    file = random.Next(20) == 0 ? file[..random.Next(1, file.Length)] : file;
                    break;
            }
        }
        return file;
    }

    private LoadedDriver Load(TestImage image) =>
        _world.Host.Load(DriverImage.Read(image.Write(), "right.sys"));
}
