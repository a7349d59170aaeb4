// Signals that find a thread of a world in C#: a wild pointer of the guest's that a routine uses, a copy by
// the C library that meets no memory, and a kick, which wants the thread out of the guest wherever it is. It
// knows nothing about what becomes of them: NativeCode.HostFaults.cs, NativeCode.Kicks.cs.
using Iced.Intel;
using static Iced.Intel.AssemblerRegisters;

namespace OpenWsk.Loader;

internal sealed partial class SignalStub
{
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
}
