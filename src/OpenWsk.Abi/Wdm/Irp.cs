// IRP, IO_STACK_LOCATION and MDL at their x64 layout: drivers' inlined macros read and write these in place.
// Offsets: docs/reference (wsk-surface), checked by the layout test. It knows nothing about completion.
// The stack locations follow the IRP directly; the PFN array follows the MDL.
using System.Runtime.InteropServices;

namespace OpenWsk.Abi;

/// <summary>An I/O request packet. 208 bytes, followed by its stack locations of 72 bytes each.</summary>
[GuestAlignment(16)]
[StructLayout(LayoutKind.Explicit, Size = SizeBytes)]
public struct IRP
{
    public const int SizeBytes = 208;

    [FieldOffset(0)] public short Type;
    [FieldOffset(2)] public ushort Size;
    [FieldOffset(4)] public ushort AllocationProcessorNumber;
    [FieldOffset(8)] public GuestPtr<MDL> MdlAddress;
    [FieldOffset(16)] public uint Flags;
    [FieldOffset(24)] public nuint AssociatedIrp;
    [FieldOffset(32)] public LIST_ENTRY ThreadListEntry;
    [FieldOffset(48)] public IO_STATUS_BLOCK IoStatus;
    [FieldOffset(64)] public sbyte RequestorMode;
    [FieldOffset(65)] public byte PendingReturned;
    [FieldOffset(66)] public sbyte StackCount;
    [FieldOffset(67)] public sbyte CurrentLocation;
    [FieldOffset(68)] public byte Cancel;
    [FieldOffset(69)] public byte CancelIrql;
    [FieldOffset(70)] public sbyte ApcEnvironment;
    [FieldOffset(71)] public byte AllocationFlags;
    [FieldOffset(72)] public nuint UserIosb;
    [FieldOffset(80)] public nuint UserEvent;
    [FieldOffset(88)] public nuint Overlay0;
    [FieldOffset(96)] public nuint Overlay1;
    [FieldOffset(104)] public nuint CancelRoutine;
    [FieldOffset(112)] public nuint UserBuffer;
    [FieldOffset(120)] public nuint DriverContext0;
    [FieldOffset(128)] public nuint DriverContext1;
    [FieldOffset(136)] public nuint DriverContext2;
    [FieldOffset(144)] public nuint DriverContext3;
    [FieldOffset(152)] public nuint Thread;
    [FieldOffset(160)] public nuint AuxiliaryBuffer;
    [FieldOffset(168)] public LIST_ENTRY ListEntry;
    [FieldOffset(184)] public GuestPtr<IO_STACK_LOCATION> CurrentStackLocation;
    [FieldOffset(192)] public nuint OriginalFileObject;
    [FieldOffset(200)] public nuint IrpExtension;
}

/// <summary>One driver's place in an IRP. 72 bytes.</summary>
[StructLayout(LayoutKind.Explicit, Size = SizeBytes)]
public struct IO_STACK_LOCATION
{
    public const int SizeBytes = 72;

    [FieldOffset(0)] public byte MajorFunction;
    [FieldOffset(1)] public byte MinorFunction;
    [FieldOffset(2)] public byte Flags;
    [FieldOffset(3)] public byte Control;
    [FieldOffset(8)] public nuint Argument1;
    [FieldOffset(16)] public nuint Argument2;
    [FieldOffset(24)] public nuint Argument3;
    [FieldOffset(32)] public nuint Argument4;
    [FieldOffset(40)] public nuint DeviceObject;
    [FieldOffset(48)] public nuint FileObject;
    [FieldOffset(56)] public nuint CompletionRoutine;
    [FieldOffset(64)] public nuint Context;
}

/// <summary>Describes a range of memory by its pages. 48 bytes, followed by the PFN array.</summary>
[StructLayout(LayoutKind.Explicit, Size = SizeBytes)]
public struct MDL
{
    public const int SizeBytes = 48;

    [FieldOffset(0)] public GuestPtr<MDL> Next;
    [FieldOffset(8)] public short Size;
    [FieldOffset(10)] public short MdlFlags;
    [FieldOffset(12)] public ushort AllocationProcessorNumber;
    [FieldOffset(16)] public nuint Process;
    [FieldOffset(24)] public nuint MappedSystemVa;
    [FieldOffset(32)] public nuint StartVa;
    [FieldOffset(40)] public uint ByteCount;
    [FieldOffset(44)] public uint ByteOffset;
}
