// What a flight recorder kept, as reports show it: calls, callbacks, completions, prints, in order. It knows
// nothing about how they were kept; see RingReader.cs.
using OpenWsk.Kernel;
using OpenWsk.Ports;

namespace OpenWsk.Capture;

/// <summary>A driver as the black box knows it.</summary>
public sealed record BlackBoxDriver(string Name, ulong Start, ulong LengthBytes);

/// <summary>One thing that happened.</summary>
/// <param name="Kind">
/// What it was. A call or callback within which nothing else is known is one event with its result, every
/// other one is two.
/// </param>
/// <param name="ThreadId">Where it happened.</param>
/// <param name="Irql">The level at which it began.</param>
/// <param name="TimeNs">
/// When it began; of a return, when the last thing before it did. Units: nanoseconds.
/// </param>
/// <param name="Text">The routine's name, or what the event says.</param>
/// <param name="Arguments">What was passed.</param>
public sealed record FlightEvent(
    KernelEventKind Kind, int ThreadId, byte Irql, long TimeNs, string Text, IReadOnlyList<ulong> Arguments)
{
    /// <summary>The routine, where the reader has its description.</summary>
    public Routine? Routine { get; init; }

    /// <summary>The address of the guest code that was called.</summary>
    public ulong Code { get; init; }

    /// <summary>What was returned.</summary>
    public ulong Result { get; init; }

    /// <summary>Whether a call or callback is over with this event.</summary>
    public bool IsOver { get; init; }

    /// <summary>Whether an exception ended it.</summary>
    public bool IsAbandoned { get; init; }

    /// <summary>Whether the thread enters something here that it does not leave at once.</summary>
    internal bool IsEntry => Kind is KernelEventKind.Call or KernelEventKind.Callback && !IsOver;

    /// <summary>Whether the thread leaves what it has entered.</summary>
    internal bool IsExit => Kind is KernelEventKind.Return or KernelEventKind.CallbackReturn;

    /// <summary>Whether the thread runs code of ours after the event, rather than guest code.</summary>
    internal bool IsInRoutine => Kind switch
    {
        KernelEventKind.Return => false,
        KernelEventKind.Call or KernelEventKind.Callback => IsOver == (Kind == KernelEventKind.Callback),
        _ => true,
    };
}

/// <summary>What a black box holds.</summary>
/// <param name="IsFinished">The process had told everything before it ended.</param>
/// <param name="Drivers">In the order in which they were loaded.</param>
/// <param name="Events">The last ones of each thread, oldest first.</param>
public sealed record BlackBoxContents(
    bool IsFinished, IReadOnlyList<BlackBoxDriver> Drivers, IReadOnlyList<FlightEvent> Events)
{
    /// <summary>Names an address by the driver that it lies in, or as a bare number.</summary>
    public string NameAddress(ulong address)
    {
        var driver = Drivers.FirstOrDefault(d => address - d.Start < d.LengthBytes);
        return driver is null ? $"0x{address:x}" : $"{driver.Name}+0x{address - driver.Start:x}";
    }

    /// <summary>
    /// Whether a thread is in a routine of ours, by its last event; null when none of its events is kept.
    /// </summary>
    public bool? IsInRoutine(int threadId) => Events
        .LastOrDefault(e => e.ThreadId == threadId && e.Kind is not KernelEventKind.Breach)?.IsInRoutine;
}
