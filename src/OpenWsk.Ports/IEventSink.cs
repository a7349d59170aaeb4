// The one stream of events that trace, verifier, capture and replay listen to. Observers ask the subject
// nothing. Of a kind that nobody wants, the cost is one branch. It knows nothing about formats.
using System.Runtime.CompilerServices;
using OpenWsk.Abi;

namespace OpenWsk.Ports;

/// <summary>What an event tells.</summary>
public enum KernelEventKind : byte
{
    /// <summary>A routine was entered; Arguments hold what the caller passed.</summary>
    Call,

    /// <summary>A routine returned; Value is what it returns.</summary>
    Return,

    /// <summary>
    /// The world is about to call guest code; Arguments hold what it passes, Value the address.
    /// </summary>
    Callback,

    /// <summary>Guest code returned; Value is what it returned.</summary>
    CallbackReturn,

    /// <summary>An IRP is completed: Arguments 0 = IRP, 1 = status, 2 = information.</summary>
    IrpCompleted,

    /// <summary>
    /// The guest broke a rule: Text is the rule id, Detail says how, Value is the number of the guest's
    /// stack, 0 when there was none.
    /// </summary>
    Breach,

    /// <summary>The guest printed: Text is the line.</summary>
    DebugPrint,

    /// <summary>
    /// Something was made or ended whose lifetime observers follow: Text is the kind, Arguments 0 the
    /// address.
    /// </summary>
    Created,

    /// <summary>End of what Created began.</summary>
    Destroyed,

    /// <summary>The driver was stopped: Text is the reason, Detail the account.</summary>
    Stopped,

    /// <summary>The guest wrote a trace event: Text is the provider, Detail the event.</summary>
    Trace,

    /// <summary>The host has run out of something, which is nobody's mistake: Text tells.</summary>
    Notice,
}

/// <summary>Up to twelve 64-bit arguments, WskSocketConnect having the most.</summary>
[InlineArray(Count)]
public struct EventArguments
{
    /// <summary>How many there can be.</summary>
    public const int Count = 12;

    private ulong _first;
}

/// <summary>One event of a world.</summary>
public struct KernelEvent
{
    public KernelEventKind Kind;
    public byte Irql;
    public byte ArgumentCount;
    public int ThreadId;
    public long TimeNs;

    /// <summary>The routine's description (OpenWsk.Kernel.Routine) for Call and Return, else null.</summary>
    public object? Routine;

    public ulong Value;
    public EventArguments Arguments;
    public string? Text;
    public string? Detail;
}

/// <summary>Receives the events of a world.</summary>
public interface IEventSink
{
    /// <summary>
    /// Whether the sink needs events of a kind; asked once. A world makes none that no sink needs. Others
    /// may come all the same.
    /// </summary>
    bool Wants(KernelEventKind kind) => true;

    /// <summary>
    /// Takes one event; called on the thread where it happened, guest memory is as it was then.
    /// </summary>
    void OnEvent(in KernelEvent e);
}
