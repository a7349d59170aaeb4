// Writes what is known of a key into the structures that ZwQueryKey and ZwEnumerateKey fill: as much as fits,
// with the length that all of it needs. Keys have no classes here. It knows nothing about values' data:
// KeyValueWriter.cs.
using System.Runtime.InteropServices;
using OpenWsk.Abi;

namespace OpenWsk.Kernel;

/// <summary>Fills KEY_*_INFORMATION.</summary>
internal static class KeyWriter
{
    // KEY_INFORMATION_CLASS.
    public const int FullInformation = 2;
    private const int BasicInformation = 0;
    private const int NodeInformation = 1;
    private const int NameInformation = 3;
    private const int CachedInformation = 4;

    // Where the name begins, or where the structure ends that has none.
    private const int BasicName = 16;
    private const int NodeName = 24;
    private const int FullEnd = 48;
    private const int NameName = 4;
    private const int CachedEnd = 40;

    // The offset of a class that is not there.
    private const uint NoClass = uint.MaxValue;

    /// <summary>Writes the key.</summary>
    /// <remarks>
    /// Errors: STATUS_BUFFER_TOO_SMALL when not even the fixed part fits; STATUS_BUFFER_OVERFLOW when the
    /// rest was cut; STATUS_INVALID_PARAMETER for an unknown class.
    /// </remarks>
    public static NTSTATUS Write(
        RegistryService registry,
        RegistryKey key,
        int informationClass,
        nuint buffer,
        uint lengthBytes,
        GuestPtr<uint> resultLength)
    {
        var (bytes, fixedBytes) = Compose(registry, key, informationClass);
        return Put(bytes, fixedBytes, buffer, lengthBytes, resultLength);
    }

    /// <summary>Copies as much of a structure as fits, and tells how long all of it is.</summary>
    /// <remarks>Errors: as <see cref="Write"/>; an empty structure is one of an unknown class.</remarks>
    internal static NTSTATUS Put(
        byte[] bytes, uint fixedBytes, nuint buffer, uint lengthBytes, GuestPtr<uint> resultLength)
    {
        if (bytes.Length == 0)
            return NTSTATUS.STATUS_INVALID_PARAMETER;
        if (!resultLength.IsNull)
            resultLength.Value = (uint)bytes.Length;
        if (lengthBytes < fixedBytes)
            return NTSTATUS.STATUS_BUFFER_TOO_SMALL;
        var count = (int)Math.Min(lengthBytes, (uint)bytes.Length);
        bytes.AsSpan(0, count).CopyToGuest(GuestMemory.Span(buffer, count));
        return count < bytes.Length ? NTSTATUS.STATUS_BUFFER_OVERFLOW : NTSTATUS.STATUS_SUCCESS;
    }

    private static (byte[] Bytes, uint FixedBytes) Compose(
        RegistryService registry, RegistryKey key, int informationClass)
    {
        var nameBytes = (uint)key.Name.Length * 2;
        var (low, high) = ((uint)key.LastWrite100Ns, (uint)(key.LastWrite100Ns >> 32));
        switch (informationClass)
        {
            case BasicInformation:
                return (Pack([low, high, 0, nameBytes], BasicName, key.Name), BasicName);
            case NodeInformation:
                return (Pack([low, high, 0, NoClass, 0, nameBytes], NodeName, key.Name), NodeName);
            case NameInformation:
                return (Pack([(uint)key.Path.Length * 2], NameName, key.Path), NameName);
            case FullInformation:
                uint[] full = [low, high, 0, NoClass, 0, .. Counts(registry, key, hasClass: true)];
                return (Pack(full, FullEnd, ""), FullEnd);
            case CachedInformation:
                uint[] cached = [low, high, 0, .. Counts(registry, key, hasClass: false), nameBytes];
                return (Pack(cached, CachedEnd, ""), CachedEnd);
            default:
                return ([], 0);
        }
    }

    // Keys below and the longest of their names and classes; values and the longest of their names and data.
    private static uint[] Counts(RegistryService registry, RegistryKey key, bool hasClass)
    {
        var children = registry.ChildrenOf(key);
        var values = registry.ValuesOf(key);
        var longestKey = (uint)children.Select(c => c.Name.Length * 2).DefaultIfEmpty().Max();
        uint[] keys = hasClass ? [(uint)children.Count, longestKey, 0] : [(uint)children.Count, longestKey];
        return
        [
            .. keys, (uint)values.Count,
            (uint)values.Select(v => v.Name.Length * 2).DefaultIfEmpty().Max(),
            (uint)values.Select(v => v.Data.Length).DefaultIfEmpty().Max(),
        ];
    }

    private static byte[] Pack(ReadOnlySpan<uint> head, int nameAt, string name)
    {
        var bytes = new byte[nameAt + (name.Length * 2)];
        MemoryMarshal.AsBytes(head).CopyTo(bytes);
        MemoryMarshal.AsBytes(name.AsSpan()).CopyTo(bytes.AsSpan(nameAt));
        return bytes;
    }
}
