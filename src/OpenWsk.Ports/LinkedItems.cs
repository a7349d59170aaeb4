// Items that are linked one behind another: those of a LinkedQueue.cs, and those that one has given away
// whole. Apart from it because a generic type has no static members here (CA1000).
using System.Runtime.CompilerServices;

namespace OpenWsk.Ports;

/// <summary>Walks linked items.</summary>
public static class LinkedItems
{
    /// <summary>The one behind another of a queue, or of what a queue gave away.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T? After<T>(T item) where T : DispatchItem => Unsafe.As<T?>(item.NextInQueue);

    /// <summary>Takes the first of what a queue gave away, which has one.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T TakeFirst<T>(ref T? linked) where T : DispatchItem
    {
        var first = linked!;
        linked = After(first);
        first.NextInQueue = null;
        return first;
    }
}
