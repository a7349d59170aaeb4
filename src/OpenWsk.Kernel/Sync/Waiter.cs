// What one thread waits for: a block for each object, kept with the thread so that waiting allocates nothing.
// All of it is guarded by WaitService's gate. It knows nothing about signalling.
using OpenWsk.Abi;
using OpenWsk.Ports;

namespace OpenWsk.Kernel;

/// <summary>The wait of one thread.</summary>
internal sealed class Waiter(KernelThread thread)
{
    private WaitBlock[] _blocks = [];

    public KernelThread Thread { get; } = thread;

    public IParker Parker { get; } = thread.Parker;

    /// <summary>Number of objects in the present wait.</summary>
    public int Count { get; private set; }

    public bool IsForAll { get; private set; }

    /// <summary>Set, under the gate, by whoever satisfies the wait; read without it.</summary>
    public bool IsSatisfied
    {
        get => Volatile.Read(ref field);
        set => Volatile.Write(ref field, value);
    }

    /// <summary>Index of the object that ended the wait; 0 when all did.</summary>
    public int SatisfiedIndex { get; set; }

    /// <summary>Whether a mutex that ended the wait had been abandoned.</summary>
    public bool IsAbandoned { get; set; }

    /// <summary>What the end of the wait is called.</summary>
    public NTSTATUS Status =>
        (NTSTATUS)(SatisfiedIndex + (IsAbandoned ? (int)NTSTATUS.STATUS_ABANDONED_WAIT_0 : 0));

    public WaitBlock Block(int index) => _blocks[index];

    /// <summary>Prepares the wait; the blocks are not in any queue yet.</summary>
    public void Begin(ReadOnlySpan<nuint> objects, bool isForAll)
    {
        Invariant.That(Count == 0);
        if (_blocks.Length < objects.Length)
            Grow(objects.Length);
        for (var i = 0; i < objects.Length; i++)
            _blocks[i].Object = objects[i];
        Count = objects.Length;
        IsForAll = isForAll;
        IsSatisfied = false;
        IsAbandoned = false;
        SatisfiedIndex = 0;
    }

    public void End() => Count = 0;

    private void Grow(int count)
    {
        var blocks = new WaitBlock[count];
        for (var i = 0; i < count; i++)
            blocks[i] = i < _blocks.Length ? _blocks[i] : new WaitBlock(this, i);
        _blocks = blocks;
    }
}

/// <summary>One object's place in a wait; a link in that object's queue.</summary>
internal sealed class WaitBlock(Waiter waiter, int index)
{
    public Waiter Waiter { get; } = waiter;

    public int Index { get; } = index;

    public nuint Object { get; set; }

    public WaitBlock? Next { get; set; }

    public WaitBlock? Previous { get; set; }
}
