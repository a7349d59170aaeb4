// The unwind information of one function, read from .xdata once and checked: nothing here can lead a reader
// outside the image. It knows nothing about contexts; see VirtualUnwinder.cs. The layout is that of the x64
// exception handling page of the compiler's documentation.
namespace OpenWsk.Loader;

/// <summary>What one unwind code undoes.</summary>
internal enum UnwindOperation : byte
{
    PushNonvolatile = 0,
    AllocateLarge = 1,
    AllocateSmall = 2,
    SetFrameRegister = 3,
    SaveNonvolatile = 4,
    SaveNonvolatileFar = 5,
    Epilog = 6,
    Spare = 7,
    SaveXmm128 = 8,
    SaveXmm128Far = 9,
    PushMachineFrame = 10,
}

/// <summary>
/// One unwind code with its operand. <paramref name="Offset"/> is the end of the prologue's instruction.
/// </summary>
internal readonly record struct UnwindCode(
    byte Offset, UnwindOperation Operation, byte Register, uint Operand);

/// <summary>A function's range and the RVA of its unwind information.</summary>
internal readonly record struct FunctionEntry(uint Begin, uint End, uint Unwind)
{
    public bool Contains(uint rva) => rva >= Begin && rva < End;
}

/// <summary>A range of code that version 2 declares as an epilogue, by RVA.</summary>
internal readonly record struct EpilogRange(uint Begin, uint End);

/// <summary>Checked unwind information.</summary>
internal sealed class UnwindInfo
{
    /// <summary>The handler takes part in the search for a handler.</summary>
    public const byte ExceptionHandler = 1;

    /// <summary>The handler takes part in unwinding.</summary>
    public const byte TerminationHandler = 2;

    /// <summary>The information goes on at another function entry.</summary>
    public const byte ChainedInfo = 4;

    public required int Version { get; init; }

    public required byte Flags { get; init; }

    public required uint PrologBytes { get; init; }

    /// <summary>Number of the frame register, 0 for none.</summary>
    public required int FrameRegister { get; init; }

    /// <summary>What the frame register is above the stack pointer that it was made from.</summary>
    public required uint FrameOffset { get; init; }

    /// <summary>Codes of the prologue, last instruction first.</summary>
    public required UnwindCode[] Codes { get; init; }

    /// <summary>Epilogues as version 2 declares them.</summary>
    public required EpilogRange[] Epilogs { get; init; }

    /// <summary>RVA of the language handler; 0 when there is none.</summary>
    public uint HandlerRva { get; init; }

    /// <summary>RVA of the language handler's data.</summary>
    public uint HandlerDataRva { get; init; }

    /// <summary>Where the information goes on, when it is chained.</summary>
    public FunctionEntry? Chained { get; init; }
}
