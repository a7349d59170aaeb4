// The state of a guest thread at the moment of its bug check, copied so that it stays true while the world is
// taken down. It knows nothing about symbols or text; reports are made of it.
using OpenWsk.Abi;

namespace OpenWsk.Kernel;

/// <summary>Registers, exception and stack of one thread.</summary>
public sealed class FaultSnapshot
{
    /// <summary>The guest's registers at the fault, or at the call of the routine that gave the bug
    /// check.</summary>
    public required CONTEXT Context { get; init; }

    /// <summary>The exception that nobody handled; null when a routine gave the bug check.</summary>
    public EXCEPTION_RECORD? Exception { get; init; }

    /// <summary>Thread id as PsGetCurrentThreadId reports it.</summary>
    public required int ThreadId { get; init; }

    public required string ThreadName { get; init; }

    public required byte Irql { get; init; }

    /// <summary>Addresses of the guest's frames, innermost first; the first is where it happened.</summary>
    public IReadOnlyList<nuint> StackAddresses { get; init; } = [];

    /// <summary>Lowest address of <see cref="StackMemory"/>: the guest's stack pointer.</summary>
    public nuint StackPointer { get; init; }

    /// <summary>The guest's stack from its pointer upwards, as it was.</summary>
    public ReadOnlyMemory<byte> StackMemory { get; init; }

    /// <summary>The routine of ours in which a driver's wild pointer was used; null elsewhere.</summary>
    public string? Routine { get; init; }

    /// <summary>The C# exception behind it with its stack, for bugs of ours; null elsewhere.</summary>
    public string? HostException { get; init; }
}
