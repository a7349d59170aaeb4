// DEVICE_OBJECT and FILE_OBJECT at their x64 layout. It knows nothing about the I/O manager that fills them.
// Offsets: the public symbols of Windows 10 and later; checked against the C headers by the layout test.
// Next: Driver.cs for the driver that owns a device, Irp.cs for the requests that go to it.
using System.Runtime.InteropServices;

namespace OpenWsk.Abi;

/// <summary>A device of a driver; its extension follows it. 336 bytes, aligned to 16.</summary>
/// <remarks>The union at 50h (list link or wait context block) and the tail belong to the I/O
/// manager.</remarks>
[GuestAlignment(16)]
[StructLayout(LayoutKind.Explicit, Size = 0x150)]
public struct DEVICE_OBJECT
{
    [FieldOffset(0x000)] public short Type;
    [FieldOffset(0x002)] public ushort Size;
    [FieldOffset(0x004)] public int ReferenceCount;
    [FieldOffset(0x008)] public GuestPtr<DRIVER_OBJECT> DriverObject;
    [FieldOffset(0x010)] public GuestPtr<DEVICE_OBJECT> NextDevice;
    [FieldOffset(0x018)] public GuestPtr<DEVICE_OBJECT> AttachedDevice;
    [FieldOffset(0x020)] public GuestPtr<IRP> CurrentIrp;
    [FieldOffset(0x028)] public nuint Timer;
    [FieldOffset(0x030)] public uint Flags;
    [FieldOffset(0x034)] public uint Characteristics;
    [FieldOffset(0x038)] public nuint Vpb;
    [FieldOffset(0x040)] public nuint DeviceExtension;
    [FieldOffset(0x048)] public uint DeviceType;
    [FieldOffset(0x04C)] public sbyte StackSize;
    [FieldOffset(0x050)] public LIST_ENTRY Queue;
    [FieldOffset(0x098)] public uint AlignmentRequirement;
    [FieldOffset(0x0A0)] public KDEVICE_QUEUE DeviceQueue;
    [FieldOffset(0x0C8)] public KDPC Dpc;
    [FieldOffset(0x108)] public uint ActiveThreadCount;
    [FieldOffset(0x110)] public nuint SecurityDescriptor;
    [FieldOffset(0x118)] public KEVENT DeviceLock;
    [FieldOffset(0x130)] public ushort SectorSize;
    [FieldOffset(0x132)] public ushort Spare1;
    [FieldOffset(0x138)] public nuint DeviceObjectExtension;
    [FieldOffset(0x140)] public nuint Reserved;
}

/// <summary>An open instance of a file or device. 216 bytes.</summary>
[StructLayout(LayoutKind.Explicit, Size = 0xD8)]
public struct FILE_OBJECT
{
    [FieldOffset(0x00)] public short Type;
    [FieldOffset(0x02)] public short Size;
    [FieldOffset(0x08)] public GuestPtr<DEVICE_OBJECT> DeviceObject;
    [FieldOffset(0x10)] public nuint Vpb;
    [FieldOffset(0x18)] public nuint FsContext;
    [FieldOffset(0x20)] public nuint FsContext2;
    [FieldOffset(0x28)] public nuint SectionObjectPointer;
    [FieldOffset(0x30)] public nuint PrivateCacheMap;
    [FieldOffset(0x38)] public NTSTATUS FinalStatus;
    [FieldOffset(0x40)] public GuestPtr<FILE_OBJECT> RelatedFileObject;
    [FieldOffset(0x48)] public byte LockOperation;
    [FieldOffset(0x49)] public byte DeletePending;
    [FieldOffset(0x4A)] public byte ReadAccess;
    [FieldOffset(0x4B)] public byte WriteAccess;
    [FieldOffset(0x4C)] public byte DeleteAccess;
    [FieldOffset(0x4D)] public byte SharedRead;
    [FieldOffset(0x4E)] public byte SharedWrite;
    [FieldOffset(0x4F)] public byte SharedDelete;
    [FieldOffset(0x50)] public uint Flags;
    [FieldOffset(0x58)] public UNICODE_STRING FileName;
    [FieldOffset(0x68)] public LARGE_INTEGER CurrentByteOffset;
    [FieldOffset(0x70)] public uint Waiters;
    [FieldOffset(0x74)] public uint Busy;
    [FieldOffset(0x78)] public nuint LastLock;
    [FieldOffset(0x80)] public KEVENT Lock;
    [FieldOffset(0x98)] public KEVENT Event;
    [FieldOffset(0xB0)] public nuint CompletionContext;
    [FieldOffset(0xB8)] public nuint IrpListLock;
    [FieldOffset(0xC0)] public LIST_ENTRY IrpList;
    [FieldOffset(0xD0)] public nuint FileObjectExtension;
}

/// <summary>What the object manager tells about a handle. 8 bytes.</summary>
public struct OBJECT_HANDLE_INFORMATION
{
    public uint HandleAttributes;
    public uint GrantedAccess;
}
