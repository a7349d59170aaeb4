// One registration for changes of addresses, interfaces or routes, and the change that one callback tells. It
// knows nothing about what changes: MibNotifier.cs.
using OpenWsk.Kernel;

namespace OpenWsk.Provider;

/// <summary>What a driver wants to be told of.</summary>
internal enum MibSubject
{
    Address,
    Interface,
    Route,
}

/// <summary>One registration.</summary>
internal sealed class MibNotification(
    MibSubject subject, ushort family, nuint callback, nuint context, nuint handle)
{
    public MibSubject Subject { get; } = subject;

    public ushort Family { get; } = family;

    public nuint Callback { get; } = callback;

    public nuint Context { get; } = context;

    public nuint Handle { get; } = handle;

    /// <summary>Callbacks that run now.</summary>
    public int Running { get; set; }

    /// <summary>The thread that runs a callback; 0 when none.</summary>
    public int RunningThread { get; set; }

    public bool IsCancelled { get; set; }

    /// <summary>Set when no callback runs any more; there only while somebody waits for that.</summary>
    public ManagedEvent? Idle { get; set; }
}
