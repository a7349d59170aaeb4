// Counted and terminated strings, memory, numbers as text: what Rtl and C routines do at their edges.
// It knows nothing about format strings: see FormatTests.cs.
using System.Text;

namespace OpenWsk.Kernel.Tests;

public sealed class StringTests
{
    [Fact]
    public void Init_counts_and_takes_null() => KernelWorld.Simulate(world =>
    {
        var target = world.New<UNICODE_STRING>();
        var source = Texts.Wide(world, "abc");
        world.Call("RtlInitUnicodeString", target.Address, source);
        Assert.Equal(6, target.Value.Length);
        Assert.Equal(8, target.Value.MaximumLength);
        Assert.Equal(source, target.Value.Buffer);
        world.Call("RtlInitUnicodeString", target.Address, 0);
        Assert.Equal(0, target.Value.MaximumLength);
        var ansi = world.New<STRING>();
        world.Call("RtlInitAnsiString", ansi.Address, Texts.Ansi(world, "abc"));
        Assert.Equal(3, ansi.Value.Length);
        Assert.Equal(4, ansi.Value.MaximumLength);
    });

    [Fact]
    public void Init_cuts_what_no_counted_string_can_hold() => KernelWorld.Simulate(world =>
    {
        var target = world.New<UNICODE_STRING>();
        var source = Texts.Wide(world, new string('x', 40_000));
        world.Call("RtlInitUnicodeString", target.Address, source);
        Assert.Equal(0xFFFC, target.Value.Length);
        Assert.Equal(
            (uint)NTSTATUS.STATUS_NAME_TOO_LONG,
                world.Call("RtlInitUnicodeStringEx", target.Address, source));
    });

    [Fact]
    public void Conversions_allocate_when_asked_and_free_again() => KernelWorld.Simulate(world =>
    {
        var wide = world.New<UNICODE_STRING>();
        var narrow = world.New<STRING>();
        var source = Texts.Counted(world, "gr\u00fc\u00df");
        Assert.Equal(0ul, world.Call("RtlUnicodeStringToAnsiString", narrow.Address, source.Address, 1));
        Assert.Equal("gr\u00c3\u00bc\u00c3\u009f", Texts.Of(narrow));
        Assert.Equal(7ul, world.Call("RtlxUnicodeStringToAnsiSize", source.Address));
        Assert.Equal(0ul, world.Call("RtlAnsiStringToUnicodeString", wide.Address, narrow.Address, 1));
        Assert.Equal("gr\u00fc\u00df", Texts.Of(wide));
        Assert.Equal(2, world.Executive.Pool.Count);
        world.Call("RtlFreeUnicodeString", wide.Address);
        world.Call("RtlFreeAnsiString", narrow.Address);
        Assert.Equal(0, world.Executive.Pool.Count);
        Assert.Equal(0u, wide.Value.Buffer);
        world.Call("RtlFreeUnicodeString", wide.Address);
    });

    [Theory]
    [InlineData(3, NTSTATUS.STATUS_BUFFER_OVERFLOW)]
    [InlineData(4, NTSTATUS.STATUS_SUCCESS)]
    public void Conversions_into_a_buffer_must_fit(int room, NTSTATUS status) => KernelWorld.Simulate(world =>
    {
        var target = Texts.CountedAnsi(world, "", room);
        Assert.Equal((uint)status, world.Call(
            "RtlUnicodeStringToAnsiString", target.Address, Texts.Counted(world, "text").Address, 0));
    });

    [Theory]
    [InlineData("abc", "abd", 0, -1)]
    [InlineData("abc", "ab", 0, 1)]
    [InlineData("ABC", "abc", 0, -1)]
    [InlineData("ABC", "abc", 1, 0)]
    [InlineData("\u00c4", "\u00e4", 1, 0)]
    [InlineData("", "", 0, 0)]
    public void Comparison(string first, string second, byte ignoresCase, int sign) =>
        KernelWorld.Simulate(world =>
        {
            var (a, b) = (Texts.Counted(world, first).Address, Texts.Counted(world, second).Address);
            Assert.Equal(sign, Math.Sign((int)world.Call("RtlCompareUnicodeString", a, b, ignoresCase)));
            Assert.Equal(sign == 0 ? 1ul : 0ul, world.Call("RtlEqualUnicodeString", a, b, ignoresCase));
        });

    [Fact]
    public void Copy_cuts_and_append_refuses() => KernelWorld.Simulate(world =>
    {
        var target = Texts.Counted(world, "", roomChars: 5);
        world.Call("RtlCopyUnicodeString", target.Address, Texts.Counted(world, "abcdefgh").Address);
        Assert.Equal("abcde", Texts.Of(target));
        world.Call("RtlCopyUnicodeString", target.Address, Texts.Counted(world, "ab").Address);
        Assert.Equal('\0', GuestMemory.Read<char>(target.Value.Buffer + 4));
        Assert.Equal(0ul, world.Call("RtlAppendUnicodeToString", target.Address, Texts.Wide(world, "cd")));
        Assert.Equal("abcd", Texts.Of(target));
        Assert.Equal((uint)NTSTATUS.STATUS_BUFFER_TOO_SMALL, world.Call(
            "RtlAppendUnicodeStringToString", target.Address, Texts.Counted(world, "ef").Address));
        Assert.Equal("abcd", Texts.Of(target));
        world.Call("RtlCopyUnicodeString", target.Address, 0);
        Assert.Equal(0, target.Value.Length);
    });

    [Theory]
    [InlineData("12", 0, 12)]
    [InlineData(" 0x1Fz", 0, 31)]
    [InlineData("-5", 10, uint.MaxValue - 4)]
    [InlineData("0b101", 0, 5)]
    [InlineData("0o17", 0, 15)]
    [InlineData("ff", 16, 255)]
    [InlineData("", 0, 0)]
    [InlineData("+", 0, 0)]
    public void Numbers_are_read(string text, uint radix, uint expected) => KernelWorld.Simulate(world =>
    {
        var value = world.Memory(4);
        Assert.Equal(0ul, world.Call(
            "RtlUnicodeStringToInteger", Texts.Counted(world, text).Address, radix, value));
        Assert.Equal(expected, GuestMemory.Read<uint>(value));
        Assert.Equal((uint)NTSTATUS.STATUS_INVALID_PARAMETER, world.Call(
            "RtlUnicodeStringToInteger", Texts.Counted(world, text).Address, 7, value));
    });

    [Theory]
    [InlineData(255u, 16u, "FF")]
    [InlineData(0u, 0u, "0")]
    [InlineData(4294967295u, 10u, "4294967295")]
    [InlineData(5u, 2u, "101")]
    public void Numbers_are_written(uint value, uint radix, string expected) => KernelWorld.Simulate(world =>
    {
        var target = Texts.Counted(world, "", roomChars: 12);
        Assert.Equal(0ul, world.Call("RtlIntegerToUnicodeString", value, radix, target.Address));
        Assert.Equal(expected, Texts.Of(target));
    });

    [Fact]
    public void A_guid_goes_both_ways() => KernelWorld.Simulate(world =>
    {
        const string text = "{2227E803-8D8B-11D4-ABAD-009027719E09}";
        var guid = world.Memory(16);
        Assert.Equal(0ul, world.Call("RtlGUIDFromString", Texts.Counted(world, text).Address, guid));
        Assert.Equal(new Guid(text), GuestMemory.Read<Guid>(guid));
        var target = world.New<UNICODE_STRING>();
        world.Call("RtlStringFromGUID", guid, target.Address);
        Assert.Equal(text, Texts.Of(target));
    });

    [Fact]
    public void Memory_routines_do_what_C_says() => KernelWorld.Simulate(world =>
    {
        var memory = Texts.Ansi(world, "0123456789");
        Assert.Equal(memory + 2, world.Call("memmove", memory + 2, memory, 5));
        Assert.Equal("0101234789", TextAt(memory));
        Assert.Equal(memory, world.Call("memset", memory, 0xFFFFFF41, 2));
        Assert.Equal("AA01234789", TextAt(memory));
        Assert.Equal(0ul, world.Call("memcmp", memory, Texts.Ansi(world, "AA0"), 3));
        Assert.True((int)world.Call("memcmp", memory, Texts.Ansi(world, "AB"), 2) < 0);
        Assert.True((int)world.Call("memcmp", Texts.Ansi(world, "\u00ff"), Texts.Ansi(world, "a"), 1) > 0);
        Assert.Equal(memory + 2, world.Call("memchr", memory, '0', 10));
        Assert.Equal(0ul, world.Call("memchr", memory, 'z', 10));
        Assert.Equal(2ul, world.Call("RtlCompareMemory", memory, Texts.Ansi(world, "AAx"), 3));
    });

    [Fact]
    public void C_strings_do_what_C_says() => KernelWorld.Simulate(world =>
    {
        var text = Texts.Ansi(world, "path/to/file");
        Assert.Equal(12ul, world.Call("strlen", text));
        Assert.Equal(4ul, world.Call("strnlen", text, 4));
        Assert.Equal(text + 7, world.Call("strrchr", text, '/'));
        Assert.Equal(text + 4, world.Call("strchr", text, '/'));
        Assert.Equal(text + 12, world.Call("strchr", text, 0));
        Assert.Equal(0ul, world.Call("strchr", text, 'z'));
        Assert.Equal(text + 5, world.Call("strstr", text, Texts.Ansi(world, "to")));
        Assert.Equal(0ul, world.Call("_stricmp", text, Texts.Ansi(world, "PATH/to/FILE")));
        Assert.Equal(0ul, world.Call("strncmp", text, Texts.Ansi(world, "patX"), 3));
        Assert.True((int)world.Call("strcmp", text, Texts.Ansi(world, "path")) > 0);
        var buffer = world.Memory(32);
        GuestMemory.Span(buffer, 8).Fill(0xFF);
        world.Call("strncpy", buffer, Texts.Ansi(world, "ab"), 5);
        Assert.Equal([97, 98, 0, 0, 0, 255], GuestMemory.Span(buffer, 6).ToArray());
        world.Call("strcat", buffer, Texts.Ansi(world, "cd"));
        world.Call("strncat", buffer, Texts.Ansi(world, "efgh"), 2);
        Assert.Equal("abcdef", TextAt(buffer));
        Assert.Equal(-12, (int)world.Call("atoi", Texts.Ansi(world, "  -12x")));
    });

    [Fact]
    public void Wide_C_strings_do_what_C_says() => KernelWorld.Simulate(world =>
    {
        var text = Texts.Wide(world, "a\\b\\c");
        Assert.Equal(5ul, world.Call("wcslen", text));
        Assert.Equal(text + 6, world.Call("wcsrchr", text, '\\'));
        Assert.Equal(text + 2, world.Call("wcschr", text, '\\'));
        Assert.Equal(0ul, world.Call("_wcsicmp", text, Texts.Wide(world, "A\\B\\C")));
        Assert.True((int)world.Call("wcscmp", text, Texts.Wide(world, "b")) < 0);
        Assert.Equal(text + 4, world.Call("wcsstr", text, Texts.Wide(world, "b\\")));
    });

    [Fact]
    public void Utf8_and_utf16_convert_with_lengths() => KernelWorld.Simulate(world =>
    {
        var source = Texts.Ansi(world, "\u00c3\u00a9x");
        var target = world.Memory(16);
        var actual = world.Memory(4);
        Assert.Equal(0ul, world.Call("RtlUTF8ToUnicodeN", target, 16, actual, source, 3));
        Assert.Equal(4u, GuestMemory.Read<uint>(actual));
        Assert.Equal("\u00e9x", GuestMemory.Chars(target, 2).ToString());
        Assert.Equal((uint)NTSTATUS.STATUS_BUFFER_TOO_SMALL, world.Call(
            "RtlUTF8ToUnicodeN", target, 2, actual, source, 3));
        Assert.Equal((uint)NTSTATUS.STATUS_SOME_NOT_MAPPED, world.Call(
            "RtlUTF8ToUnicodeN", target, 16, actual, source, 1));
        Assert.Equal(0ul, world.Call("RtlUnicodeToUTF8N", 0, 0, actual, Texts.Wide(world, "\u00e9x"), 4));
        Assert.Equal(3u, GuestMemory.Read<uint>(actual));
    });

    private static string TextAt(nuint address) => Encoding.Latin1.GetString(GuestMemory.AnsiZ(address));
}
