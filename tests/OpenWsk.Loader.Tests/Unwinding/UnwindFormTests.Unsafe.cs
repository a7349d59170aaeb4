// Forms of prologues and epilogues that compilers write rarely, each unwound from the place where a mistake
// would show: interrupt frames, ends by a jump, frame registers in a prologue, saved vectors. Bytes by hand;
// what compilers do write is in UnwindPropertyTests.Unsafe.cs.
using System.Runtime.InteropServices;

namespace OpenWsk.Loader.Tests;

public sealed unsafe class UnwindFormTests : IDisposable
{
    private const uint Function = 0x1000;
    private const uint Handler = 0x1000;
    private const ulong Caller = 0x1234;
    private const int Top = 0x100;
    private const int Rbx = 3;
    private const int Rbp = 5;
    private const int Xmm6 = 6;
    private const int FirstGeneral = 16;

    // push rbx
    private static readonly byte[] s_pushed = [1, 1, 1, 0, 1, 0x30, 0, 0];

    private readonly ulong* _stack = (ulong*)NativeMemory.AlignedAlloc(0x1000, 16);
    private readonly CONTEXT* _context = (CONTEXT*)NativeMemory.AlignedAlloc((nuint)sizeof(CONTEXT), 16);
    private readonly nuint[] _pointers = new nuint[32];

    public UnwindFormTests()
    {
        new Span<byte>(_stack, 0x1000).Clear();
        *_context = default;
        _stack[Top] = Caller;
    }

    public void Dispose()
    {
        NativeMemory.AlignedFree(_stack);
        NativeMemory.AlignedFree(_context);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    public void An_interrupts_frame_has_the_caller_behind_its_error_code(byte hasErrorCode)
    {
        var at = Top - 5 - hasErrorCode;
        _stack[at + hasErrorCode] = 0x5678;
        _stack[at + hasErrorCode + 3] = (ulong)(_stack + Top + 7);
        Unwind([0x90, 0x90], [1, 0, 1, 0, 0, (byte)(0x0A | hasErrorCode << 4), 0, 0], 1, at);
        Assert.Equal(0x5678ul, _context->Rip);
        Assert.Equal((ulong)(_stack + Top + 7), _context->Rsp);
    }

    // push rbx; nop; pop rbx; and what ends the function: ret 8, a jump to its own beginning, an indirect
    // jump with the prefix that marks an end.
    [Theory]
    [InlineData(new byte[] { 0x53, 0x90, 0x5B, 0xC2, 8, 0 })]
    [InlineData(new byte[] { 0x53, 0x90, 0x5B, 0xEB, 0xFB })]
    [InlineData(new byte[] { 0x53, 0x90, 0x5B, 0x48, 0xFF, 0xE0 })]
    public void After_the_last_pop_the_callers_address_is_on_top(byte[] code)
    {
        const int end = 3;
        Unwind(code, s_pushed, end, Top);
        AssertReturned();
    }

    // push rbx; nop; then jmp rax without a prefix, which is a switch; and what looks like an end in a
    // function that declares its epilogues and declares none there.
    [Theory]
    [InlineData(1, new byte[] { 0x53, 0x90, 0xFF, 0xE0 })]
    [InlineData(2, new byte[] { 0x53, 0x90, 0xC3, 0x90 })]
    public void What_is_no_end_leaves_the_prologue_to_be_undone(byte version, byte[] code)
    {
        _stack[Top - 1] = 77;
        Unwind(code, [version, .. s_pushed[1..]], 2, Top - 1);
        AssertReturned();
        Assert.Equal(77ul, _context->Rbx);
        Assert.Equal((nuint)(_stack + Top - 1), _pointers[FirstGeneral + Rbx]);
    }

    // push rbp; sub rsp, 20h; lea rbp, [rsp+10h]; sub rsp, 20h; mov rbx, rsi: still in the prologue.
    [Theory]
    [InlineData(5, 5, 5)]
    [InlineData(10, 5, 5)]
    [InlineData(14, 9, 5)]
    [InlineData(17, 9, 5)]
    public void A_frame_register_names_the_frame_as_soon_as_it_is_set(int offset, int depth, int frameDepth)
    {
        byte[] code =
            [0x55, 0x48, 0x83, 0xEC, 0x20, 0x48, 0x8D, 0x6C, 0x24, 0x10, 0x48, 0x83, 0xEC, 0x20, 0x48, 0x89,
                0xF3, 0x90];
        byte[] info = [1, 17, 4, 0x10 | Rbp, 14, 0x32, 10, 3, 5, 0x32, 1, 0x50];
        _stack[Top - 1] = 88;
        _context->Rbp = offset < 10 ? 1 : (ulong)(_stack + Top - frameDepth + 2);
        var frame = Unwind(code, info, offset, Top - depth);
        Assert.Equal((ulong)(_stack + Top - frameDepth), frame.Establisher);
        Assert.Equal(88ul, _context->Rbp);
        AssertReturned();
    }

    // sub rsp, 28h; movaps [rsp+10h], xmm6
    [Theory]
    [InlineData(4, false)]
    [InlineData(9, true)]
    public void A_saved_vector_is_restored_once_it_was_saved(int offset, bool isSaved)
    {
        byte[] code = [0x48, 0x83, 0xEC, 0x28, 0x0F, 0x29, 0x74, 0x24, 0x10, 0x90];
        var saved = _stack + Top - 5 + 2;
        (saved[0], saved[1]) = (3, 4);
        Unwind(code, [1, 9, 3, 0, 9, 0x68, 1, 0, 4, 0x42, 0, 0], offset, Top - 5);
        AssertReturned();
        var xmm6 = (ulong*)(VirtualUnwinder.Vectors(_context) + Xmm6);
        Assert.Equal(isSaved ? (3ul, 4ul) : (0ul, 0ul), (xmm6[0], xmm6[1]));
        Assert.Equal(isSaved ? (nuint)saved : 0, _pointers[Xmm6]);
    }

    [Theory]
    [InlineData(0, 0)]
    [InlineData(1, Handler)]
    public void In_a_prologue_no_handler_is_asked(int offset, uint handler)
    {
        byte[] info = [0x19, 1, 1, 0, 1, 0x30, 0, 0, .. BitConverter.GetBytes(Handler)];
        var frame = Unwind([0x53, 0x90, 0x90], info, offset, Top - offset);
        Assert.Equal(handler, frame.HandlerRva);
        AssertReturned();
    }

    private void AssertReturned()
    {
        Assert.Equal(Caller, _context->Rip);
        Assert.Equal((ulong)(_stack + Top + 1), _context->Rsp);
    }

    private UnwoundFrame Unwind(byte[] code, byte[] info, int offset, int rspSlot)
    {
        var image = TestImage.Right();
        image[".text"].Contents = code;
        image[".text"].VirtualBytes = (uint)code.Length;
        const uint table = 0x2100;
        byte[] function =
        [
            .. BitConverter.GetBytes(Function), .. BitConverter.GetBytes(Function + (uint)code.Length),
            .. BitConverter.GetBytes(table + 12),
        ];
        var data = image[".rdata"];
        data.Contents = [.. data.Contents, .. function, .. info];
        data.VirtualBytes = (uint)data.Contents.Length;
        image.Directories[3] = (table, 12);
        var functions = DriverImage.Read(image.Write(), "forms.sys").Functions;
        var stack = new GuestStack((nuint)_stack, (nuint)_stack + 0x1000);
        _context->Rsp = (ulong)(_stack + rspSlot);
        fixed (nuint* pointers = _pointers)
        {
            Assert.True(VirtualUnwinder.TryUnwind(
                functions, Assert.Single(functions.Entries), Function + (uint)offset, _context, stack,
                pointers, false, out var frame));
            return frame;
        }
    }
}
