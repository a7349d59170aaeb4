// What the processor and the system said about a fault, copied out of the thread's block: a fault in guest
// code that the dispatcher calls reuses the block. It knows nothing about Windows; see FaultTranslator.cs.
namespace OpenWsk.Loader;

/// <summary>One fault as the signal told it.</summary>
/// <param name="Signal">The signal's number; 0 when a routine raised or used a wild pointer.</param>
/// <param name="Code">si_code.</param>
/// <param name="Trap">The processor's exception vector.</param>
/// <param name="Error">The processor's error code.</param>
/// <param name="Cr2">The address of a page fault.</param>
internal readonly record struct FaultInfo(int Signal, int Code, ulong Trap, ulong Error, ulong Cr2)
{
    public const ulong DivideError = 0;
    public const ulong Debug = 1;
    public const ulong Breakpoint = 3;
    public const ulong Overflow = 4;
    public const ulong InvalidOpcode = 6;
    public const ulong StackFault = 12;
    public const ulong GeneralProtection = 13;
    public const ulong PageFault = 14;
    public const ulong FloatError = 16;
    public const ulong AlignmentCheck = 17;
    public const ulong VectorError = 19;
    private const ulong ErrorWrite = 2;
    private const ulong ErrorFetch = 0x10;

    /// <summary>What the block holds since the last signal; nothing when a routine raised.</summary>
    public static FaultInfo Of(ThreadBlock block) => block.IsRaise ? default : new(
        block.Int32(ThreadBlock.FaultSignal),
        block.Int32(ThreadBlock.FaultCode),
        block.Word(ThreadBlock.FaultTrap),
        block.Word(ThreadBlock.FaultError),
        block.Word(ThreadBlock.FaultCr2));

    public bool IsPageFault => Trap == PageFault;

    /// <summary>0 reading, 1 writing, 8 executing, as EXCEPTION_RECORD has it.</summary>
    public ulong Operation =>
        !IsPageFault ? 0
        : (Error & ErrorFetch) != 0 ? 8ul
        : (Error & ErrorWrite) != 0 ? 1ul
        : 0;
}
