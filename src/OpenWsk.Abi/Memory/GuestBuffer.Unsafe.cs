// Guest memory as a reusable MemoryManager, for sockets of the operating system that want Memory<byte>.
// It knows nothing about ownership: whoever sets it keeps the memory alive until the operation has completed.
using System.Buffers;

namespace OpenWsk.Abi;

/// <summary>A window of guest memory that can be pointed elsewhere again, so that operations allocate
/// nothing.</summary>
public sealed class GuestBuffer : MemoryManager<byte>
{
    private nuint _address;
    private int _lengthBytes;

    /// <summary>Points the window at other memory.</summary>
    public void Set(nuint address, int lengthBytes)
    {
        _address = address;
        _lengthBytes = lengthBytes;
    }

    /// <summary>The window as it stands now.</summary>
    public Memory<byte> Window => CreateMemory(_lengthBytes);

    public override Span<byte> GetSpan() => GuestMemory.Span(_address, _lengthBytes);

    // Guest memory never moves, so a pin is the address itself and unpinning has nothing to undo.
    public override unsafe MemoryHandle Pin(int elementIndex = 0) => new((byte*)_address + elementIndex);

    public override void Unpin() { }

    protected override void Dispose(bool disposing) { }
}
