// A datagram as the kernel leaves it in a receive buffer: struct io_uring_recvmsg_out, room for the sender's
// address, room for control information, then the bytes (linux/io_uring.h). Of bytes that the kernel has
// joined it may be one part; parts share the rest. It knows nothing about what the control information says:
// LinuxControl.cs of OpenWsk.Net.Host.
//
// Lifetime: the memory is a receive buffer of a loop, ours until it is returned.
using System.Runtime.InteropServices;

namespace OpenWsk.Net.Uring.Datagrams;

/// <summary>A received datagram in its buffer.</summary>
/// <param name="Address">Where the buffer begins.</param>
/// <param name="LengthBytes">What the kernel has written of it.</param>
/// <param name="Buffer">Number of the buffer.</param>
internal readonly unsafe record struct ArrivedDatagram(nuint Address, int LengthBytes, int Buffer)
{
    /// <summary>Where this part begins in the bytes; 0 for all of them.</summary>
    public int OffsetBytes { get; init; }

    /// <summary>The length of this part; 0 when it is all.</summary>
    public int PartBytes { get; init; }

    /// <summary>Whether nothing else of the buffer is waiting behind it.</summary>
    public bool IsLast => PartBytes == 0 || HeadBytes + OffsetBytes + PartBytes == LengthBytes;

    /// <summary>Room for an address.</summary>
    public const int NameBytes = 32;

    /// <summary>Room for control information.</summary>
    public const int ControlBytes = 256;

    /// <summary>What stands in front of the bytes.</summary>
    public const int HeadBytes = OutBytes + NameBytes + ControlBytes;

    private const int OutBytes = 16;

    /// <summary>Where the bytes are.</summary>
    public nuint DataAddress => Address + HeadBytes + (nuint)OffsetBytes;

    /// <summary>Number of the bytes.</summary>
    public int DataBytes => PartBytes != 0 ? PartBytes : LengthBytes - HeadBytes;

    public ReadOnlySpan<byte> Data => new((void*)DataAddress, DataBytes);

    /// <summary>The sender's address.</summary>
    public ReadOnlySpan<byte> Name =>
        new((byte*)Address + OutBytes, (int)Math.Min(Out->NameBytes, NameBytes));

    public ReadOnlySpan<byte> Control =>
        new((byte*)Address + OutBytes + NameBytes, (int)Math.Min(Out->ControlBytes, ControlBytes));

    /// <summary>Flags of recvmsg(2).</summary>
    public int Flags => (int)Out->Flags;

    private OutHeader* Out => (OutHeader*)Address;

    // struct io_uring_recvmsg_out.
    [StructLayout(LayoutKind.Sequential)]
    private struct OutHeader
    {
        public uint NameBytes;
        public uint ControlBytes;
        public uint PayloadBytes;
        public uint Flags;
    }
}
