// The kinds of sockets as far as options tell them apart. Who has which option: HostOptionTable.cs.
// It knows nothing about protocols beyond that.
namespace OpenWsk.Net.Host.Options;

/// <summary>Kinds of sockets, as a set.</summary>
[Flags]
internal enum SocketKinds
{
    /// <summary>TCP.</summary>
    Stream = 1,

    /// <summary>UDP.</summary>
    Datagram = 2,

    /// <summary>Any other protocol.</summary>
    Raw = 4,

    /// <summary>Those that know datagrams.</summary>
    Messages = Datagram | Raw,

    /// <summary>Every socket.</summary>
    All = Stream | Datagram | Raw,
}
