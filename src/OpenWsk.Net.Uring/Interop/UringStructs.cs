// The structures of io_uring as 64-bit Linux lays them out (linux/io_uring.h). They are shared memory or
// arguments of system calls; who may write which field when is in Ring/UringRing.cs.
using System.Runtime.InteropServices;

namespace OpenWsk.Net.Uring.Interop;

/// <summary>struct io_uring_sqe: what is to be done.</summary>
[StructLayout(LayoutKind.Explicit, Size = 64)]
internal struct Submission
{
    [FieldOffset(0)] public UringOpcode Opcode;
    [FieldOffset(1)] public byte Flags;
    [FieldOffset(2)] public ushort Priority;
    [FieldOffset(4)] public int Descriptor;
    [FieldOffset(8)] public ulong Offset;
    [FieldOffset(16)] public ulong Address;
    [FieldOffset(24)] public uint Length;
    [FieldOffset(28)] public uint OperationFlags;
    [FieldOffset(32)] public ulong UserData;
    [FieldOffset(40)] public ushort BufferGroup;
    [FieldOffset(42)] public ushort Personality;
    [FieldOffset(44)] public uint FileIndex;
    [FieldOffset(48)] public ulong Address3;
}

/// <summary>struct io_uring_cqe: what has been done.</summary>
internal readonly struct Completion
{
    public readonly ulong UserData;
    public readonly int Result;
    public readonly uint Flags;
}

/// <summary>struct io_uring_params with its two structs of offsets.</summary>
[StructLayout(LayoutKind.Explicit, Size = 120)]
internal struct RingParameters
{
    [FieldOffset(0)] public uint SqEntries;
    [FieldOffset(4)] public uint CqEntries;
    [FieldOffset(8)] public uint Flags;
    [FieldOffset(20)] public uint Features;
    [FieldOffset(40)] public uint SqHead;
    [FieldOffset(44)] public uint SqTail;
    [FieldOffset(48)] public uint SqMask;
    [FieldOffset(56)] public uint SqFlags;
    [FieldOffset(64)] public uint SqArray;
    [FieldOffset(80)] public uint CqHead;
    [FieldOffset(84)] public uint CqTail;
    [FieldOffset(88)] public uint CqMask;
    [FieldOffset(96)] public uint CqOverflow;
    [FieldOffset(100)] public uint Cqes;
}

/// <summary>struct io_uring_getevents_arg.</summary>
internal struct WaitArgument
{
    public ulong SignalMask;
    public uint SignalMaskBytes;
    public uint MinimumWaitUs;
    public ulong Timeout;
}

/// <summary>struct __kernel_timespec.</summary>
internal struct TimeSpec
{
    public long Seconds;
    public long Nanoseconds;
}

/// <summary>struct io_uring_buf_reg.</summary>
[StructLayout(LayoutKind.Explicit, Size = 40)]
internal struct BufferRingRegistration
{
    [FieldOffset(0)] public ulong Address;
    [FieldOffset(8)] public uint Entries;
    [FieldOffset(12)] public ushort Group;
    [FieldOffset(14)] public ushort Flags;
}

/// <summary>struct io_uring_buf: one provided buffer. The tail lies in the first one's last field.</summary>
internal struct ProvidedBuffer
{
    public ulong Address;
    public uint Length;
    public ushort Id;
    public ushort Tail;
}

/// <summary>struct io_uring_rsrc_update, by which a ring registers its own descriptor.</summary>
internal struct ResourceUpdate
{
    public uint Offset;
    public uint Reserved;
    public ulong Data;
}
