// What stays true of a thread beyond its life, as long as somebody references its object: id, exit status,
// priorities, processors. It knows nothing about running: see KernelThread.cs.
using OpenWsk.Abi;

namespace OpenWsk.Kernel;

/// <summary>The managed part of a thread's object.</summary>
internal sealed class ThreadRecord(int id)
{
    // LOW_REALTIME_PRIORITY / 2: what system threads start with.
    private const int DefaultPriority = 8;

    public int Id { get; } = id;

    /// <summary>STATUS_PENDING while the thread runs.</summary>
    public NTSTATUS ExitStatus { get; set; } = NTSTATUS.STATUS_PENDING;

    /// <summary>Scheduling priority as drivers set it.</summary>
    public int Priority { get; set; } = DefaultPriority;

    /// <summary>What KeSetBasePriorityThread has set.</summary>
    public int BaseIncrement { get; set; }

    /// <summary>Processors that a driver has bound the thread to; 0 for all.</summary>
    public nuint SystemAffinity { get; set; }

    /// <summary>Addresses of the calls that wait for the thread; ApcService's gate guards them.</summary>
    public List<nuint> Apcs { get; } = [];

    /// <summary>Whether there are any, for a look without the gate.</summary>
    public bool HasApcs
    {
        get => Volatile.Read(ref field);
        set => Volatile.Write(ref field, value);
    }

    /// <summary>Whether the thread takes no more calls.</summary>
    public bool HasEnded { get; set; }

    public static ThreadRecord? Of(Executive executive, nuint thread) =>
        executive.Objects.TryGet(thread, out var record) ? record.Payload as ThreadRecord : null;
}
