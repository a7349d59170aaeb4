// One entry of the provider's transport list: a combination that sockets can be made of.
// It knows nothing about sockets. Where the list comes from: WskClient.cs.
namespace OpenWsk;

/// <summary>A family, socket type and protocol that the provider has.</summary>
/// <param name="AddressFamily">AF_INET or AF_INET6.</param>
/// <param name="SocketType">SOCK_STREAM, SOCK_DGRAM or SOCK_RAW.</param>
/// <param name="Protocol">The IPPROTO value.</param>
public readonly record struct WskTransport(ushort AddressFamily, ushort SocketType, uint Protocol);
