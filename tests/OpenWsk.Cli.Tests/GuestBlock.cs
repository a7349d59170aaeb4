// A piece of guest memory with structures in it, for tests of what reads guest memory.
// It frees the memory when the test ends.
using System.Text;
using OpenWsk.Abi;
using OpenWsk.Kernel;

namespace OpenWsk.Cli.Tests;

/// <summary>Guest memory that ends with the test.</summary>
internal sealed class GuestBlock : IDisposable
{
    private readonly GuestHeap _heap = new();

    public ulong Bytes(ReadOnlySpan<byte> bytes)
    {
        var address = _heap.Allocate(bytes.Length + 2);
        bytes.CopyTo(GuestMemory.Span(address, bytes.Length));
        return address;
    }

    public ulong Wide(string text) => Bytes(Encoding.Unicode.GetBytes(text));

    public ulong Unicode(string text, ushort? length = null)
    {
        var address = _heap.Allocate(16);
        GuestMemory.Write(address, new UNICODE_STRING
        {
            Length = length ?? (ushort)(2 * text.Length),
            MaximumLength = (ushort)(2 * text.Length + 2),
            Buffer = (nuint)Wide(text),
        });
        return address;
    }

    public ulong Value<T>(T value) where T : unmanaged
    {
        var address = _heap.Allocate(128);
        GuestMemory.Write(address, value);
        return address;
    }

    public void Dispose() => _heap.Dispose();
}
