// DRIVER_OBJECT and the structures beside it at their x64 layout. It knows nothing about loading.
// Divergence from Windows: none in layout; members that only the memory manager uses stay zero.
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace OpenWsk.Abi;

/// <summary>A loaded driver. 336 bytes.</summary>
[StructLayout(LayoutKind.Explicit, Size = 0x150)]
public struct DRIVER_OBJECT
{
    [FieldOffset(0x00)] public short Type;
    [FieldOffset(0x02)] public short Size;
    [FieldOffset(0x08)] public nuint DeviceObject;
    [FieldOffset(0x10)] public uint Flags;
    [FieldOffset(0x18)] public nuint DriverStart;
    [FieldOffset(0x20)] public uint DriverSize;
    [FieldOffset(0x28)] public nuint DriverSection;
    [FieldOffset(0x30)] public nuint DriverExtension;
    [FieldOffset(0x38)] public UNICODE_STRING DriverName;
    [FieldOffset(0x48)] public nuint HardwareDatabase;
    [FieldOffset(0x50)] public nuint FastIoDispatch;
    [FieldOffset(0x58)] public nuint DriverInit;
    [FieldOffset(0x60)] public nuint DriverStartIo;
    [FieldOffset(0x68)] public nuint DriverUnload;
    [FieldOffset(0x70)] public MajorFunctions MajorFunction;
}

/// <summary>The 28 dispatch routines of a driver, indexed by IRP_MJ_*.</summary>
[InlineArray(28)]
public struct MajorFunctions
{
    private nuint _first;
}

/// <summary>What the I/O manager keeps beside a DRIVER_OBJECT. 56 bytes here.</summary>
public struct DRIVER_EXTENSION
{
    public nuint DriverObject;
    public nuint AddDevice;
    public uint Count;
    public UNICODE_STRING ServiceKeyName;
    public nuint ClientDriverExtension;
    public nuint FsFilterCallbacks;
}
