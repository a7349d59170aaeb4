// The handler of every signal that a fault of guest code can be: machine code, because a thread in guest code
// is in no state to run C#. It tells by the instruction pointer and the stack pointer whose fault it is.
// Guest code's goes to the dispatcher on the host's stack (FaultThunks.cs); what needs no dispatcher is done
// here: IRQL by cr8, cli, sti, the shared page. Everything else goes to the handler that was there before,
// with nothing changed. It reads the thread's block, the signal's frame and the bytes at rip, nothing else.
using Iced.Intel;
using static Iced.Intel.AssemblerRegisters;

namespace OpenWsk.Loader;

/// <summary>Where the stub finds what it compares with.</summary>
internal readonly record struct SignalStubLayout(
    nuint ArenaStart,
    nuint ArenaBytes,
    nuint HeapStart,
    nuint HeapBytes,
    nuint SafeCopy,
    nuint SafeCopyFailed,
    nuint Dispatch,
    nuint Data,
    int KickSignal,
    bool CanReadGsBase,
    LibraryCopies Library);

/// <summary>Emits the signal stub; rdi = signal, rsi = siginfo, rdx = ucontext.</summary>
internal sealed class SignalStub
{
    /// <summary>Offsets in the stub's data: earlier handlers by signal, ucontext offsets.</summary>
    public const int Handlers = 0;
    public const int RegisterTable = 0x280;
    public const int DefaultAction = 0x300;

    private const int Bus = 7;
    private const int Segv = 11;
    private const int AlignmentCheck = 17;
    private const int GeneralProtection = 13;
    private const int PageFault = 14;
    private const int FetchError = 0x10;
    private const int WriteError = 2;
    private const int SafeCopyBytes = 16;
    private const int NearStack = 0x10000;
    private const int IrqlByte = 0x50;
    private const int AlignmentFlag = 0x40000;
    private const int DirectionFlag = 0x400;

    // Trap, direction and alignment check must not follow into C#.
    private const int DroppedFlags = 0x100 | DirectionFlag | AlignmentFlag;

    private readonly Assembler a;
    private readonly SignalStubLayout _layout;
    private Label _chain;
    private Label _done;
    private Label _guest;
    private Label _host;
    private Label _kick;
    private Label _leave;
    private Label _privileged;
    private Label _redirect;

    public SignalStub(Assembler assembler, SignalStubLayout layout)
    {
        a = assembler;
        _layout = layout;
        _chain = a.CreateLabel();
        _done = a.CreateLabel();
        _guest = a.CreateLabel();
        _host = a.CreateLabel();
        _kick = a.CreateLabel();
        _leave = a.CreateLabel();
        _privileged = a.CreateLabel();
        _redirect = a.CreateLabel();
    }

    public void Write()
    {
        WriteSafeCopyCheck();
        WriteOwnerCheck();
        WriteWhose();
        WriteGuest();
        WritePrivileged();
        WriteRedirect();
        WriteKick();
        WriteHost();
        WriteChain();
    }

    // A copy that is allowed to fail, on any thread.
    private void WriteSafeCopyCheck()
    {
        var other = a.CreateLabel();
        a.mov(rcx, __qword_ptr[rdx + SignalFrame.Rip]);
        a.mov(r8, (ulong)_layout.SafeCopy);
        a.mov(r9, rcx);
        a.sub(r9, r8);
        a.cmp(r9, SafeCopyBytes);
        a.jae(other);
        a.mov(r8, (ulong)_layout.SafeCopyFailed);
        a.mov(__qword_ptr[rdx + SignalFrame.Rip], r8);
        a.ret();
        a.Label(ref other);
    }

    // A thread without a block, or with the block of a world that has ended and that serves another thread by
    // now, is none of ours. rax = gs base afterwards.
    private void WriteOwnerCheck()
    {
        if (_layout.CanReadGsBase)
            a.rdgsbase(rax);
        else
            WriteGsBaseBySystemCall();
        a.test(rax, rax);
        a.je(_chain);
        // fs:0 holds the same, until a driver writes there.
        if (_layout.CanReadGsBase)
            a.rdfsbase(r8);
        else
            a.mov(r8, __qword_ptr.fs[0]);
        a.cmp(r8, __qword_ptr.gs[ThreadBlock.OwnerFs]);
        a.jne(_chain);
    }

    private void WriteGsBaseBySystemCall()
    {
        const int ArchPrctl = 158;
        const int GetGs = 0x1004;
        a.push(rdi);
        a.push(rsi);
        a.push(rcx);
        a.sub(rsp, 16);
        a.mov(edi, GetGs);
        a.mov(rsi, rsp);
        a.mov(eax, ArchPrctl);
        a.syscall();
        a.mov(rax, __qword_ptr[rsp]);
        a.add(rsp, 16);
        a.pop(rcx);
        a.pop(rsi);
        a.pop(rdi);
    }

    private void WriteWhose()
    {
        a.cmp(edi, _layout.KickSignal);
        a.je(_kick);
        // Sent by a process and not by the processor.
        a.cmp(__dword_ptr[rsi + SignalFrame.Code], 0);
        a.jle(_chain);
        WriteAlignment();
        a.cmp(__qword_ptr.gs[ThreadBlock.HostRsp], 0);
        a.je(_host);
        WriteRangeCheck(_layout.ArenaStart, _layout.ArenaBytes, _guest);
        a.mov(r9, __qword_ptr[rdx + SignalFrame.Rsp]);
        a.sub(r9, __qword_ptr.gs[ThreadBlock.StackLow]);
        a.add(r9, ThreadBlock.StackGuardBytes);
        a.mov(r8, __qword_ptr.gs[ThreadBlock.StackHigh]);
        a.sub(r8, __qword_ptr.gs[ThreadBlock.StackLow]);
        a.add(r8, ThreadBlock.StackGuardBytes);
        a.cmp(r9, r8);
        a.jb(_guest);
        // C# never jumps to nowhere, so that is the guest with a stack pointer that is wild too.
        a.cmp(edi, Segv);
        a.jne(_chain);
        a.cmp(__qword_ptr[rdx + SignalFrame.Trap], PageFault);
        a.jne(_host);
        a.test(__dword_ptr[rdx + SignalFrame.Error], FetchError);
        a.je(_host);
        a.Label(ref _guest);
    }

    // The flag that has unaligned accesses fault means nothing to the kernel of Windows; a driver may leave
    // it set, and then C# is the one to fault.
    private void WriteAlignment()
    {
        var other = a.CreateLabel();
        a.cmp(edi, Bus);
        a.jne(other);
        a.cmp(__qword_ptr[rdx + SignalFrame.Trap], AlignmentCheck);
        a.jne(other);
        a.and(__dword_ptr[rdx + SignalFrame.Flags], ~AlignmentFlag);
        a.ret();
        a.Label(ref other);
    }

    // rcx = rip; jumps when it lies in the range.
    private void WriteRangeCheck(nuint start, nuint bytes, Label inside)
    {
        a.mov(r8, (ulong)start);
        a.mov(r9, rcx);
        a.sub(r9, r8);
        a.cmp(r9, (int)bytes);
        a.jb(inside);
    }

    private void WriteGuest()
    {
        a.cmp(edi, Segv);
        a.jne(_redirect);
        a.mov(r9, __qword_ptr[rdx + SignalFrame.Trap]);
        a.cmp(r9, GeneralProtection);
        a.je(_privileged);
        a.cmp(r9, PageFault);
        a.jne(_redirect);
        WriteSharedPage();
        a.jmp(_redirect);
    }

    // A read of the shared page where Windows has it: every register that points into it is made to point
    // into the world's page, and the instruction is tried again.
    private void WriteSharedPage()
    {
        const int Slack = 0x1000;
        a.mov(r8, SharedPage.WindowsAddress);
        a.mov(r9, __qword_ptr[rdx + SignalFrame.Cr2]);
        a.sub(r9, r8);
        a.cmp(r9, 0x1000);
        a.jae(_redirect);
        a.test(__dword_ptr[rdx + SignalFrame.Error], WriteError | FetchError);
        a.jne(_redirect);
        a.mov(r10, __qword_ptr.gs[ThreadBlock.SharedPageAddress]);
        a.test(r10, r10);
        a.je(_redirect);
        a.sub(r10, r8);
        a.xor(r11d, r11d);
        foreach (var register in SignalFrame.Registers)
        {
            if (register == SignalFrame.Rsp)
                continue;
            var next = a.CreateLabel();
            a.mov(r9, __qword_ptr[rdx + register]);
            a.sub(r9, r8);
            a.add(r9, Slack);
            a.cmp(r9, 3 * Slack);
            a.jae(next);
            a.add(__qword_ptr[rdx + register], r10);
            a.inc(r11d);
            a.Label(ref next);
        }
        a.test(r11d, r11d);
        a.jne(_done);
    }

    // rcx = rip. The bytes are read one after the other: the instruction may end its page.
    private void WritePrivileged()
    {
        var one = a.CreateLabel();
        var read = a.CreateLabel();
        var four = a.CreateLabel();
        var stepped = a.CreateLabel();
        a.Label(ref _privileged);
        a.movzx(r8d, __byte_ptr[rcx]);
        a.cmp(r8d, 0xFA);
        a.je(one);
        a.cmp(r8d, 0xFB);
        a.je(one);
        // 44 or 45, 0F, 20 or 22, register: mov between cr8 and a register.
        a.mov(r9d, r8d);
        a.and(r9d, 0xFE);
        a.cmp(r9d, 0x44);
        a.jne(_redirect);
        a.cmp(__byte_ptr[rcx + 1], 0x0F);
        a.jne(_redirect);
        a.movzx(r10d, __byte_ptr[rcx + 2]);
        a.mov(r11d, r10d);
        a.and(r11d, 0xFD);
        a.cmp(r11d, 0x20);
        a.jne(_redirect);
        a.movzx(r11d, __byte_ptr[rcx + 3]);
        a.test(r11d, 0x38);
        a.jne(_redirect);
        a.and(r11d, 7);
        a.and(r8d, 1);
        a.shl(r8d, 3);
        a.or(r11d, r8d);
        a.mov(r9, (ulong)_layout.Data + RegisterTable);
        a.mov(r9, __qword_ptr[r9 + r11 * 8]);
        a.cmp(r10d, 0x20);
        a.je(read);
        a.mov(r9, __qword_ptr[rdx + r9]);
        a.mov(__byte_ptr.gs[IrqlByte], r9b);
        a.jmp(four);
        a.Label(ref read);
        a.movzx(r8d, __byte_ptr.gs[IrqlByte]);
        a.mov(__qword_ptr[rdx + r9], r8);
        a.Label(ref four);
        a.add(__qword_ptr[rdx + SignalFrame.Rip], 4);
        a.jmp(stepped);
        a.Label(ref one);
        a.inc(__qword_ptr[rdx + SignalFrame.Rip]);
        a.Label(ref stepped);
        WriteLeaveIfKicked();
        a.Label(ref _done);
        a.ret();
    }

    // A loop of such instructions is nearly always here when it is kicked.
    private void WriteLeaveIfKicked()
    {
        a.cmp(__dword_ptr.gs[ThreadBlock.Kick], 0);
        a.je(_done);
        a.mov(rcx, __qword_ptr[rdx + SignalFrame.Rip]);
        a.Label(ref _leave);
        a.mov(edi, ThreadBlock.KickMark);
        a.jmp(_redirect);
    }

    private void WriteRedirect()
    {
        a.Label(ref _redirect);
        for (var i = 0; i < SignalFrame.Registers.Length; i++)
        {
            a.mov(r8, __qword_ptr[rdx + SignalFrame.Registers[i]]);
            a.mov(__qword_ptr.gs[ThreadBlock.Context + SignalFrame.ContextRegisters + 8 * i], r8);
        }
        a.mov(__qword_ptr.gs[ThreadBlock.Context + 0xF8], rcx);
        a.mov(r8d, __dword_ptr[rdx + SignalFrame.Flags]);
        a.mov(__dword_ptr.gs[ThreadBlock.Context + 0x44], r8d);
        a.mov(__dword_ptr.gs[ThreadBlock.FaultSignal], edi);
        a.mov(r8d, __dword_ptr[rsi + SignalFrame.Code]);
        a.mov(__dword_ptr.gs[ThreadBlock.FaultCode], r8d);
        a.mov(r8, __qword_ptr[rsi + SignalFrame.Address]);
        a.mov(__qword_ptr.gs[ThreadBlock.FaultAddress], r8);
        a.mov(r8, __qword_ptr[rdx + SignalFrame.Trap]);
        a.mov(__qword_ptr.gs[ThreadBlock.FaultTrap], r8);
        a.mov(r8, __qword_ptr[rdx + SignalFrame.Error]);
        a.mov(__qword_ptr.gs[ThreadBlock.FaultError], r8);
        a.mov(r8, __qword_ptr[rdx + SignalFrame.Cr2]);
        a.mov(__qword_ptr.gs[ThreadBlock.FaultCr2], r8);
        a.mov(r8, __qword_ptr.gs[ThreadBlock.HostRsp]);
        a.mov(__qword_ptr[rdx + SignalFrame.Rsp], r8);
        a.mov(r8, (ulong)_layout.Dispatch);
        a.mov(__qword_ptr[rdx + SignalFrame.Rip], r8);
        a.and(__dword_ptr[rdx + SignalFrame.Flags], ~DroppedFlags);
        a.ret();
    }

    // Somebody wants the thread out of the guest. Where a driver's own instruction runs, it is taken out,
    // wherever its stack pointer leads; in a routine it is told to leave on the way back, because one that
    // does nothing but call is hardly ever found in between.
    private void WriteKick()
    {
        var inRoutine = a.CreateLabel();
        var late = a.CreateLabel();
        a.Label(ref _kick);
        a.cmp(__dword_ptr.gs[ThreadBlock.Kick], 0);
        a.je(_done);
        a.cmp(__qword_ptr.gs[ThreadBlock.HostRsp], 0);
        a.je(late);
        WriteRangeCheck(_layout.HeapStart, _layout.HeapBytes, inRoutine);
        WriteRangeCheck(_layout.ArenaStart, _layout.ArenaBytes, _leave);
        a.Label(ref inRoutine);
        // What the routine itself asks for on its way back goes first.
        a.cmp(__dword_ptr.gs[ThreadBlock.Pending], 0);
        a.jne(_done);
        a.mov(__dword_ptr.gs[ThreadBlock.Pending], ThreadBlock.Kicked);
        a.ret();
        // It has left meanwhile, and must not be taken out of what it enters next.
        a.Label(ref late);
        a.mov(__dword_ptr.gs[ThreadBlock.Kick], 0);
        a.ret();
    }

    // C# on a thread of a world used a wild pointer. The runtime makes a NullReferenceException of a fault at
    // address 0 and ends the process at any other; so it is told 0, and the true address is kept. A fault
    // near the stack pointer stays what it is: the host's stack overflowing.
    private void WriteHost()
    {
        var known = a.CreateLabel();
        a.Label(ref _host);
        a.cmp(edi, Segv);
        a.jne(_chain);
        a.mov(r9, __qword_ptr[rdx + SignalFrame.Trap]);
        a.mov(r8, -1);
        a.cmp(r9, GeneralProtection);
        a.je(known);
        a.cmp(r9, PageFault);
        a.jne(_chain);
        a.test(__dword_ptr[rdx + SignalFrame.Error], FetchError);
        a.jne(_chain);
        a.mov(r8, __qword_ptr[rdx + SignalFrame.Cr2]);
        a.mov(r9, r8);
        a.sub(r9, __qword_ptr[rdx + SignalFrame.Rsp]);
        a.add(r9, NearStack);
        a.cmp(r9, 2 * NearStack);
        a.jb(_chain);
        a.Label(ref known);
        a.mov(__qword_ptr.gs[ThreadBlock.HostFaultAddress], r8);
        a.mov(r9, __qword_ptr[rdx + SignalFrame.Error]);
        a.mov(__qword_ptr.gs[ThreadBlock.HostFaultError], r9);
        a.mov(__dword_ptr.gs[ThreadBlock.HostFault], 1);
        WriteLibraryCopy();
        a.mov(__qword_ptr[rsi + SignalFrame.Address], 0);
    }

    // The runtime has the C library make long copies, and takes a fault there for its own end. These
    // functions keep nothing on the stack, so the one that faulted can return from any place; the routine
    // that asked for the copy goes on with what there is, and its thunk raises the fault instead of
    // returning. What the runtime itself copies is left alone.
    private void WriteLibraryCopy()
    {
        if (_layout.Library.RuntimeStart == 0)
            return;
        var copies = a.CreateLabel();
        var other = a.CreateLabel();
        a.cmp(__qword_ptr.gs[ThreadBlock.HostRsp], 0);
        a.je(other);
        foreach (var (start, bytes) in _layout.Library.Functions)
            WriteRangeCheck(start, bytes, copies);
        a.jmp(other);
        a.Label(ref copies);
        a.mov(r10, __qword_ptr[rdx + SignalFrame.Rsp]);
        a.mov(r10, __qword_ptr[r10]);
        a.mov(r8, (ulong)_layout.Library.RuntimeStart);
        a.mov(r9, r10);
        a.sub(r9, r8);
        a.cmp(r9, LibraryCopies.RuntimeBytes);
        a.jb(_chain);
        a.mov(r9d, __dword_ptr.gs[ThreadBlock.Pending]);
        a.and(r9d, ~(ThreadBlock.Kicked | ThreadBlock.CopyFailed));
        a.jne(_chain);
        a.mov(__dword_ptr.gs[ThreadBlock.Pending], ThreadBlock.CopyFailed);
        a.mov(__qword_ptr[rdx + SignalFrame.Rip], r10);
        a.add(__qword_ptr[rdx + SignalFrame.Rsp], 8);
        a.and(__dword_ptr[rdx + SignalFrame.Flags], ~DirectionFlag);
        a.ret();
        a.Label(ref other);
    }

    private void WriteChain()
    {
        var byDefault = a.CreateLabel();
        a.Label(ref _chain);
        a.mov(r8, (ulong)_layout.Data + Handlers);
        a.movsxd(r9, edi);
        a.mov(rax, __qword_ptr[r8 + r9 * 8]);
        a.cmp(rax, 1);
        a.jb(byDefault);
        a.je(_done);
        a.jmp(rax);
        // Nobody handled the signal before: the system's default, by the same fault once more.
        a.Label(ref byDefault);
        const int RtSigaction = 13;
        a.mov(rsi, (ulong)_layout.Data + DefaultAction);
        a.xor(edx, edx);
        a.mov(r10d, 8);
        a.mov(eax, RtSigaction);
        a.syscall();
        a.ret();
    }
}
