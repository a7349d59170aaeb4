// Dispatcher objects (what a thread can wait for) at their x64 layout. It knows nothing about waiting:
// that is the kernel's Sync folder. SignalState is read in place by drivers' inlined macros.
using System.Runtime.InteropServices;

namespace OpenWsk.Abi;

/// <summary>Type of a KEVENT.</summary>
public enum EVENT_TYPE
{
    NotificationEvent = 0,
    SynchronizationEvent = 1,
}

/// <summary>Type of a KTIMER.</summary>
public enum TIMER_TYPE
{
    NotificationTimer = 0,
    SynchronizationTimer = 1,
}

/// <summary>Whether a wait ends with all objects or with any.</summary>
public enum WAIT_TYPE
{
    WaitAll = 0,
    WaitAny = 1,
}

/// <summary>The kinds in the Type byte of a DISPATCHER_HEADER that the kernel surface has.</summary>
/// <remarks>Source: KOBJECTS of public symbols; drivers do not name them, debuggers do.</remarks>
public enum KOBJECTS
{
    EventNotificationObject = 0,
    EventSynchronizationObject = 1,
    MutantObject = 2,
    ProcessObject = 3,
    QueueObject = 4,
    SemaphoreObject = 5,
    ThreadObject = 6,
    TimerNotificationObject = 8,
    TimerSynchronizationObject = 9,
    ApcObject = 18,
    DpcObject = 19,
    DeviceQueueObject = 20,
}

/// <summary>The common head of every object that can be waited for. 24 bytes.</summary>
public struct DISPATCHER_HEADER
{
    public byte Type;
    public byte Signalling;
    public byte Size;
    public byte Reserved1;
    public int SignalState;
    public LIST_ENTRY WaitListHead;
}

/// <summary>An event. 24 bytes.</summary>
public struct KEVENT
{
    public DISPATCHER_HEADER Header;
}

/// <summary>A semaphore. 32 bytes.</summary>
public struct KSEMAPHORE
{
    public DISPATCHER_HEADER Header;
    public int Limit;
}

/// <summary>A deferred procedure call. 64 bytes.</summary>
[StructLayout(LayoutKind.Explicit, Size = 64)]
public struct KDPC
{
    [FieldOffset(0)] public byte Type;
    [FieldOffset(1)] public byte Importance;
    [FieldOffset(2)] public ushort Number;
    [FieldOffset(8)] public nuint DpcListEntry;
    [FieldOffset(16)] public nuint ProcessorHistory;
    [FieldOffset(24)] public nuint DeferredRoutine;
    [FieldOffset(32)] public nuint DeferredContext;
    [FieldOffset(40)] public nuint SystemArgument1;
    [FieldOffset(48)] public nuint SystemArgument2;
    [FieldOffset(56)] public nuint DpcData;
}

/// <summary>A timer. 64 bytes.</summary>
public struct KTIMER
{
    public DISPATCHER_HEADER Header;
    public ulong DueTime;
    public LIST_ENTRY TimerListEntry;
    public nuint Dpc;
    public uint Processor;
    public uint Period;
}

/// <summary>A fast mutex. 56 bytes.</summary>
public struct FAST_MUTEX
{
    public int Count;
    public nuint Owner;
    public uint Contention;
    public KEVENT Event;
    public uint OldIrql;
}

/// <summary>A mutex object. 56 bytes.</summary>
public struct KMUTANT
{
    public DISPATCHER_HEADER Header;
    public LIST_ENTRY MutantListEntry;
    public nuint OwnerThread;
    public byte Abandoned;
    public byte ApcDisable;
}

/// <summary>One object's place in a wait for several. 48 bytes.</summary>
public struct KWAIT_BLOCK
{
    public LIST_ENTRY WaitListEntry;
    public byte WaitType;
    public byte BlockState;
    public ushort WaitKey;
    public int SpareLong;
    public nuint Thread;
    public nuint Object;
    public nuint SparePtr;
}

/// <summary>An asynchronous procedure call. 88 bytes.</summary>
[StructLayout(LayoutKind.Explicit, Size = 0x58)]
public struct KAPC
{
    [FieldOffset(0x00)] public byte Type;
    [FieldOffset(0x02)] public byte Size;
    [FieldOffset(0x08)] public nuint Thread;
    [FieldOffset(0x10)] public LIST_ENTRY ApcListEntry;
    [FieldOffset(0x20)] public nuint KernelRoutine;
    [FieldOffset(0x28)] public nuint RundownRoutine;
    [FieldOffset(0x30)] public nuint NormalRoutine;
    [FieldOffset(0x38)] public nuint NormalContext;
    [FieldOffset(0x40)] public nuint SystemArgument1;
    [FieldOffset(0x48)] public nuint SystemArgument2;
    [FieldOffset(0x50)] public sbyte ApcStateIndex;
    [FieldOffset(0x51)] public sbyte ApcMode;
    [FieldOffset(0x52)] public byte Inserted;
}

/// <summary>One processor's place in the queue of an in-stack queued spin lock. 16 bytes.</summary>
public struct KSPIN_LOCK_QUEUE
{
    public nuint Next;
    public nuint Lock;
}

/// <summary>What a holder of an in-stack queued spin lock keeps on its stack. 24 bytes.</summary>
public struct KLOCK_QUEUE_HANDLE
{
    public KSPIN_LOCK_QUEUE LockQueue;
    public byte OldIrql;
}

/// <summary>A queue of requests to a device. 40 bytes.</summary>
public struct KDEVICE_QUEUE
{
    public short Type;
    public short Size;
    public LIST_ENTRY DeviceListHead;
    public nuint Lock;
    public byte Busy;
}

/// <summary>An entry of a KDEVICE_QUEUE. 24 bytes.</summary>
public struct KDEVICE_QUEUE_ENTRY
{
    public LIST_ENTRY DeviceListEntry;
    public uint SortKey;
    public byte Inserted;
}
