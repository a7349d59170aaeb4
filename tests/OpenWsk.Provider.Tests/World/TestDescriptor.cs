// Writes self-relative security descriptors into guest memory, as a driver gets them from
// RtlAbsoluteToSelfRelativeSD. It knows nothing about how they are judged.
using System.Buffers.Binary;
using OpenWsk.Abi;

namespace OpenWsk.Provider.Tests;

/// <summary>SECURITY_DESCRIPTOR with a discretionary list.</summary>
internal static class TestDescriptor
{
    private const int HeaderBytes = 20;
    private const int AclHeaderBytes = 8;

    /// <summary>A descriptor whose list has these entries in order.</summary>
    public static nuint Write(TestClient client, ReadOnlySpan<(bool IsAllowed, string Sid)> entries)
    {
        var acl = new List<byte>();
        foreach (var (isAllowed, sid) in entries)
            acl.AddRange(Entry(isAllowed, Sid(sid)));
        var bytes = new byte[HeaderBytes + AclHeaderBytes + acl.Count];
        bytes[0] = 1;
        BinaryPrimitives.WriteUInt16LittleEndian(bytes.AsSpan(2), 0x8004);
        BinaryPrimitives.WriteUInt32LittleEndian(bytes.AsSpan(16), HeaderBytes);
        bytes[HeaderBytes] = 2;
        BinaryPrimitives.WriteUInt16LittleEndian(
            bytes.AsSpan(HeaderBytes + 2), (ushort)(AclHeaderBytes + acl.Count));
        BinaryPrimitives.WriteUInt16LittleEndian(bytes.AsSpan(HeaderBytes + 4), (ushort)entries.Length);
        acl.CopyTo(bytes, HeaderBytes + AclHeaderBytes);
        var memory = client.Memory(bytes.Length);
        bytes.CopyTo(GuestMemory.Span(memory, bytes.Length));
        return memory;
    }

    private static byte[] Entry(bool isAllowed, byte[] sid)
    {
        var entry = new byte[8 + sid.Length];
        entry[0] = (byte)(isAllowed ? 0 : 1);
        BinaryPrimitives.WriteUInt16LittleEndian(entry.AsSpan(2), (ushort)entry.Length);
        BinaryPrimitives.WriteUInt32LittleEndian(entry.AsSpan(4), 0x001F01FF);
        sid.CopyTo(entry, 8);
        return entry;
    }

    // "S-1-5-21-7" as its bytes.
    private static byte[] Sid(string text)
    {
        var parts = text.Split('-')[2..].Select(uint.Parse).ToArray();
        var sid = new byte[8 + (4 * (parts.Length - 1))];
        sid[0] = 1;
        sid[1] = (byte)(parts.Length - 1);
        BinaryPrimitives.WriteUInt32BigEndian(sid.AsSpan(4), parts[0]);
        for (var i = 1; i < parts.Length; i++)
            BinaryPrimitives.WriteUInt32LittleEndian(sid.AsSpan(4 + (4 * i)), parts[i]);
        return sid;
    }
}
