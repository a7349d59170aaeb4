// Received bytes of a connection where the provider has put them, until they are disposed. A small value that
// can be copied; all copies are one thing. How they come: WskByteSocket.Events.cs.
using System.Buffers;
using static OpenWsk.Abi.WskConstants;

namespace OpenWsk;

/// <summary>A part of a received stream of bytes, without a copy.</summary>
/// <remarks>
/// Owns: the provider's memory stays with it until <see cref="Dispose"/> (WskRelease); dispose it soon, since
/// the provider can run out. Errors: <see cref="ObjectDisposedException"/> afterwards, and after the socket
/// was closed.
/// </remarks>
public readonly struct WskReceivedData : IDisposable, IEquatable<WskReceivedData>
{
    private readonly RetainedEntry _entry;
    private readonly int _version;

    internal WskReceivedData(RetainedEntry entry)
    {
        _entry = entry;
        _version = entry.Version;
    }

    /// <summary>The bytes, in one piece or in several.</summary>
    public ReadOnlySequence<byte> Data => Entry.Data;

    /// <summary>How many bytes there are. Units: bytes.</summary>
    public int Length => (int)Entry.Data.Length;

    /// <summary>Whether the sender pushed them as one message (WSK_FLAG_ENTIRE_MESSAGE).</summary>
    public bool IsEntireMessage => (Entry.Flags & WSK_FLAG_ENTIRE_MESSAGE) != 0;

    /// <summary>
    /// Whether the provider asks for them to be disposed very soon (WSK_FLAG_RELEASE_ASAP).
    /// </summary>
    public bool IsNeededBack => (Entry.Flags & WSK_FLAG_RELEASE_ASAP) != 0;

    private RetainedEntry Entry => _entry is { } entry && entry.Version == _version
        ? entry
        : throw new ObjectDisposedException(nameof(WskReceivedData));

    /// <summary>Gives the memory back (WskRelease). A second time changes nothing.</summary>
    public void Dispose() => _entry?.Owner.Release(_entry, _version);

    /// <summary>Whether both are the same received data.</summary>
    public bool Equals(WskReceivedData other) => _entry == other._entry && _version == other._version;

    /// <inheritdoc/>
    public override bool Equals(object? obj) => obj is WskReceivedData other && Equals(other);

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(_entry, _version);

    /// <summary>Whether both are the same received data.</summary>
    public static bool operator ==(WskReceivedData left, WskReceivedData right) => left.Equals(right);

    /// <summary>Whether they are not the same received data.</summary>
    public static bool operator !=(WskReceivedData left, WskReceivedData right) => !left.Equals(right);
}
