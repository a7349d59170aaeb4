// The queue of waiting threads of each dispatcher object, first in first out, by the object's address. They
// are kept outside guest memory: a driver that frees or overwrites an event hurts itself and not our lists.
// The caller holds WaitService's gate. It knows nothing about signal states.
namespace OpenWsk.Kernel;

/// <summary>Who waits for which object.</summary>
internal sealed class WaitQueues
{
    private readonly Dictionary<nuint, Queue> _queues = [];

    /// <summary>The longest-waiting block of an object, or null.</summary>
    public WaitBlock? FirstOf(nuint target) =>
        _queues.TryGetValue(target, out var queue) ? queue.First : null;

    public void Enter(Waiter waiter)
    {
        for (var i = 0; i < waiter.Count; i++)
        {
            var block = waiter.Block(i);
            _queues.TryGetValue(block.Object, out var queue);
            block.Previous = queue.Last;
            block.Next = null;
            if (queue.Last is null)
                queue.First = block;
            else
                queue.Last.Next = block;
            queue.Last = block;
            _queues[block.Object] = queue;
        }
    }

    public void Leave(Waiter waiter)
    {
        for (var i = 0; i < waiter.Count; i++)
            Unlink(waiter.Block(i));
        waiter.End();
    }

    private void Unlink(WaitBlock block)
    {
        var queue = _queues[block.Object];
        if (block.Previous is null)
            queue.First = block.Next;
        else
            block.Previous.Next = block.Next;
        if (block.Next is null)
            queue.Last = block.Previous;
        else
            block.Next.Previous = block.Previous;
        block.Next = block.Previous = null;
        if (queue.First is null)
            _queues.Remove(block.Object);
        else
            _queues[block.Object] = queue;
    }

    private struct Queue
    {
        public WaitBlock? First;
        public WaitBlock? Last;
    }
}
