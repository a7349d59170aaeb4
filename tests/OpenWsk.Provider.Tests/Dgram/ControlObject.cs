// Control objects as a driver builds and walks them with the WSA_CMSG_* macros: a header of 16 bytes, the
// data, both padded to 8. It knows nothing about what the objects mean.
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using OpenWsk.Abi;

namespace OpenWsk.Provider.Tests;

/// <summary>One control object.</summary>
public sealed record ControlObject(uint Level, uint Type, byte[] Data)
{
    /// <summary>The data as one value.</summary>
    public T As<T>()
        where T : unmanaged
    {
        Assert.Equal(Unsafe.SizeOf<T>(), Data.Length);
        return MemoryMarshal.Read<T>(Data);
    }

    /// <summary>An object in its place: WSA_CMSG_SPACE bytes.</summary>
    public static byte[] Build<T>(uint level, uint type, T data)
        where T : unmanaged
    {
        var length = 16 + Unsafe.SizeOf<T>();
        var bytes = new byte[(length + 7) & ~7];
        MemoryMarshal.Write(
            bytes, new CMSGHDR { cmsg_len = (nuint)length, cmsg_level = (int)level, cmsg_type = (int)type });
        MemoryMarshal.Write(bytes.AsSpan(16), data);
        return bytes;
    }

    /// <summary>The objects of a buffer, by WSA_CMSG_FIRSTHDR and WSA_CMSG_NXTHDR.</summary>
    public static IReadOnlyList<ControlObject> Parse(ReadOnlySpan<byte> bytes)
    {
        var all = new List<ControlObject>();
        while (bytes.Length >= 16)
        {
            var header = MemoryMarshal.Read<CMSGHDR>(bytes);
            var data = bytes[16..(int)header.cmsg_len].ToArray();
            all.Add(new ControlObject((uint)header.cmsg_level, (uint)header.cmsg_type, data));
            bytes = bytes[Math.Min(bytes.Length, ((int)header.cmsg_len + 7) & ~7)..];
        }
        return all;
    }
}
