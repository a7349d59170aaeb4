// Writes a registry value into the structures that ZwQueryValueKey and ZwEnumerateValueKey fill: as much as
// fits, with the length that all of it needs. It knows nothing about keys.
using System.Runtime.InteropServices;
using OpenWsk.Abi;

namespace OpenWsk.Kernel;

/// <summary>Fills KEY_VALUE_*_INFORMATION.</summary>
internal static class KeyValueWriter
{
    // KEY_VALUE_PARTIAL_INFORMATION_ALIGN64: type, length, data.
    private const int Align64DataOffset = 8;

    /// <summary>Writes the value.</summary>
    /// <remarks>
    /// Errors: STATUS_BUFFER_TOO_SMALL when not even the fixed part fits; STATUS_BUFFER_OVERFLOW when the
    /// rest was cut; STATUS_INVALID_PARAMETER for a class without a meaning.
    /// </remarks>
    public static NTSTATUS Write(
        RegistryValue value,
        KEY_VALUE_INFORMATION_CLASS informationClass,
        nuint buffer,
        uint lengthBytes,
        GuestPtr<uint> resultLength)
    {
        var (bytes, fixedBytes) = Compose(value, informationClass);
        return KeyWriter.Put(bytes, fixedBytes, buffer, lengthBytes, resultLength);
    }

    private static (byte[] Bytes, uint FixedBytes) Compose(
        RegistryValue value, KEY_VALUE_INFORMATION_CLASS informationClass)
    {
        var name = MemoryMarshal.AsBytes(value.Name.AsSpan());
        var length = (uint)value.Data.Length;
        switch (informationClass)
        {
            case KEY_VALUE_INFORMATION_CLASS.KeyValueBasicInformation:
                const int basicName = KEY_VALUE_BASIC_INFORMATION.NameOffset;
                return (Pack([0, value.Type, (uint)name.Length], basicName, name, 0, []), basicName);
            case KEY_VALUE_INFORMATION_CLASS.KeyValueFullInformation:
                const int fullName = KEY_VALUE_FULL_INFORMATION.NameOffset;
                var dataAt = (fullName + name.Length + 3) & ~3;
                uint[] head = [0, value.Type, (uint)dataAt, length, (uint)name.Length];
                return (Pack(head, fullName, name, dataAt, value.Data), fullName);
            case KEY_VALUE_INFORMATION_CLASS.KeyValuePartialInformation:
                const int partialData = KEY_VALUE_PARTIAL_INFORMATION.DataOffset;
                return (Pack([0, value.Type, length], partialData, [], partialData, value.Data), partialData);
            case KEY_VALUE_INFORMATION_CLASS.KeyValuePartialInformationAlign64:
                uint[] aligned = [value.Type, length];
                return (Pack(aligned, 0, [], Align64DataOffset, value.Data), Align64DataOffset);
            default:
                return ([], 0);
        }
    }

    private static byte[] Pack(
        ReadOnlySpan<uint> head, int nameAt, ReadOnlySpan<byte> name, int dataAt, ReadOnlySpan<byte> data)
    {
        var bytes = new byte[Math.Max(Math.Max(head.Length * 4, nameAt + name.Length), dataAt + data.Length)];
        MemoryMarshal.AsBytes(head).CopyTo(bytes);
        name.CopyTo(bytes.AsSpan(nameAt));
        data.CopyTo(bytes.AsSpan(dataAt));
        return bytes;
    }
}
