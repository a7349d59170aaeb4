// Dynamic hash tables (RTL_DYNAMIC_HASH_TABLE) as drivers use them: entries lie in the driver's structures
// and carry a signature; entries of one signature follow each other. An enumerator is an entry too, with
// the reserved signature, and is skipped by everybody. It knows nothing about buckets: see HashBuckets.cs;
// enumerating is HashEnumerationRoutines.cs.
using OpenWsk.Abi;

namespace OpenWsk.Kernel;

/// <summary>Routines of ntoskrnl for hash tables.</summary>
public static class HashTableRoutines
{
    internal const nuint ReservedSignature = 0;
    private const nuint InsteadOfReserved = 1;
    private const uint AllocatedHeader = 1;
    private const uint Tag = 0x6C745448; // 'HTtl'

    /// <summary>Makes a table, and its header when the caller gives none.</summary>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full, MaxIrql = Irql.Dispatch)]
    public static byte RtlCreateHashTable(
        Executive executive, GuestPtr<nuint> HashTable, uint Shift, uint Flags) =>
        RtlCreateHashTableEx(executive, HashTable, HashBuckets.CountAtBegin, Shift, Flags);

    /// <summary>RtlCreateHashTable with a number of buckets to begin with, a power of two.</summary>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full, MaxIrql = Irql.Dispatch)]
    public static byte RtlCreateHashTableEx(
        Executive executive, GuestPtr<nuint> HashTable, uint InitialSize, uint Shift, uint Flags)
    {
        if (Flags != 0 || !System.Numerics.BitOperations.IsPow2(InitialSize)
            || InitialSize is < HashBuckets.CountAtBegin or > HashBuckets.CountMax)
            return 0;
        var isOurs = HashTable.Value == 0;
        var address = isOurs
            ? executive.Pool.Allocate(40, Tag, isPaged: false, isZeroed: true)
            : HashTable.Value;
        if (address == 0)
            return 0;
        var table = new GuestPtr<RTL_DYNAMIC_HASH_TABLE>(address);
        table.Value = new RTL_DYNAMIC_HASH_TABLE
        {
            Flags = isOurs ? AllocatedHeader : 0,
            Shift = Shift,
            TableSize = InitialSize,
            DivisorMask = InitialSize - 1,
        };
        if (!HashBuckets.TryMake(executive, table, InitialSize))
        {
            if (isOurs)
                executive.Pool.Free(address, Tag);
            return 0;
        }
        HashTable.Value = address;
        return 1;
    }

    /// <summary>Ends a table; its entries are the driver's.</summary>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full, MaxIrql = Irql.Dispatch)]
    public static void RtlDeleteHashTable(
        Executive executive, GuestPtr<RTL_DYNAMIC_HASH_TABLE> HashTable)
    {
        if (HashTable.Value.NumEnumerators != 0)
            executive.Breach("PARAMETER", $"the hash table at {HashTable} is deleted while it is enumerated");
        HashBuckets.Free(executive, HashTable);
        if ((HashTable.Value.Flags & AllocatedHeader) != 0)
            executive.Pool.Free(HashTable.Address, Tag);
    }

    /// <summary>Puts an entry in under a signature.</summary>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full, MaxIrql = Irql.Dispatch)]
    public static byte RtlInsertEntryHashTable(
        Executive executive,
        GuestPtr<RTL_DYNAMIC_HASH_TABLE> HashTable,
        GuestPtr<RTL_DYNAMIC_HASH_TABLE_ENTRY> Entry,
        nuint Signature,
        GuestPtr<RTL_DYNAMIC_HASH_TABLE_CONTEXT> Context)
    {
        Entry.Value.Signature = Signature == ReservedSignature ? InsteadOfReserved : Signature;
        HashTable.Value.NumEntries++;
        var context = Context.IsNull || Context.Value.ChainHead == 0
            ? Seek(executive, HashTable, Entry.Value.Signature)
            : Context.Value;
        if (!Context.IsNull)
            Context.Value = context;
        if (IsWithoutEntries(executive, context.ChainHead))
            HashTable.Value.NonEmptyBuckets++;
        GuestLists.InsertAfter(context.PrevLinkage, Entry.Address);
        return 1;
    }

    /// <summary>Takes an entry out.</summary>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full, MaxIrql = Irql.Dispatch)]
    public static byte RtlRemoveEntryHashTable(
        Executive executive,
        GuestPtr<RTL_DYNAMIC_HASH_TABLE> HashTable,
        GuestPtr<RTL_DYNAMIC_HASH_TABLE_ENTRY> Entry,
        GuestPtr<RTL_DYNAMIC_HASH_TABLE_CONTEXT> Context)
    {
        var bucket = HashBuckets.BucketOf(HashTable.Value, Entry.Value.Signature);
        var head = HashBuckets.Head(HashTable, bucket);
        var before = GuestLists.Previous(Entry.Address);
        GuestLists.Remove(executive, Entry.Address);
        HashTable.Value.NumEntries--;
        if (IsWithoutEntries(executive, head))
            HashTable.Value.NonEmptyBuckets--;
        if (!Context.IsNull)
            Context.Value = new RTL_DYNAMIC_HASH_TABLE_CONTEXT
            {
                ChainHead = head,
                PrevLinkage = before,
                Signature = Entry.Value.Signature,
            };
        return 1;
    }

    /// <summary>The first entry with a signature; NULL when there is none.</summary>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full, MaxIrql = Irql.Dispatch)]
    public static nuint RtlLookupEntryHashTable(
        Executive executive,
        GuestPtr<RTL_DYNAMIC_HASH_TABLE> HashTable,
        nuint Signature,
        GuestPtr<RTL_DYNAMIC_HASH_TABLE_CONTEXT> Context)
    {
        var context = Seek(
            executive, HashTable, Signature == ReservedSignature ? InsteadOfReserved : Signature);
        if (!Context.IsNull)
            Context.Value = context;
        return EntryBehind(context);
    }

    /// <summary>The next entry with the signature of a look-up; NULL when there is none.</summary>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full, MaxIrql = Irql.Dispatch)]
    public static nuint RtlGetNextEntryHashTable(
        Executive executive,
        GuestPtr<RTL_DYNAMIC_HASH_TABLE> HashTable,
        GuestPtr<RTL_DYNAMIC_HASH_TABLE_CONTEXT> Context)
    {
        ref var context = ref Context.Value;
        var current = GuestLists.Next(context.PrevLinkage);
        if (current == context.ChainHead)
            return 0;
        var next = SkipEnumerators(executive, context.ChainHead, GuestLists.Next(current));
        if (next == context.ChainHead || SignatureOf(next) != context.Signature)
            return 0;
        context.PrevLinkage = GuestLists.Previous(next);
        return next;
    }

    /// <summary>Adds one bucket; FALSE when the table is as large as it can be.</summary>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full, MaxIrql = Irql.Dispatch)]
    public static byte RtlExpandHashTable(
        Executive executive, GuestPtr<RTL_DYNAMIC_HASH_TABLE> HashTable)
    {
        ref var table = ref HashTable.Value;
        if (table.NumEnumerators != 0 || table.TableSize >= HashBuckets.CountMax
            || !HashBuckets.TryExtend(executive, HashTable))
            return 0;
        var split = table.Pivot;
        table.TableSize++;
        if (++table.Pivot == table.DivisorMask + 1)
        {
            table.Pivot = 0;
            table.DivisorMask = (table.DivisorMask << 1) | 1;
        }
        Redistribute(executive, HashTable, HashBuckets.Head(HashTable, split));
        return 1;
    }

    /// <summary>Takes the last bucket away; FALSE when the table is as small as it can be.</summary>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full, MaxIrql = Irql.Dispatch)]
    public static byte RtlContractHashTable(
        Executive executive, GuestPtr<RTL_DYNAMIC_HASH_TABLE> HashTable)
    {
        ref var table = ref HashTable.Value;
        if (table.NumEnumerators != 0 || table.TableSize <= HashBuckets.CountAtBegin)
            return 0;
        var last = HashBuckets.Head(HashTable, --table.TableSize);
        if (table.Pivot == 0)
        {
            table.DivisorMask >>= 1;
            table.Pivot = table.DivisorMask + 1;
        }
        table.Pivot--;
        Redistribute(executive, HashTable, last);
        return 1;
    }

    internal static nuint SignatureOf(nuint entry) =>
        new GuestPtr<RTL_DYNAMIC_HASH_TABLE_ENTRY>(entry).Value.Signature;

    /// <summary>The next place in a chain that is an entry of the driver's, or the chain's head.</summary>
    internal static nuint SkipEnumerators(Executive executive, nuint head, nuint link)
    {
        for (var steps = 0; link != head && SignatureOf(link) == ReservedSignature; steps++)
            link = TreeWalk.Checked(executive, steps, GuestLists.Next(link));
        return link;
    }

    internal static bool IsWithoutEntries(Executive executive, nuint head) =>
        SkipEnumerators(executive, head, GuestLists.Next(head)) == head;

    // The place before the first entry with the signature, or the chain's end.
    private static RTL_DYNAMIC_HASH_TABLE_CONTEXT Seek(
        Executive executive, GuestPtr<RTL_DYNAMIC_HASH_TABLE> table, nuint signature)
    {
        var head = HashBuckets.Head(table, HashBuckets.BucketOf(table.Value, signature));
        var link = GuestLists.Next(head);
        for (var steps = 0; link != head && SignatureOf(link) != signature; steps++)
            link = TreeWalk.Checked(executive, steps, GuestLists.Next(link));
        return new RTL_DYNAMIC_HASH_TABLE_CONTEXT
        {
            ChainHead = head,
            PrevLinkage = GuestLists.Previous(link),
            Signature = signature,
        };
    }

    private static nuint EntryBehind(in RTL_DYNAMIC_HASH_TABLE_CONTEXT context)
    {
        var link = GuestLists.Next(context.PrevLinkage);
        return link != context.ChainHead && SignatureOf(link) == context.Signature ? link : 0;
    }

    // Entries keep their order, so those of one signature stay together.
    private static void Redistribute(
        Executive executive, GuestPtr<RTL_DYNAMIC_HASH_TABLE> table, nuint head)
    {
        var entries = new List<nuint>();
        while (!GuestLists.IsEmpty(head))
        {
            entries.Add(GuestLists.Next(head));
            GuestLists.Remove(executive, entries[^1]);
        }
        if (entries.Count != 0)
            table.Value.NonEmptyBuckets--;
        foreach (var entry in entries)
        {
            var target = HashBuckets.Head(table, HashBuckets.BucketOf(table.Value, SignatureOf(entry)));
            if (GuestLists.IsEmpty(target))
                table.Value.NonEmptyBuckets++;
            GuestLists.InsertTail(target, entry);
        }
    }
}
