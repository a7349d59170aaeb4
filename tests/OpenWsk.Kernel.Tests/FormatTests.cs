// The kernel's printf: every conversion, size, flag, width and precision, 8-bit and 16-bit, and what must not
// hurt. Expectations follow the page "Format specification syntax: printf and wprintf functions" (Microsoft C
// runtime). It knows nothing about transport of the text to a display.
using System.Text;
using OpenWsk.Ports;

namespace OpenWsk.Kernel.Tests;

public sealed class FormatTests
{
    [Theory]
    [InlineData("%d %i", "-1 42", -1, 42)]
    [InlineData("%u", "4294967295", -1)]
    [InlineData("%d", "-1", 0xFFFF_FFFFL)]
    [InlineData("%x %X", "deadbeef DEADBEEF", 0xDEADBEEF, 0xDEADBEEF)]
    [InlineData("%o", "755", 493)]
    [InlineData("%lx", "ffffffff", -1)]
    [InlineData("%ld %lu", "-5 7", -5, 7)]
    [InlineData("%I64x", "123456789abcdef0", 0x123456789abcdef0)]
    [InlineData("%I64d %lld %I64u", "-9223372036854775808 -1 18446744073709551615", long.MinValue, -1, -1)]
    [InlineData("%I32d %I32u", "-1 4294967295", -1, -1)]
    [InlineData("%Id %zu %td %jd", "-1 18446744073709551615 -2 -3", -1, -1, -2, -3)]
    [InlineData("%hd %hu %hx", "-1 65535 ffff", 0x1FFFF, 0x1FFFF, -1)]
    [InlineData("%hhd %hhu", "-1 255", 0x1FF, 0x1FF)]
    [InlineData("%p", "FFFFF80012345678", unchecked((long)0xFFFFF80012345678))]
    [InlineData("%p", "0000000000000000", 0)]
    [InlineData("[%5d|%-5d|%05d]", "[   42|42   |00042]", 42, 42, 42)]
    [InlineData("[%+d|% d|%+d]", "[+42| 42|-42]", 42, 42, -42)]
    [InlineData("[%06d]", "[-00042]", -42)]
    [InlineData("[%.5d|%8.3d|%-8.3d]", "[00042|     042|042     ]", 42, 42, 42)]
    [InlineData("[%.0d|%.0x]", "[|]", 0, 0)]
    [InlineData("[%#x|%#X|%#o|%#x]", "[0xff|0XFF|0377|0]", 255, 255, 255, 0)]
    [InlineData("[%#010x]", "[0x000000ff]", 255)]
    [InlineData("[%*d|%-*d|%*d]", "[   42|42   |42   ]", 5, 42, 5, 42, -5, 42)]
    [InlineData("[%.*d|%.*d]", "[042|42]", 3, 42, -3, 42)]
    [InlineData("%c%c%C", "ab\u00c3\u00a9", 97, 98, 0xE9)]
    [InlineData("%hc%lc%wc", "abc", 97, 98, 99)]
    [InlineData("[%3c|%-3c]", "[  a|b  ]", 97, 98)]
    [InlineData("100%% %d%%", "100% 5%", 5)]
    [InlineData("%n%d", "5", 0, 5)]
    [InlineData("%q%d", "q5", 5)]
    [InlineData("end%", "end")]
    [InlineData("end%-08.", "end")]
    [InlineData("%s %ws %wZ %Z", "(null) (null) (null) (null)", 0, 0, 0, 0)]
    [InlineData("[%8s|%.3s]", "[  (null)|(nu]", 0, 0)]
    public void Integers_and_characters(string format, string expected, params object[] arguments) =>
        KernelWorld.Simulate(world => Assert.Equal(expected, Print(world, format, arguments)));

    [Theory]
    [InlineData("%f", "3.141593", 3.14159265)]
    [InlineData("%.2f|%8.2f|%-8.2f|%08.2f", "1.50|    1.50|1.50    |00001.50", 1.5, 1.5, 1.5, 1.5)]
    [InlineData("%.0f %#.0f", "3 3.", 3.0, 3.0)]
    [InlineData("%e %E", "1.234500e+02 1.234500E-10", 123.45, 1.2345e-10)]
    [InlineData("%.1e", "1.0e+100", 1e100)]
    [InlineData("%g %g %g %g", "0.0001 1e-05 100000 1e+06", 0.0001, 0.00001, 100000.0, 1000000.0)]
    [InlineData("%g %G %#g", "0.5 1.5E+20 0.500000", 0.5, 1.5e20, 0.5)]
    [InlineData("%f %F %5.1f", "inf -INF   nan", double.PositiveInfinity, double.NegativeInfinity,
        double.NaN)]
    [InlineData("%f %+f", "-0.000000 +0.000000", -0.0, 0.0)]
    [InlineData("%a", "0x1.8000000000000p+1", 3.0)]
    public void Floating_point_numbers(string format, string expected, params object[] arguments) =>
        KernelWorld.Simulate(world => Assert.Equal(expected, Print(world, format, arguments)));

    [Theory]
    [InlineData("%s|%hs|%10s|%-10s|%.2s", "text|text|      text|text      |te")]
    [InlineData("[%5.2s]", "[   te]")]
    public void Narrow_strings(string format, string expected) => KernelWorld.Simulate(world =>
    {
        var text = Ansi(world, "text");
        Assert.Equal(expected, Print(world, format, text, text, text, text, text));
    });

    [Theory]
    [InlineData("%ws|%ls|%S|%8ws|%-8ws|%.2ws", "text|text|text|    text|text    |te")]
    public void Wide_strings(string format, string expected) => KernelWorld.Simulate(world =>
    {
        var text = Wide(world, "text");
        Assert.Equal(expected, Print(world, format, text, text, text, text, text, text));
    });

    [Fact]
    public void Counted_strings() => KernelWorld.Simulate(world =>
    {
        var wide = world.New<UNICODE_STRING>();
        wide.Value = new UNICODE_STRING { Length = 6, MaximumLength = 6,
            Buffer = (nuint)Wide(world, "abcdef") };
        var narrow = world.New<STRING>();
        narrow.Value = new STRING { Length = 2, MaximumLength = 9, Buffer = (nuint)Ansi(world, "xyz") };
        var empty = world.New<UNICODE_STRING>();
        Assert.Equal(
            "[abc|  abc|ab|xy|xy|]",
            Print(world, "[%wZ|%5wZ|%.2wZ|%Z|%hZ|%wZ]",
                wide.Address, wide.Address, wide.Address, narrow.Address, narrow.Address, empty.Address));
    });

    [Fact]
    public void Unicode_becomes_utf8_and_raw_bytes_stay_as_they_are() => KernelWorld.Simulate(world =>
    {
        var wide = Wide(world, "\u00e9\U0001F600\ud800");
        Assert.Equal("\u00c3\u00a9\u00f0\u009f\u0098\u0080?", Print(world, "%ws", wide));
        var raw = world.Memory(4);
        GuestMemory.Write(raw, 0x00FF80FEu);
        Assert.Equal("\u00fe\u0080\u00ff", Print(world, "%s", (ulong)raw));
    });

    [Fact]
    public void A_text_behind_the_precision_is_not_looked_at() => KernelWorld.Simulate(world =>
    {
        var text = world.Memory(16);
        GuestMemory.Span(text, 16).Fill((byte)'x');
        Assert.Equal("xxx", Print(world, "%.3s", (ulong)text));
    });

    [Theory]
    [InlineData("%2000000000d")]
    [InlineData("%-2000000000d")]
    [InlineData("%.2000000000d")]
    [InlineData("%99999999999999999999999d")]
    [InlineData("%02000000000s")]
    public void Wild_widths_cost_nothing_and_the_text_is_cut_at_512_bytes(string format) =>
        KernelWorld.Simulate(world => Assert.Equal(512, Print(world, format, 0).Length));

    [Fact]
    public void A_null_format_prints_something() => KernelWorld.Simulate(world =>
    {
        world.Call("DbgPrint", 0, world.Memory(8));
        Assert.Equal("(null)", Printed(world));
    });

    [Fact]
    public void The_whole_family_prints() => KernelWorld.Simulate(world =>
    {
        var slots = Slots(world, [7]);
        var format = Ansi(world, "n=%d\n");
        world.Call("DbgPrintEx", 77, 3, format, slots);
        Assert.Equal("n=7\n", Printed(world));
        world.Call("vDbgPrintEx", 77, 3, format, slots);
        Assert.Equal("n=7\n", Printed(world));
        world.Call("vDbgPrintExWithPrefix", Ansi(world, "net: "), 77, 3, format, slots);
        Assert.Equal("net: n=7\n", Printed(world));
        world.Call("RtlAssert", Ansi(world, "a == b"), Ansi(world, "x.c"), 12, 0);
        Assert.Contains("a == b", Printed(world), StringComparison.Ordinal);
    });

    [Theory]
    [InlineData(10, 5, "12345\0")]
    [InlineData(6, 5, "12345\0")]
    [InlineData(5, 5, "12345~")]
    [InlineData(4, -1, "1234~~")]
    public void Snprintf_returns_what_the_C_library_returns(int count, int result, string memory) =>
        KernelWorld.Simulate(world =>
        {
            var buffer = world.Memory(16);
            GuestMemory.Span(buffer, 16).Fill((byte)'~');
            var value = (int)world.Call(
                "_snprintf", buffer, (ulong)count, Ansi(world, "%d"), Slots(world, [12345]));
            Assert.Equal(result, value);
            Assert.Equal(memory, Encoding.Latin1.GetString(GuestMemory.Span(buffer, 6)));
            GuestMemory.Chars(buffer, 8).Fill('~');
            value = (int)world.Call(
                "_vsnwprintf", buffer, (ulong)count, Wide(world, "%d"), Slots(world, [12345]));
            Assert.Equal(result, value);
            Assert.Equal(memory, GuestMemory.Chars(buffer, 6).ToString());
        });

    [Fact]
    public void Snprintf_without_a_buffer_returns_the_length() => KernelWorld.Simulate(world =>
        Assert.Equal(5ul, world.Call("_vsnprintf", 0, 0, Ansi(world, "%d"), Slots(world, [12345]))));

    [Fact]
    public void The_secure_family_never_leaves_a_text_unterminated() => KernelWorld.Simulate(world =>
    {
        var buffer = world.Memory(16);
        var format = Ansi(world, "%d");
        var slots = Slots(world, [12345]);
        Assert.Equal(5ul, world.Call("sprintf_s", buffer, 6, format, slots));
        Assert.Equal("12345", Encoding.Latin1.GetString(GuestMemory.AnsiZ(buffer)));
        Assert.Equal(uint.MaxValue, (uint)world.Call("sprintf_s", buffer, 5, format, slots));
        Assert.Equal(0, GuestMemory.Read<byte>(buffer));
        Assert.Equal(uint.MaxValue,
            (uint)world.Call("_snprintf_s", buffer, 5, ulong.MaxValue, format, slots));
        Assert.Equal("1234", Encoding.Latin1.GetString(GuestMemory.AnsiZ(buffer)));
        Assert.Equal(uint.MaxValue, (uint)world.Call("swprintf_s", buffer, 5, Wide(world, "%d"), slots));
        Assert.Equal('\0', GuestMemory.Read<char>(buffer));
    });

    [Fact]
    public void In_16_bit_text_the_plain_letters_mean_16_bit_strings() => KernelWorld.Simulate(world =>
    {
        var buffer = world.Memory(128);
        var slots = Slots(world,
            [Wide(world, "w\u00e9"), Ansi(world, "n\u00c3\u00a9"), Ansi(world, "h"), 0x263A]);
        world.Call("_vsnwprintf", buffer, 60, Wide(world, "%s %S %hs %c"), slots);
        Assert.Equal("w\u00e9 n\u00e9 h \u263a", GuestMemory.WideZ(buffer).ToString());
    });

    private static string Print(KernelWorld world, string format, params object[] arguments)
    {
        world.Call("DbgPrint", Ansi(world, format), Slots(world, [.. arguments.Select(Raw)]));
        return Printed(world);
    }

    private static string Printed(KernelWorld world) =>
        world.Events.Last(e => e.Kind == KernelEventKind.DebugPrint).Text!;

    private static ulong Raw(object value) => value switch
    {
        double d => BitConverter.DoubleToUInt64Bits(d),
        nuint n => n,
        ulong u => u,
        uint u => u,
        int i => (ulong)i,
        long l => (ulong)l,
        _ => throw new ArgumentOutOfRangeException(nameof(value), value.GetType(), "no raw form"),
    };

    private static ulong Slots(KernelWorld world, ulong[] values)
    {
        var slots = world.Memory((values.Length + 8) * 8);
        for (var i = 0; i < values.Length; i++)
            GuestMemory.Write(slots + (nuint)(i * 8), values[i]);
        return slots;
    }

    private static ulong Ansi(KernelWorld world, string text) => Texts.Ansi(world, text);

    private static ulong Wide(KernelWorld world, string text) => Texts.Wide(world, text);
}
