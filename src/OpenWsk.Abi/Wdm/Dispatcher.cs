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
