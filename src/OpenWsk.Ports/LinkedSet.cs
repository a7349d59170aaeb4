// Objects of which any can leave at any time, linked through themselves, so that a place among them costs no
// memory of its own and no search. An object is in one such set of its kind at a time, and whoever owns the
// set guards it. It knows nothing about what they are. What comes and goes in order: LinkedQueue.cs.
using System.Runtime.CompilerServices;

namespace OpenWsk.Ports;

/// <summary>
/// The neighbours of an object in a <see cref="LinkedSet{T, TLinks}"/>, which alone touches them.
/// </summary>
public struct Neighbours<T> where T : class
{
    internal T? Older;
    internal T? Newer;
}

/// <summary>
/// Where objects keep their neighbours. A structure, so that the compiler knows whose it is: an interface of
/// the objects themselves would be called through for each link.
/// </summary>
public interface ILinks<T> where T : class
{
    /// <summary>The object's neighbours; a place in memory, to be written to.</summary>
    ref Neighbours<T> Of(T item);
}

/// <summary>Objects that are linked through themselves, the newest first.</summary>
public struct LinkedSet<T, TLinks>
    where T : class
    where TLinks : struct, ILinks<T>
{
    /// <summary>The one that was added last; null when there is none.</summary>
    public T? Newest { get; private set; }

    /// <summary>How many there are.</summary>
    public int Count { get; private set; }

    /// <summary>The objects, the newest first. The one that is had may be taken out.</summary>
    public readonly Enumerator GetEnumerator() => new(Newest);

    /// <summary>Adds an object that is in no set.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Add(T item)
    {
        ref var neighbours = ref default(TLinks).Of(item);
        neighbours.Newer = null;
        neighbours.Older = Newest;
        if (Newest is not null)
        {
            default(TLinks).Of(Newest).Newer = item;
        }
        Newest = item;
        Count++;
    }

    /// <summary>Takes an object of the set out.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Remove(T item)
    {
        ref var neighbours = ref default(TLinks).Of(item);
        if (neighbours.Newer is not null)
        {
            default(TLinks).Of(neighbours.Newer).Older = neighbours.Older;
        }
        else if (ReferenceEquals(Newest, item))
        {
            Newest = neighbours.Older;
        }
        else
        {
            ThrowRemoved();
        }
        if (neighbours.Older is not null)
        {
            default(TLinks).Of(neighbours.Older).Newer = neighbours.Newer;
        }
        neighbours.Older = neighbours.Newer = null;
        Count--;
    }

    private static void ThrowRemoved() =>
        throw new InvalidOperationException("What is in no set is taken out of one.");

    /// <summary>Walks over the objects of a set.</summary>
    public struct Enumerator
    {
        private T? _next;

        internal Enumerator(T? newest)
        {
            _next = newest;
            Current = null!;
        }

        /// <summary>The object that is had.</summary>
        public T Current { get; private set; }

        /// <summary>Goes to the next; false when there is none.</summary>
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public bool MoveNext()
        {
            if (_next is null)
            {
                return false;
            }
            Current = _next;
            _next = default(TLinks).Of(Current).Older;
            return true;
        }
    }
}
