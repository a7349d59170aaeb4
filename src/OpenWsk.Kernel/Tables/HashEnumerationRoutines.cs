// Walking through a hash table while entries come and go: the enumerator is an entry of the chain itself.
// The weak kind is the same here, since nothing may change the number of buckets meanwhile. It knows
// nothing about look-ups: see HashTableRoutines.cs.
using OpenWsk.Abi;

namespace OpenWsk.Kernel;

/// <summary>Routines of ntoskrnl that walk through hash tables.</summary>
public static class HashEnumerationRoutines
{
    /// <summary>Begins a walk.</summary>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full, MaxIrql = Irql.Dispatch)]
    public static byte RtlInitEnumerationHashTable(
        Executive executive,
        GuestPtr<RTL_DYNAMIC_HASH_TABLE> HashTable,
        GuestPtr<RTL_DYNAMIC_HASH_TABLE_ENUMERATOR> Enumerator)
    {
        var head = HashBuckets.Head(HashTable, 0);
        Enumerator.Value = new RTL_DYNAMIC_HASH_TABLE_ENUMERATOR { ChainHead = head };
        HashTable.Value.NumEnumerators++;
        GuestLists.InsertAfter(head, Enumerator.Address);
        return 1;
    }

    /// <summary>The next entry; NULL behind the last.</summary>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full, MaxIrql = Irql.Dispatch)]
    public static nuint RtlEnumerateEntryHashTable(
        Executive executive,
        GuestPtr<RTL_DYNAMIC_HASH_TABLE> HashTable,
        GuestPtr<RTL_DYNAMIC_HASH_TABLE_ENUMERATOR> Enumerator)
    {
        ref var enumerator = ref Enumerator.Value;
        var link = GuestLists.Next(Enumerator.Address);
        for (var bucket = enumerator.BucketIndex; bucket < HashTable.Value.TableSize; bucket++)
        {
            var head = HashBuckets.Head(HashTable, bucket);
            var entry = HashTableRoutines.SkipEnumerators(
                executive, head, bucket == enumerator.BucketIndex ? link : GuestLists.Next(head));
            if (entry == head)
                continue;
            Move(executive, Enumerator, entry);
            enumerator.BucketIndex = bucket;
            enumerator.ChainHead = head;
            return entry;
        }
        return 0;
    }

    /// <summary>Ends a walk.</summary>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full, MaxIrql = Irql.Dispatch)]
    public static void RtlEndEnumerationHashTable(
        Executive executive,
        GuestPtr<RTL_DYNAMIC_HASH_TABLE> HashTable,
        GuestPtr<RTL_DYNAMIC_HASH_TABLE_ENUMERATOR> Enumerator)
    {
        GuestLists.Remove(executive, Enumerator.Address);
        HashTable.Value.NumEnumerators--;
        Enumerator.Value.ChainHead = 0;
    }

    /// <summary>Begins a walk.</summary>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full, MaxIrql = Irql.Dispatch)]
    public static byte RtlInitWeakEnumerationHashTable(
        Executive executive,
        GuestPtr<RTL_DYNAMIC_HASH_TABLE> HashTable,
        GuestPtr<RTL_DYNAMIC_HASH_TABLE_ENUMERATOR> Enumerator) =>
        RtlInitEnumerationHashTable(executive, HashTable, Enumerator);

    /// <summary>The next entry; NULL behind the last.</summary>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full, MaxIrql = Irql.Dispatch)]
    public static nuint RtlWeaklyEnumerateEntryHashTable(
        Executive executive,
        GuestPtr<RTL_DYNAMIC_HASH_TABLE> HashTable,
        GuestPtr<RTL_DYNAMIC_HASH_TABLE_ENUMERATOR> Enumerator) =>
        RtlEnumerateEntryHashTable(executive, HashTable, Enumerator);

    /// <summary>Ends a walk.</summary>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full, MaxIrql = Irql.Dispatch)]
    public static void RtlEndWeakEnumerationHashTable(
        Executive executive,
        GuestPtr<RTL_DYNAMIC_HASH_TABLE> HashTable,
        GuestPtr<RTL_DYNAMIC_HASH_TABLE_ENUMERATOR> Enumerator) =>
        RtlEndEnumerationHashTable(executive, HashTable, Enumerator);

    private static void Move(
        Executive executive, GuestPtr<RTL_DYNAMIC_HASH_TABLE_ENUMERATOR> enumerator, nuint entry)
    {
        GuestLists.Remove(executive, enumerator.Address);
        GuestLists.InsertAfter(entry, enumerator.Address);
    }
}
