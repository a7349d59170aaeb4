// The minidump's bytes, read back as its documentation lays them out. That a debugger opens one is shown by
// the command line's tests.
using System.Buffers.Binary;
using System.Text;
using OpenWsk.Kernel;
using Xunit;

namespace OpenWsk.Capture.Tests;

public sealed class MinidumpTests
{
    private static readonly DateTimeOffset s_time = DateTimeOffset.FromUnixTimeSeconds(1_700_000_000);
    private readonly byte[] _dump = MinidumpWriter.Write(Reports.NullPointer(), s_time);

    [Fact]
    public void The_header_is_a_minidumps()
    {
        Assert.Equal("MDMP"u8.ToArray(), _dump[..4]);
        Assert.Equal(0xA793, U16(4));
        Assert.Equal(1_700_000_000u, U32(20));
        Assert.Equal(9, U16(Stream(7).Start));
        Assert.Equal(10u, U32(Stream(7).Start + 8));
    }

    [Fact]
    public void Threads_have_their_registers_and_their_stacks()
    {
        var (start, _) = Stream(3);
        Assert.Equal(2u, U32(start));
        var thread = start + 4;
        Assert.Equal(8u, U32(thread));
        Assert.Equal(Reports.StackStart, U64(thread + 24));
        Assert.Equal(0x100u, U32(thread + 32));
        Assert.Equal(0x5a, _dump[U32(thread + 36)]);
        var context = (int)U32(thread + 44);
        Assert.Equal(0x4D0u, U32(thread + 40));
        Assert.Equal(Reports.Image + 0x1010, U64(context + 0xF8));
        Assert.Equal(0, context % 16);
    }

    [Fact]
    public void The_exception_and_the_modules_are_there()
    {
        var (exception, length) = Stream(6);
        Assert.Equal(168u, length);
        Assert.Equal(8u, U32(exception));
        Assert.Equal(0xC000_0005u, U32(exception + 8));
        Assert.Equal(8ul, U64(exception + 8 + 32 + 8));
        var (modules, _) = Stream(4);
        Assert.Equal(1u, U32(modules));
        Assert.Equal(Reports.Image, U64(modules + 4));
        Assert.Equal("sample.sys", Text(U32(modules + 4 + 20)));
        var record = (int)U32(modules + 4 + 24 + 52 + 4);
        Assert.Equal("RSDS"u8.ToArray(), _dump[record..(record + 4)]);
    }

    [Fact]
    public void Memory_lies_at_the_end_and_the_comment_is_the_text()
    {
        var (memory, _) = Stream(9);
        Assert.Equal(2ul, U64(memory));
        var data = U64(memory + 8);
        Assert.Equal((ulong)_dump.Length, data + 0x3000 + 0x1000);
        Assert.Equal(Reports.Image, U64(memory + 16));
        var (comment, length) = Stream(10);
        var text = Encoding.UTF8.GetString(_dump, comment, (int)length - 1);
        Assert.Equal(CrashText.Render(Reports.NullPointer()), text);
    }

    [Fact]
    public void A_bug_check_without_an_exception_has_one_with_its_code()
    {
        var report = new CrashReport { Check = new BugCheck(BugCheckCode.BAD_POOL_CALLER, 7, 0, 3, 4) };
        var dump = MinidumpWriter.Write(report, s_time);
        var start = StreamOf(dump, 6).Start;
        Assert.Equal(0xE000_00C2u, BinaryPrimitives.ReadUInt32LittleEndian(dump.AsSpan(start + 8)));
        Assert.Equal(7ul, BinaryPrimitives.ReadUInt64LittleEndian(dump.AsSpan(start + 8 + 32 + 8)));
    }

    private (int Start, uint Length) Stream(uint kind) => StreamOf(_dump, kind);

    private static (int Start, uint Length) StreamOf(byte[] dump, uint kind)
    {
        var directory = (int)BinaryPrimitives.ReadUInt32LittleEndian(dump.AsSpan(12));
        for (var i = 0; i < BinaryPrimitives.ReadUInt32LittleEndian(dump.AsSpan(8)); i++)
        {
            var entry = dump.AsSpan(directory + 12 * i);
            if (BinaryPrimitives.ReadUInt32LittleEndian(entry) == kind)
                return ((int)BinaryPrimitives.ReadUInt32LittleEndian(entry[8..]),
                    BinaryPrimitives.ReadUInt32LittleEndian(entry[4..]));
        }
        throw new InvalidOperationException($"there is no stream {kind}");
    }

    private ushort U16(int at) => BinaryPrimitives.ReadUInt16LittleEndian(_dump.AsSpan(at));

    private uint U32(int at) => BinaryPrimitives.ReadUInt32LittleEndian(_dump.AsSpan(at));

    private ulong U64(int at) => BinaryPrimitives.ReadUInt64LittleEndian(_dump.AsSpan(at));

    private string Text(uint at) =>
        Encoding.Unicode.GetString(_dump, (int)at + 4, (int)U32((int)at));
}
