// A connection that a listener has taken from the system and nobody owns yet: a socket of .NET or a bare
// descriptor, as the listener's mechanism makes them. It knows nothing about listeners.
using System.Net.Sockets;
using OpenWsk.Ports;

namespace OpenWsk.Net.Host;

/// <summary>An accepted connection; a socket or a descriptor is there.</summary>
/// <param name="Remote">
/// The peer as accept told it; family 0 when it did not. A connection that was reset meanwhile has no other.
/// </param>
internal readonly record struct AcceptedConnection(
    Socket? Socket, int Descriptor, EndpointAddress Remote = default);
