// Device queues and StartIo: one IRP of a device at a time is under way, others wait in KDEVICE_QUEUE, which
// lies in guest memory with its entries. It knows nothing about completion; drivers call IoStartNextPacket
// when they are done with an IRP. Layout: x64, as drivers see it in DEVICE_OBJECT.
using OpenWsk.Abi;

namespace OpenWsk.Kernel;

/// <summary>Routines of ntoskrnl for device queues.</summary>
public static class DeviceQueueRoutines
{
    /// <summary>Where the queue lies in a DEVICE_OBJECT.</summary>
    internal const int OffsetInDevice = 0xA0;

    // KDEVICE_QUEUE: type, size, list head, lock, busy; 28h bytes. KDEVICE_QUEUE_ENTRY: links, key, inserted.
    private const int QueueBytes = 0x28;
    private const int ListOffset = 8;
    private const int LockOffset = 0x18;
    private const int BusyOffset = 0x20;
    private const int KeyOffset = 16;
    private const int InsertedOffset = 20;

    /// <summary>Makes an empty queue that is not busy.</summary>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full, MaxIrql = Irql.Dispatch)]
    public static void KeInitializeDeviceQueue(Executive executive, nuint DeviceQueue)
    {
        GuestMemory.Span(DeviceQueue, QueueBytes).FillGuest((byte)0);
        GuestMemory.Write(DeviceQueue, (short)KOBJECTS.DeviceQueueObject);
        GuestMemory.Write(DeviceQueue + 2, (short)QueueBytes);
        var head = Head(DeviceQueue);
        (head.Value.Flink, head.Value.Blink) = (head, head);
    }

    /// <summary>Queues an entry if the queue is busy; otherwise makes it busy and returns 0.</summary>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full, MaxIrql = Irql.Dispatch)]
    public static byte KeInsertDeviceQueue(Executive executive, nuint DeviceQueue, nuint DeviceQueueEntry) =>
        Insert(executive, DeviceQueue, DeviceQueueEntry, null);

    /// <summary>KeInsertDeviceQueue at the place that the key gives.</summary>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full, MaxIrql = Irql.Dispatch)]
    public static byte KeInsertByKeyDeviceQueue(
        Executive executive, nuint DeviceQueue, nuint DeviceQueueEntry, uint SortKey) =>
        Insert(executive, DeviceQueue, DeviceQueueEntry, SortKey);

    /// <summary>Takes the first entry; NULL from an empty queue, which is not busy any more.</summary>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full, MaxIrql = Irql.Dispatch)]
    public static nuint KeRemoveDeviceQueue(Executive executive, nuint DeviceQueue) =>
        Remove(executive, DeviceQueue, null);

    /// <summary>Takes the first entry whose key is not below the given one, or else the first.</summary>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full, MaxIrql = Irql.Dispatch)]
    public static nuint KeRemoveByKeyDeviceQueue(Executive executive, nuint DeviceQueue, uint SortKey) =>
        Remove(executive, DeviceQueue, SortKey);

    /// <summary>Takes an entry out of the queue; 0 when it is not in it.</summary>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full, MaxIrql = Irql.Dispatch)]
    public static byte KeRemoveEntryDeviceQueue(
        Executive executive, nuint DeviceQueue, nuint DeviceQueueEntry)
    {
        var irql = Lock(executive, DeviceQueue);
        ref var inserted = ref GuestMemory.Ref<byte>(DeviceQueueEntry + InsertedOffset);
        var was = inserted;
        if (was != 0)
            Unlink(DeviceQueueEntry);
        Unlock(executive, DeviceQueue, irql);
        return was;
    }

    private static byte Insert(Executive executive, nuint queue, nuint entry, uint? key)
    {
        var irql = Lock(executive, queue);
        ref var busy = ref GuestMemory.Ref<byte>(queue + BusyOffset);
        ref var inserted = ref GuestMemory.Ref<byte>(entry + InsertedOffset);
        GuestMemory.Write(entry + KeyOffset, key ?? 0);
        inserted = busy;
        busy = 1;
        if (inserted != 0)
        {
            var head = Head(queue);
            var after = head.Value.Blink;
            while (key is { } wanted && after != head && KeyOf(after) > wanted)
                after = after.Value.Blink;
            LinkBehind(after, new GuestPtr<LIST_ENTRY>(entry));
        }
        Unlock(executive, queue, irql);
        return inserted;
    }

    private static nuint Remove(Executive executive, nuint queue, uint? key)
    {
        var irql = Lock(executive, queue);
        var head = Head(queue);
        var entry = head.Value.Flink;
        if (entry == head)
        {
            GuestMemory.Ref<byte>(queue + BusyOffset) = 0;
            entry = default;
        }
        else
        {
            var first = entry;
            while (key is { } wanted && entry != head && KeyOf(entry) < wanted)
                entry = entry.Value.Flink;
            entry = entry == head ? first : entry;
            Unlink(entry.Address);
        }
        Unlock(executive, queue, irql);
        return entry.Address;
    }

    private static GuestPtr<LIST_ENTRY> Head(nuint queue) => new(queue + ListOffset);

    private static uint KeyOf(GuestPtr<LIST_ENTRY> entry) =>
        GuestMemory.Read<uint>(entry.Address + KeyOffset);

    private static void LinkBehind(GuestPtr<LIST_ENTRY> before, GuestPtr<LIST_ENTRY> entry)
    {
        var next = before.Value.Flink;
        (entry.Value.Flink, entry.Value.Blink) = (next, before);
        next.Value.Blink = entry;
        before.Value.Flink = entry;
    }

    private static void Unlink(nuint entry)
    {
        var link = new GuestPtr<LIST_ENTRY>(entry);
        link.Value.Blink.Value.Flink = link.Value.Flink;
        link.Value.Flink.Value.Blink = link.Value.Blink;
        GuestMemory.Ref<byte>(entry + InsertedOffset) = 0;
    }

    private static byte Lock(Executive executive, nuint queue)
    {
        ref var irql = ref executive.CurrentThread.Irql;
        var old = irql;
        irql = Math.Max(old, Irql.Dispatch);
        executive.SpinLocks.Acquire(queue + LockOffset);
        return old;
    }

    private static void Unlock(Executive executive, nuint queue, byte irql)
    {
        executive.SpinLocks.Release(queue + LockOffset);
        executive.CurrentThread.Irql = irql;
    }
}
