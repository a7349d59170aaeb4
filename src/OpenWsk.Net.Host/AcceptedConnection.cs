// A connection that a listener has taken from the system and nobody owns yet: a socket of .NET or a bare
// descriptor, as the listener's mechanism makes them. It knows nothing about listeners.
using System.Net.Sockets;

namespace OpenWsk.Net.Host;

/// <summary>An accepted connection; one of the two is there.</summary>
internal readonly record struct AcceptedConnection(Socket? Socket, int Descriptor);
