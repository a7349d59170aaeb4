// The synchronisation services of the executive: it only composes.
// Next: SpinLocks.cs, WaitService.cs.
namespace OpenWsk.Kernel;

public sealed partial class Executive
{
    private readonly Lock[] _sListGates =
    [
        new(), new(), new(), new(), new(), new(), new(), new(),
        new(), new(), new(), new(), new(), new(), new(), new(),
    ];

    /// <summary>The spin locks of this world.</summary>
    public SpinLocks SpinLocks { get; private set; }

    /// <summary>The reader-writer words of this world.</summary>
    public ReaderWriterLocks ReaderWriterLocks { get; private set; }

    /// <summary>The executive resources of this world.</summary>
    public ResourceService Resources { get; private set; }

    /// <summary>The asynchronous procedure calls of this world's threads.</summary>
    internal ApcService Apcs { get; private set; }

    /// <summary>Waits and signals of this world.</summary>
    public WaitService Waits { get; private set; }

    /// <summary>The lock that guards the interlocked list at an address.</summary>
    internal Lock SListGate(nuint listHead) => _sListGates[(listHead >> 4) & 15];
}
