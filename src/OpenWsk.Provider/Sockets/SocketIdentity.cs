// Who made a socket and of what kind of transport it is; never changes. What may change, context and callback
// table of an accepted socket, is the socket's own.
namespace OpenWsk.Provider;

/// <summary>Who made a socket, and its transport.</summary>
internal sealed record SocketIdentity(
    ClientRegistration Client,
    ushort Family,
    ushort Type,
    uint Protocol,
    IReadOnlySet<string> SecurityContext);
