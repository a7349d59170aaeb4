// Reads one section of a COFF object file, into which probes put what the compiler computed.
// It knows nothing about what the bytes mean. Format: the PE/COFF specification, sections 3 and 4.
using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Text;

namespace OpenWsk.Abi.Tests.Layout;

internal static class CoffSection
{
    public static ulong[] ReadWords(byte[] objectFile, string sectionName)
    {
        var sections = BinaryPrimitives.ReadUInt16LittleEndian(objectFile.AsSpan(2));
        var optionalHeaderBytes = BinaryPrimitives.ReadUInt16LittleEndian(objectFile.AsSpan(16));
        for (var index = 0; index < sections; index++) {
            var header = objectFile.AsSpan(20 + optionalHeaderBytes + index * 40, 40);
            if (Encoding.ASCII.GetString(header[..8]).TrimEnd('\0') != sectionName) continue;
            var lengthBytes = BinaryPrimitives.ReadInt32LittleEndian(header[16..]);
            var offset = BinaryPrimitives.ReadInt32LittleEndian(header[20..]);
            return MemoryMarshal.Cast<byte, ulong>(objectFile.AsSpan(offset, lengthBytes)).ToArray();
        }

        throw new InvalidDataException($"The object file has no section {sectionName}.");
    }
}
