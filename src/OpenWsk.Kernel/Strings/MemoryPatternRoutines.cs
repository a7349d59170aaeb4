// Memory as patterns of words: filling, comparing, checksums, byte order. It knows nothing about plain
// copying: see MemoryRoutines.Unsafe.cs.
using System.Buffers.Binary;
using OpenWsk.Abi;

namespace OpenWsk.Kernel;

/// <summary>Pattern and checksum routines of ntoskrnl.</summary>
public static class MemoryPatternRoutines
{
    // The reversed polynomials of IEEE 802.3 and of ECMA-182.
    private const uint Polynomial32 = 0xEDB8_8320;
    private const ulong Polynomial64 = 0xC96C_5795_D787_0F42;

    /// <summary>Number of bytes from the begin on that are a pattern of 32 bits.</summary>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full, Class = CallClass.Local)]
    public static nuint RtlCompareMemoryUlong(Executive executive, nuint Source, nuint Length, uint Pattern)
    {
        nuint done = 0;
        while (done + 4 <= Length && GuestMemory.Read<uint>(Source + done) == Pattern)
            done += 4;
        return done;
    }

    /// <summary>Fills memory with a pattern of 32 bits.</summary>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full, Class = CallClass.Local)]
    public static void RtlFillMemoryUlong(
        Executive executive, nuint Destination, nuint Length, uint Pattern)
    {
        for (nuint done = 0; done + 4 <= Length; done += 4)
            GuestMemory.Write(Destination + done, Pattern);
    }

    /// <summary>Fills memory with a pattern of 64 bits.</summary>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full, Class = CallClass.Local)]
    public static void RtlFillMemoryUlonglong(
        Executive executive, nuint Destination, nuint Length, ulong Pattern)
    {
        for (nuint done = 0; done + 8 <= Length; done += 8)
            GuestMemory.Write(Destination + done, Pattern);
    }

    /// <summary>Tells the processor that memory will be read; it does not need to know.</summary>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full, Class = CallClass.Local)]
    public static void RtlPrefetchMemoryNonTemporal(Executive executive, nuint Source, nuint Length)
    {
    }

    /// <summary>The CRC of IEEE 802.3, going on from an earlier one.</summary>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full, Class = CallClass.Local)]
    public static uint RtlCrc32(Executive executive, nuint Buffer, nuint Size, uint InitialCrc)
    {
        var crc = ~InitialCrc;
        for (nuint i = 0; i < Size; i++)
        {
            crc ^= GuestMemory.Read<byte>(Buffer + i);
            for (var bit = 0; bit < 8; bit++)
                crc = (crc >> 1) ^ ((crc & 1) != 0 ? Polynomial32 : 0);
        }
        return ~crc;
    }

    /// <summary>RtlCrc32 with its parameters in another order.</summary>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full, Class = CallClass.Local)]
    public static uint RtlComputeCrc32(Executive executive, uint PartialCrc, nuint Buffer, uint Length) =>
        RtlCrc32(executive, Buffer, Length, PartialCrc);

    /// <summary>A CRC of 64 bits, going on from an earlier one.</summary>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full, Class = CallClass.Local)]
    public static ulong RtlCrc64(Executive executive, nuint Buffer, nuint Size, ulong InitialCrc)
    {
        var crc = ~InitialCrc;
        for (nuint i = 0; i < Size; i++)
        {
            crc ^= GuestMemory.Read<byte>(Buffer + i);
            for (var bit = 0; bit < 8; bit++)
                crc = (crc >> 1) ^ ((crc & 1) != 0 ? Polynomial64 : 0);
        }
        return ~crc;
    }

    /// <summary>The bytes of 16 bits in the other order.</summary>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full, Class = CallClass.Local)]
    public static ushort RtlUshortByteSwap(Executive executive, ushort Source) =>
        BinaryPrimitives.ReverseEndianness(Source);

    /// <summary>The bytes of 32 bits in the other order.</summary>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full, Class = CallClass.Local)]
    public static uint RtlUlongByteSwap(Executive executive, uint Source) =>
        BinaryPrimitives.ReverseEndianness(Source);

    /// <summary>The bytes of 64 bits in the other order.</summary>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full, Class = CallClass.Local)]
    public static ulong RtlUlonglongByteSwap(Executive executive, ulong Source) =>
        BinaryPrimitives.ReverseEndianness(Source);

    /// <summary>RtlUshortByteSwap under its name in the C library.</summary>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full, Class = CallClass.Local)]
    public static ushort _byteswap_ushort(Executive executive, ushort value) =>
        BinaryPrimitives.ReverseEndianness(value);

    /// <summary>RtlUlongByteSwap under its name in the C library.</summary>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full, Class = CallClass.Local)]
    public static uint _byteswap_ulong(Executive executive, uint value) =>
        BinaryPrimitives.ReverseEndianness(value);

    /// <summary>RtlUlonglongByteSwap under its name in the C library.</summary>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full, Class = CallClass.Local)]
    public static ulong _byteswap_uint64(Executive executive, ulong value) =>
        BinaryPrimitives.ReverseEndianness(value);

    /// <summary>Copies bytes if they fit; else the destination is cleared and an error returned.</summary>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full, Class = CallClass.Local)]
    public static int memcpy_s(Executive executive, nuint dest, nuint size, nuint src, nuint count)
    {
        if (count == 0)
            return 0;
        if (dest == 0)
            return CErrors.Invalid;
        if (src == 0 || count > size)
        {
            MemoryRoutines.memset(executive, dest, 0, size);
            return src == 0 ? CErrors.Invalid : CErrors.Range;
        }
        MemoryRoutines.memmove(executive, dest, src, count);
        return 0;
    }

    /// <summary>Copies bytes if they fit; else an error is returned.</summary>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full, Class = CallClass.Local)]
    public static int memmove_s(Executive executive, nuint dest, nuint size, nuint src, nuint count)
    {
        if (count == 0)
            return 0;
        if (dest == 0 || src == 0)
            return CErrors.Invalid;
        if (count > size)
            return CErrors.Range;
        MemoryRoutines.memmove(executive, dest, src, count);
        return 0;
    }

    /// <summary>A pure virtual function was called, which Windows answers with a bug check too.</summary>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full)]
    public static void _purecall(Executive executive) =>
        throw executive.BugCheck(BugCheckCode.SYSTEM_SERVICE_EXCEPTION, "a pure virtual function was called");
}
