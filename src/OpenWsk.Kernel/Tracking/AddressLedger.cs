// What we know about guest memory by its address: which IRPs, MDLs, pool blocks are alive. Striped, so that
// threads that work on different objects do not meet, and free of managed allocation once it has grown to its
// working size. It knows nothing about what the records mean. Next: Irps/IrpTracker.cs, Pool/PoolBlocks.cs.
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace OpenWsk.Kernel;

/// <summary>Changes a record in place; the result is returned to who asked for the change.</summary>
public delegate TResult RecordChange<TRecord, in TArgument, out TResult>(
    ref TRecord record, TArgument argument);

/// <summary>Records by guest address.</summary>
public sealed class AddressLedger<TRecord> where TRecord : struct
{
    private const int StripeCount = 16;
    private readonly Stripe[] _stripes = new Stripe[StripeCount];

    public AddressLedger()
    {
        for (var i = 0; i < StripeCount; i++)
            _stripes[i] = new Stripe();
    }

    /// <summary>Number of records; exact when nobody changes them meanwhile.</summary>
    public int Count
    {
        get
        {
            var count = 0;
            foreach (var stripe in _stripes)
                count += stripe.Count;
            return count;
        }
    }

    /// <summary>Adds a record; false when the address has one.</summary>
    public bool TryAdd(nuint address, TRecord record)
    {
        var stripe = StripeOf(address);
        lock (stripe.Gate)
            return stripe.Records.TryAdd(address, record);
    }

    public bool TryGet(nuint address, out TRecord record)
    {
        var stripe = StripeOf(address);
        lock (stripe.Gate)
            return stripe.Records.TryGetValue(address, out record);
    }

    public bool TryRemove(nuint address, out TRecord record)
    {
        var stripe = StripeOf(address);
        lock (stripe.Gate)
            return stripe.Records.Remove(address, out record);
    }

    /// <summary>Removes the record of an address if it is the one that is meant.</summary>
    public bool TryRemove<TArgument>(
        nuint address, TArgument argument, Func<TRecord, TArgument, bool> isMeant, out TRecord record)
    {
        var stripe = StripeOf(address);
        lock (stripe.Gate)
            return stripe.Records.TryGetValue(address, out record) && isMeant(record, argument)
                && stripe.Records.Remove(address);
    }

    public bool Contains(nuint address) => TryGet(address, out _);

    /// <summary>Changes the record of an address under its lock; false when there is none.</summary>
    public bool TryChange<TArgument, TResult>(
        nuint address, RecordChange<TRecord, TArgument, TResult> change, TArgument argument,
            out TResult? result)
    {
        var stripe = StripeOf(address);
        lock (stripe.Gate)
        {
            ref var record = ref CollectionsMarshal.GetValueRefOrNullRef(stripe.Records, address);
            if (Unsafe.IsNullRef(ref record))
            {
                result = default;
                return false;
            }
            result = change(ref record, argument);
            return true;
        }
    }

    /// <summary>Every record as it is now, in the order of addresses.</summary>
    public IReadOnlyList<KeyValuePair<nuint, TRecord>> Snapshot()
    {
        var all = new List<KeyValuePair<nuint, TRecord>>();
        foreach (var stripe in _stripes)
        {
            lock (stripe.Gate)
                all.AddRange(stripe.Records);
        }
        all.Sort(static (a, b) => a.Key.CompareTo(b.Key));
        return all;
    }

    // Blocks are 16-byte aligned at least; Fibonacci hashing spreads equal strides over the stripes.
    private Stripe StripeOf(nuint address) =>
        _stripes[(int)(((ulong)address * 0x9E37_79B9_7F4A_7C15) >> 60)];

    private sealed class Stripe
    {
        public readonly Lock Gate = new();
        public readonly Dictionary<nuint, TRecord> Records = [];

        public int Count
        {
            get
            {
                lock (Gate)
                    return Records.Count;
            }
        }
    }
}
