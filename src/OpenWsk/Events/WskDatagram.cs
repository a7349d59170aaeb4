// A received datagram where the provider has put it, until it is disposed. A small value that can be copied;
// all copies are one thing. How it comes: WskDatagramSocket.Events.cs. Received into a buffer instead:
// WskReceivedFrom.cs.
using System.Buffers;
using System.Net;
using OpenWsk.Ports;

namespace OpenWsk;

/// <summary>A received datagram, without a copy.</summary>
/// <remarks>
/// Owns: the provider's memory stays with it until <see cref="Dispose"/> (WskRelease); dispose it soon, since
/// the provider can run out. Errors: <see cref="ObjectDisposedException"/> afterwards, and after the socket
/// was closed.
/// </remarks>
public readonly struct WskDatagram : IDisposable, IEquatable<WskDatagram>
{
    private readonly RetainedEntry _entry;
    private readonly int _version;

    internal WskDatagram(RetainedEntry entry)
    {
        _entry = entry;
        _version = entry.Version;
    }

    /// <summary>The bytes, in one piece or in several.</summary>
    public ReadOnlySequence<byte> Data => Entry.Data;

    /// <summary>How many bytes there are; a datagram may have none. Units: bytes.</summary>
    public int Length => (int)Entry.Data.Length;

    /// <summary>The sender; of a raw socket with port 0.</summary>
    public EndpointAddress RemoteAddress => Entry.RemoteAddress;

    /// <summary>The sender as .NET's type; makes an object.</summary>
    public IPEndPoint RemoteEndPoint => Entry.RemoteAddress.ToIPEndPoint();

    /// <summary>What the socket's options asked to be told about it.</summary>
    public WskControlInfo Control => Entry.Control;

    /// <summary>Whether it was sent to a broadcast or multicast address.</summary>
    public WskDatagramFlags Flags =>
        (WskDatagramFlags)Entry.Flags & (WskDatagramFlags.Broadcast | WskDatagramFlags.Multicast);

    private RetainedEntry Entry => _entry is { } entry && entry.Version == _version
        ? entry
        : throw new ObjectDisposedException(nameof(WskDatagram));

    /// <summary>Gives the memory back (WskRelease). A second time changes nothing.</summary>
    public void Dispose() => _entry?.Owner.Release(_entry, _version);

    /// <summary>Whether both are the same received datagram.</summary>
    public bool Equals(WskDatagram other) => _entry == other._entry && _version == other._version;

    /// <inheritdoc/>
    public override bool Equals(object? obj) => obj is WskDatagram other && Equals(other);

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(_entry, _version);

    /// <summary>Whether both are the same received datagram.</summary>
    public static bool operator ==(WskDatagram left, WskDatagram right) => left.Equals(right);

    /// <summary>Whether they are not the same received datagram.</summary>
    public static bool operator !=(WskDatagram left, WskDatagram right) => !left.Equals(right);
}
