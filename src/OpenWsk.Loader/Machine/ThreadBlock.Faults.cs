// The words of a thread's block that the signal stub writes and the fault path reads: the guest's registers,
// what the signal said, and a wild pointer that C# used. One contract with SignalStub.cs and FaultThunks.cs.
// It knows nothing about exceptions: see Faults/.
using OpenWsk.Abi;

namespace OpenWsk.Loader;

internal sealed unsafe partial class ThreadBlock
{
    /// <summary>Value of Pending: raise a structured exception in the caller of the routine.</summary>
    public const int Raise = 1;

    /// <summary>Value of Pending: a kick came while a routine ran.</summary>
    public const int Kicked = 4;

    /// <summary>Value of Pending: a copy that the routine had the C library make has faulted.</summary>
    public const int CopyFailed = 8;

    /// <summary>
    /// First word of what <see cref="GuestRsp"/> points to while an exception is dispatched; an import frame
    /// has its size there. The second word is the address of the exception's CONTEXT.
    /// </summary>
    public const int DispatchMarker = 0x7FFF_0000;

    /// <summary>The guest's registers, a CONTEXT. Offset from gs.</summary>
    internal const int Context = -0x1000;

    /// <summary>
    /// What <see cref="FaultSignal"/> holds when the thread is wanted out: no signal's number.
    /// </summary>
    internal const int KickMark = 0x100;

    /// <summary>Signal number; 0 when a routine raises. Offset from gs, 32 bits.</summary>
    internal const int FaultSignal = -0xB00;

    /// <summary>si_code. Offset from gs, 32 bits.</summary>
    internal const int FaultCode = -0xAFC;

    /// <summary>si_addr. Offset from gs.</summary>
    internal const int FaultAddress = -0xAF8;

    /// <summary>The processor's trap number, error code and cr2. Offset from gs.</summary>
    internal const int FaultTrap = -0xAF0;
    internal const int FaultError = -0xAE8;
    internal const int FaultCr2 = -0xAE0;

    /// <summary>Not 0 when C# used a wild pointer. Offset from gs, 32 bits.</summary>
    internal const int HostFault = -0xAD0;

    /// <summary>The pointer, and the processor's error code. Offset from gs.</summary>
    internal const int HostFaultAddress = -0xAC8;
    internal const int HostFaultError = -0xAC0;

    /// <summary>Flags to go on with, as 64 bits. Offset from gs.</summary>
    internal const int ResumeFlags = -0xAB8;

    /// <summary>An EXCEPTION_RECORD whose address bug checks can name. Offset from gs.</summary>
    internal const int Record = -0xA80;

    /// <summary>What fs:0 holds on the thread that owns the block. Offset from gs.</summary>
    internal const int OwnerFs = -0xA0;

    /// <summary>Not 0 when the watchdog wants the thread out. Offset from gs, 32 bits.</summary>
    internal const int Kick = -0x98;

    /// <summary>Bytes under the stack that nobody may touch.</summary>
    internal const int StackGuardBytes = LowGuardBytes;

    /// <summary>The system's id of the thread, for signals to it.</summary>
    internal int HostThreadId { get; set; }

    /// <summary>How often the outermost guest code was entered.</summary>
    internal long Entries { get; set; }

    /// <summary>The registers that the stub has stored.</summary>
    internal CONTEXT* FaultContext => (CONTEXT*)((nint)Gs + Context);

    /// <summary>Whether the address lies on the guest stack.</summary>
    internal bool IsOnStack(ulong address) => address - StackStart < StackEnd - StackStart;

    /// <summary>Whether the address lies in the guard under the guest stack.</summary>
    internal bool IsInGuard(ulong address) => address - (StackStart - LowGuardBytes) < LowGuardBytes;
}
