// Version 2 of the unwind information, which says where epilogues are: a function with two of them, one not
// at the end and not in the form that version 1 demands. Bytes by hand, because no compiler here writes it.
using System.Runtime.InteropServices;

namespace OpenWsk.Loader.Tests;

public sealed unsafe class EpilogVersion2Tests : IDisposable
{
    private const uint Function = 0x1000;

    // push rbx; sub rsp, 20h; nop; add rsp, 20h; pop rbx; jmp next; nop; next: add rsp, 20h; pop rbx; ret
    private static readonly byte[] s_code =
        [0x53, 0x48, 0x83, 0xEC, 0x20, 0x90, 0x48, 0x83, 0xC4, 0x20, 0x5B, 0xEB, 1, 0x90, 0x48, 0x83, 0xC4,
            0x20, 0x5B, 0xC3];

    // Version 2, a prologue of 5 bytes, four codes: epilogues of 2 bytes, one of them at the end; another
    // 10 bytes before the end; then sub rsp and push.
    private static readonly byte[] s_info =
        [2, 5, 4, 0, 2, 0x16, 10, 0x06, 5, 0x32, 1, 0x30];

    private readonly ulong* _stack = (ulong*)NativeMemory.AlignedAlloc(0x1000, 16);
    private readonly CONTEXT* _context = (CONTEXT*)NativeMemory.AlignedAlloc((nuint)sizeof(CONTEXT), 16);

    public void Dispose()
    {
        NativeMemory.AlignedFree(_stack);
        NativeMemory.AlignedFree(_context);
    }

    // How much of the frame is still there: 0x28 in the body, 8 before the pop, nothing before the return.
    [Theory]
    [InlineData(0, 0)]
    [InlineData(1, 8)]
    [InlineData(5, 0x28)]
    [InlineData(6, 0x28)]
    [InlineData(10, 8)]
    [InlineData(11, 0)]
    [InlineData(13, 0x28)]
    [InlineData(14, 0x28)]
    [InlineData(18, 8)]
    [InlineData(19, 0)]
    public void A_declared_epilogue_is_unwound_from_each_of_its_instructions(int offset, int frameBytes)
    {
        var image = TestImage.Right();
        image[".text"].Contents = s_code;
        image[".text"].VirtualBytes = (uint)s_code.Length;
        byte[] function =
            [.. Word(Function), .. Word(Function + (uint)s_code.Length), .. Word(0x200C + 0x100)];
        var data = image[".rdata"];
        var table = 0x2000 + 0x100u;
        data.Contents = [.. data.Contents, .. new byte[0x100 - data.Contents.Length], .. function, .. s_info];
        data.VirtualBytes = (uint)data.Contents.Length;
        image.Directories[3] = (table, 12);
        var functions = DriverImage.Read(image.Write(), "epilogs.sys").Functions;
        var entry = Assert.Single(functions.Entries);
        var top = 0x100;
        _stack[top] = 0x1234;
        _stack[top - 1] = 77;
        _context->Rbx = offset is 11 or 19 or 0 ? 77ul : 5;
        _context->Rsp = (ulong)(_stack + top) - (ulong)frameBytes;
        var stack = new GuestStack((nuint)_stack, (nuint)_stack + 0x1000);
        Assert.True(VirtualUnwinder.TryUnwind(
            functions, entry, Function + (uint)offset, _context, stack, null, false, out _));
        Assert.Equal(0x1234ul, _context->Rip);
        Assert.Equal((ulong)(_stack + top + 1), _context->Rsp);
        Assert.Equal(77ul, _context->Rbx);
    }

    private static byte[] Word(uint value) => BitConverter.GetBytes(value);
}
