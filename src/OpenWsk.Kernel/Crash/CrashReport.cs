// A crash report as data: everything that is known about a bug check, taken while guest memory was as it
// was. The world's machine code fills it (OpenWsk.Loader, CrashCollector); OpenWsk.Capture makes text, JSON
// and a minidump of it. It knows nothing about how any part was found, and holds no guest pointer that
// anybody would follow: what is needed has been copied.
using OpenWsk.Abi;

namespace OpenWsk.Kernel;

/// <summary>The account of one bug check.</summary>
public sealed record CrashReport
{
    /// <summary>Code, parameters, and the state of the thread.</summary>
    public required BugCheck Check { get; init; }

    /// <summary>When it happened, by the world's clock. Units: nanoseconds.</summary>
    public long TimeNs { get; init; }

    /// <summary>The address that the driver should not have used; null when it is no fault.</summary>
    public ulong? FaultAddress { get; init; }

    /// <summary>What that address belongs to, in words.</summary>
    public string? FaultAddressOwner { get; init; }

    /// <summary>What each of the four parameters points to, where that is known; four or none.</summary>
    public IReadOnlyList<string?> ParameterOwners { get; init; } = [];

    /// <summary>The place of the fault, named as reports name addresses.</summary>
    public string? Place { get; init; }

    /// <summary>The instruction of the fault with a few around it.</summary>
    public IReadOnlyList<CrashInstruction> Instructions { get; init; } = [];

    /// <summary>The operand that the instruction failed on, with what made its address.</summary>
    public string? Operand { get; init; }

    /// <summary>What registers point to, where that is known.</summary>
    public IReadOnlyList<CrashRegister> Registers { get; init; } = [];

    /// <summary>The frames of the thread, innermost first.</summary>
    public IReadOnlyList<CrashFrame> Stack { get; init; } = [];

    /// <summary>Who made the block of pool that the fault's address belongs to, innermost first.</summary>
    public IReadOnlyList<CrashFrame> BlockMade { get; init; } = [];

    /// <summary>Who freed it; empty when nobody has, or it is not known.</summary>
    public IReadOnlyList<CrashFrame> BlockFreed { get; init; } = [];

    /// <summary>The drivers that were loaded.</summary>
    public IReadOnlyList<CrashModule> Modules { get; init; } = [];

    /// <summary>The threads that were in guest code, the one of the bug check first.</summary>
    public IReadOnlyList<CrashThread> Threads { get; init; } = [];

    /// <summary>Copies of guest memory for a dump; ranges do not overlap and ascend.</summary>
    public IReadOnlyList<CrashMemory> Memory { get; init; } = [];

    /// <summary>What happened last in the world, as lines, oldest first.</summary>
    public IReadOnlyList<string> Events { get; init; } = [];

    /// <summary>The command that does it again; null when there was none.</summary>
    public string? Command { get; init; }
}

/// <summary>One instruction.</summary>
/// <param name="Address">Where it stands.</param>
/// <param name="Bytes">Its bytes; what could be read of them.</param>
/// <param name="Text">Disassembled, Intel syntax.</param>
/// <param name="IsFault">Whether the thread stopped at it.</param>
/// <param name="Place">Its function and line; null when it is the same as the instruction's before.</param>
public sealed record CrashInstruction(
    ulong Address, IReadOnlyList<byte> Bytes, string Text, bool IsFault, string? Place);

/// <summary>A register that points to something.</summary>
public sealed record CrashRegister(string Name, ulong Value, string PointsTo);

/// <summary>One frame of a stack.</summary>
public sealed record CrashFrame
{
    public ulong Address { get; init; }

    public ulong StackPointer { get; init; }

    /// <summary>The driver's file name; null for a routine of ours and for no code.</summary>
    public string? Module { get; init; }

    public ulong ModuleOffset { get; init; }

    /// <summary>The function, or the routine of ours that the driver called.</summary>
    public string? Function { get; init; }

    public ulong FunctionOffset { get; init; }

    public string? File { get; init; }

    public int Line { get; init; }

    /// <summary>Whether the frame is one of ours, between two stretches of driver code.</summary>
    public bool IsRoutine { get; init; }
}

/// <summary>A loaded driver.</summary>
public sealed record CrashModule
{
    public required string Name { get; init; }

    /// <summary>Where its file lies; null when that is not known.</summary>
    public string? Path { get; init; }

    public required ulong Start { get; init; }

    public required uint SizeBytes { get; init; }

    /// <summary>The header's time stamp; a hash of the contents where builds are repeatable.</summary>
    public uint TimeStamp { get; init; }

    public uint CheckSum { get; init; }

    /// <summary>GUID and age of the PDB that belongs to it; null when it names none.</summary>
    public string? PdbIdentity { get; init; }

    /// <summary>The CodeView record that names the PDB, as debuggers want it; may be empty.</summary>
    public ReadOnlyMemory<byte> PdbRecord { get; init; }

    /// <summary>Where names came from.</summary>
    public IReadOnlyList<string> Symbols { get; init; } = [];

    /// <summary>Why names are missing.</summary>
    public IReadOnlyList<string> SymbolNotes { get; init; } = [];
}

/// <summary>A thread that ran guest code.</summary>
public sealed record CrashThread
{
    public required int Id { get; init; }

    public required string Name { get; init; }

    public required byte Irql { get; init; }

    /// <summary>What it was doing, in a few words.</summary>
    public required string State { get; init; }

    /// <summary>Its registers as far as they are known; rip and rsp are.</summary>
    public CONTEXT? Context { get; init; }

    public IReadOnlyList<CrashFrame> Stack { get; init; } = [];

    /// <summary>Its KPCR, which debuggers call the TEB.</summary>
    public ulong Kpcr { get; init; }

    /// <summary>Lowest address of its guest stack that is in <see cref="CrashReport.Memory"/>.</summary>
    public ulong StackStart { get; init; }

    public uint StackBytes { get; init; }
}

/// <summary>A copy of guest memory.</summary>
/// <param name="Address">Where it was.</param>
/// <param name="Bytes">What was there.</param>
/// <param name="IsCode">Whether it may be executed.</param>
public sealed record CrashMemory(ulong Address, ReadOnlyMemory<byte> Bytes, bool IsCode)
{
    public ulong End => Address + (ulong)Bytes.Length;
}
