// The handler of every signal that a fault of guest code can be: machine code, because a thread in guest code
// is in no state to run C#. It tells by the instruction pointer and the stack pointer whose fault it is.
// Guest code's goes to the dispatcher on the host's stack (FaultThunks.cs); what needs no dispatcher is done
// here: IRQL by cr8, cli, sti, the shared page (SignalStub.Guest.cs), and what finds a thread in C#
// (SignalStub.Host.cs). Everything else goes to the handler that was there before, with nothing changed. It
// reads the thread's block, the signal's frame and the bytes at rip, nothing else.
using Iced.Intel;
using static Iced.Intel.AssemblerRegisters;

namespace OpenWsk.Loader;

/// <summary>Emits the signal stub; rdi = signal, rsi = siginfo, rdx = ucontext.</summary>
internal sealed partial class SignalStub
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
