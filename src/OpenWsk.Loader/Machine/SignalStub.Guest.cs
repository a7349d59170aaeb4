// A fault of guest code that needs no dispatcher: a read of the shared page where Windows has it, cr8, cli
// and sti. What is none of these goes to the dispatcher (WriteRedirect of SignalStub.cs). It knows nothing
// about what a routine of ours did wrong: SignalStub.Host.cs.
using Iced.Intel;
using static Iced.Intel.AssemblerRegisters;

namespace OpenWsk.Loader;

internal sealed partial class SignalStub
{
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
}
