// What is known of one option of Winsock on this host: its values, who has it and how the system is told. It
// knows nothing about single options: HostOptionTable.cs.
using System.Net.Sockets;

namespace OpenWsk.Net.Host.Options;

/// <summary>Tells the system a value.</summary>
internal delegate Errno ApplyOption(SafeSocketHandle socket, uint value);

/// <summary>One option that is a ULONG.</summary>
/// <param name="Kinds">Sockets that have it.</param>
internal sealed record HostOption(SocketKinds Kinds)
{
    /// <summary>Value of a socket on which it was never set.</summary>
    public uint Default { get; init; }

    /// <summary>Least value.</summary>
    public uint Min { get; init; }

    /// <summary>Greatest value; 1 for a flag, for which every other value but 0 counts as 1.</summary>
    public uint Max { get; init; } = 1;

    /// <summary>Whether it can be set only before the socket is bound.</summary>
    public bool IsEarly { get; init; }

    /// <summary>Whether only sockets of IPv4 have it.</summary>
    public bool IsV4Only { get; init; }

    /// <summary>How the system is told; null for what is only remembered.</summary>
    public ApplyOption? Apply { get; init; }

    /// <summary>Asks the system what holds while nothing was set; null when Default does.</summary>
    public Func<SafeSocketHandle, uint?>? Ask { get; init; }

    /// <summary>
    /// Options of the same level whose values the system is told together with this one, because its own
    /// defaults are not Windows'.
    /// </summary>
    public IReadOnlyList<uint> Companions { get; init; } = [];
}
