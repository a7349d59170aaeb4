// Guest memory as transports see it: where the bytes of a send lie, received bytes that a transport lends,
// and where a transport gets such memory from. It knows nothing about pool, MDLs or who may see what.
// Users: IStreamSocket.cs, TransportOperation.cs.
namespace OpenWsk.Ports;

/// <summary>A piece of guest memory; it stays valid as long as its operation says.</summary>
public readonly record struct GuestSegment(nuint Address, int LengthBytes);

/// <summary>
/// Received bytes that lie in a transport's own memory until they are given back by
/// <see cref="IStreamSocket.Return"/> or <see cref="IDatagramSocket.Return"/>.
/// </summary>
/// <param name="Address">Guest memory: the guest may read and write the bytes, and nothing beside
/// them.</param>
/// <param name="LengthBytes">At least 1, but for an empty datagram. Units: bytes.</param>
/// <param name="Token">The transport's own.</param>
public readonly record struct LentBytes(nuint Address, int LengthBytes, uint Token);

/// <summary>Gives memory that guests may see; any thread.</summary>
public interface IGuestBlocks
{
    /// <summary>Zeroed memory, 16-byte aligned. Units: bytes.</summary>
    nuint Allocate(nuint bytes);

    /// <summary>Frees what <see cref="Allocate"/> gave.</summary>
    void Free(nuint address);
}
