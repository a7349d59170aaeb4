// The C library and the rest of Rtl's strings as drivers import them: bounded copies, numbers both ways,
// sorting, code pages, checksums. It knows nothing about formats: see FormatTests.cs.
using System.Text;

namespace OpenWsk.Kernel.Tests;

public sealed class CRuntimeTests
{
    private const ulong Invalid = 22;
    private const ulong Range = 34;
    private const ulong Truncated = 80;

    [Theory]
    [InlineData("str", 1)]
    [InlineData("wcs", 2)]
    public void Bounded_copies_end_or_refuse(string family, int unit) => KernelWorld.Simulate(world =>
    {
        var target = world.Memory(16);
        var text = Text(world, "hello", unit);
        Assert.Equal(0ul, world.Call(family + "cpy_s", target, 6, text));
        Assert.Equal("hello", Read(target, unit));
        Assert.Equal(Range, world.Call(family + "cpy_s", target, 5, text));
        Assert.Equal("", Read(target, unit));
        Assert.Equal(Invalid, world.Call(family + "cpy_s", 0, 5, text));
        Assert.Equal(Truncated, world.Call(family + "ncpy_s", target, 4, text, ulong.MaxValue));
        Assert.Equal("hel", Read(target, unit));
        Assert.Equal(0ul, world.Call(family + "ncat_s", target, 6, text, 2));
        Assert.Equal("helhe", Read(target, unit));
        Assert.Equal(Range, world.Call(family + "cat_s", target, 6, text));
        Assert.Equal(2ul, world.Call(family + "spn", text, Text(world, "eh", unit)));
        Assert.Equal(2ul, world.Call(family + "cspn", text, Text(world, "ol", unit)));
        Assert.Equal(text + (nuint)(4 * unit), world.Call(family + "pbrk", text, Text(world, "o", unit)));
        world.Call($"_{family}upr", text);
        world.Call($"_{family}rev", text);
        Assert.Equal("OLLEH", Read(text, unit));
    });

    [Theory]
    [InlineData("strtok_s", 1)]
    [InlineData("wcstok_s", 2)]
    public void Tokens_are_taken_one_by_one(string routine, int unit) => KernelWorld.Simulate(world =>
    {
        var (context, set) = (world.New<nuint>(), Text(world, ", ", unit));
        var tokens = new List<string>();
        for (var at = world.Call(routine, Text(world, ", one,two ,,three", unit), set, context.Address);
            at != 0;
            at = world.Call(routine, 0, set, context.Address))
            tokens.Add(Read((nuint)at, unit));
        Assert.Equal(["one", "two", "three"], tokens);
    });

    [Theory]
    [InlineData("strtol", " -42x", 10, -42L, 4)]
    [InlineData("strtol", "0x1Fz", 0, 31L, 4)]
    [InlineData("strtol", "0xz", 16, 0L, 1)]
    [InlineData("strtol", "017", 0, 15L, 3)]
    [InlineData("strtol", "99999999999", 10, int.MaxValue, 11)]
    [InlineData("strtol", "-99999999999", 10, int.MinValue, 12)]
    [InlineData("strtol", "none", 10, 0L, 0)]
    [InlineData("strtoul", "-1", 10, 0xFFFFFFFFL, 2)]
    [InlineData("wcstoul", "ffffffffff", 16, 0xFFFFFFFFL, 10)]
    [InlineData("_strtoi64", "99999999999999999999999", 10, long.MaxValue, 23)]
    [InlineData("_wcstoui64", "-1", 10, -1L, 2)]
    public void Numbers_are_read(string routine, string text, int radix, long value, int length) =>
        KernelWorld.Simulate(world =>
        {
            var unit = routine.Contains("wcs") ? 2 : 1;
            var (at, end) = (Text(world, text, unit), world.New<nuint>());
            var result = world.Call(routine, at, end.Address, (ulong)radix);
            if (routine is "strtol")
                Assert.Equal(value, (int)result);
            else
                Assert.Equal((ulong)value, result);
            Assert.Equal(at + (nuint)(length * unit), end.Value);
        });

    [Theory]
    [InlineData("_itoa", -42, 10, "-42")]
    [InlineData("_itoa", -1, 16, "ffffffff")]
    [InlineData("_i64tow", long.MinValue, 10, "-9223372036854775808")]
    [InlineData("_ui64toa", -1, 2, "1111111111111111111111111111111111111111111111111111111111111111")]
    [InlineData("_ultow", 35, 36, "z")]
    public void Numbers_are_written(string routine, long value, int radix, string text) =>
        KernelWorld.Simulate(world =>
        {
            var unit = routine.EndsWith('w') ? 2 : 1;
            var target = world.Memory(200);
            world.Call(routine, (ulong)value, target, (ulong)radix);
            Assert.Equal(text, Read(target, unit));
            Assert.Equal(0ul, world.Call(
                routine + "_s", (ulong)value, target, (ulong)text.Length + 1, (ulong)radix));
            Assert.Equal(text, Read(target, unit));
            Assert.Equal(Range, world.Call(
                routine + "_s", (ulong)value, target, (ulong)text.Length, (ulong)radix));
            Assert.Equal("", Read(target, unit));
        });

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(257)]
    public void Elements_are_sorted_and_found(int count) => KernelWorld.Simulate(world =>
    {
        var random = new Random(count);
        var numbers = Enumerable.Range(0, count).Select(_ => random.Next(1000)).ToArray();
        var array = world.Memory(Math.Max(count, 1) * 4);
        for (var i = 0; i < count; i++)
            GuestMemory.Write(array + (nuint)(i * 4), numbers[i]);
        var compare = world.Callback(a => unchecked((ulong)GuestMemory.Read<int>((nuint)a[0])
            .CompareTo(GuestMemory.Read<int>((nuint)a[1]))));
        world.Call("qsort", array, (ulong)count, 4, compare);
        Assert.Equal(numbers.Order(), Enumerable.Range(0, count)
            .Select(i => GuestMemory.Read<int>(array + (nuint)(i * 4))));
        var key = world.New<int>();
        foreach (var number in numbers)
        {
            key.Value = number;
            var found = (nuint)world.Call("bsearch", key.Address, array, (ulong)count, 4, compare);
            Assert.Equal(number, GuestMemory.Read<int>(found));
        }
        key.Value = 2000;
        Assert.Equal(0ul, world.Call("bsearch", key.Address, array, (ulong)count, 4, compare));
    });

    [Fact]
    public void A_comparison_that_lies_does_no_harm() => KernelWorld.Simulate(world =>
    {
        var random = new Random(1);
        var array = world.Memory(400);
        world.Call("qsort", array, 100, 4, world.Callback(_ => unchecked((ulong)random.Next(-1, 2))));
    });

    [Fact]
    public void The_random_numbers_are_those_of_the_c_library() => KernelWorld.Simulate(world =>
    {
        world.Call("srand", 1);
        Assert.Equal([41ul, 18467ul, 6334ul], [world.Call("rand"), world.Call("rand"), world.Call("rand")]);
    });

    [Fact]
    public void Checksums_are_the_known_ones() => KernelWorld.Simulate(world =>
    {
        var text = Text(world, "123456789", 1);
        Assert.Equal(0xCBF43926ul, world.Call("RtlCrc32", text, 9, 0));
        var half = world.Call("RtlComputeCrc32", 0, text, 4);
        Assert.Equal(0xCBF43926ul, world.Call("RtlComputeCrc32", half, text + 4, 5));
        Assert.Equal(0x995DC9BBDF1939FAul, world.Call("RtlCrc64", text, 9, 0));
    });

    [Fact]
    public void Code_pages_convert_by_length() => KernelWorld.Simulate(world =>
    {
        var (source, target, count) = (Text(world, "grüß", 2), world.Memory(32), world.New<uint>());
        Assert.Equal(0ul, world.Call("RtlUnicodeToMultiByteN", target, 32, count.Address, source, 8));
        Assert.Equal("grüß", Encoding.UTF8.GetString(GuestMemory.Span(target, (int)count.Value)));
        Assert.Equal(0ul, world.Call("RtlMultiByteToUnicodeN", source, 6, count.Address, target, 6));
        Assert.Equal(6u, count.Value);
        Assert.Equal(0ul, world.Call("RtlUpcaseUnicodeToMultiByteN", target, 2, count.Address, source, 6));
        Assert.Equal("GR", Encoding.UTF8.GetString(GuestMemory.Span(target, 2)));
        Assert.Equal(4ul, world.Call("mbstowcs", target, Text(world, "abcd", 1), 16));
        Assert.Equal("abcd", Read(target, 2));
    });

    [Theory]
    [InlineData("RtlUTF8ToUnicodeN")]
    [InlineData("RtlUnicodeToUTF8N")]
    [InlineData("RtlUnicodeToMultiByteN")]
    public void A_length_that_no_memory_has_is_an_access_violation(string routine) =>
        KernelWorld.Simulate(world => Assert.Equal(
            NTSTATUS.STATUS_ACCESS_VIOLATION,
            Assert.Throws<GuestRaiseException>(() => world.Call(
                routine, world.Memory(8), 8, 0, world.Memory(8), 0xFFFF_FFFE)).Code));

    [Fact]
    public void Counted_strings_are_duplicated_hashed_and_checked() => KernelWorld.Simulate(world =>
    {
        var (source, copy, hash) = (Counted(world, "Ab"), world.New<UNICODE_STRING>(), world.New<uint>());
        Assert.Equal(0ul, world.Call("RtlDuplicateUnicodeString", 1, source, copy.Address));
        Assert.Equal((4, 6), (copy.Value.Length, copy.Value.MaximumLength));
        Assert.Equal("Ab", Read(copy.Value.Buffer, 2));
        world.Call("RtlFreeUnicodeString", copy.Address);
        Assert.Equal(0ul, world.Call("RtlHashUnicodeString", source, 1, 0, hash.Address));
        Assert.Equal(('A' * 65599u) + 'B', hash.Value);
        Assert.Equal(0ul, world.Call("RtlValidateUnicodeString", 0, source));
        new GuestPtr<UNICODE_STRING>(source).Value.Length = 5;
        Assert.Equal(
            (uint)NTSTATUS.STATUS_INVALID_PARAMETER, world.Call("RtlValidateUnicodeString", 0, source));
        var number = world.New<long>();
        Assert.Equal(0ul, world.Call(
            "RtlUnicodeStringToInt64", Counted(world, "-12"), 10, number.Address, 0));
        Assert.Equal(-12, number.Value);
        var text = world.Memory(16);
        Assert.Equal(0ul, world.Call("RtlIntegerToChar", 255, 16, unchecked((ulong)-4), text));
        Assert.Equal("00FF", Read(text, 1));
        Assert.Equal(
            (uint)NTSTATUS.STATUS_BUFFER_OVERFLOW, world.Call("RtlIntegerToChar", 255, 2, 4, text));
    });

    [Theory]
    [InlineData("A", 1)]
    [InlineData("W", 2)]
    public void Ethernet_addresses_are_text_and_back(string width, int unit) => KernelWorld.Simulate(world =>
    {
        var (address, end) = (world.Memory(8), world.New<nuint>());
        var text = Text(world, "00-1a-2B-3c-4D-5e;", unit);
        Assert.Equal(0ul, world.Call("RtlEthernetStringToAddress" + width, text, end.Address, address));
        Assert.Equal(text + (nuint)(17 * unit), end.Value);
        var target = world.Memory(40);
        Assert.Equal(
            target + (nuint)(17 * unit), world.Call("RtlEthernetAddressToString" + width, address, target));
        Assert.Equal("00-1A-2B-3C-4D-5E", Read(target, unit));
        Assert.Equal(
            (uint)NTSTATUS.STATUS_INVALID_PARAMETER,
            world.Call(
                "RtlEthernetStringToAddress" + width, Text(world, "00-1a-2", unit), end.Address, address));
    });

    private static nuint Counted(KernelWorld world, string text)
    {
        var s = world.New<UNICODE_STRING>();
        world.Call("RtlInitUnicodeString", s.Address, Text(world, text, 2));
        return s.Address;
    }

    private static nuint Text(KernelWorld world, string text, int unit)
    {
        var bytes = unit == 1 ? Encoding.UTF8.GetBytes(text) : Encoding.Unicode.GetBytes(text);
        var address = world.Memory(bytes.Length + 2);
        bytes.CopyTo(GuestMemory.Span(address, bytes.Length));
        return address;
    }

    private static string Read(nuint address, int unit) => unit == 1
        ? Encoding.UTF8.GetString(GuestMemory.AnsiZ(address))
        : GuestMemory.WideZ(address).ToString();
}
