// The other end of a connection in a contract test: a plain blocking socket, simulated or real. It knows
// nothing about WSK. Implementations: SimPeers.cs, HostPeers.cs.
using OpenWsk.Ports;

namespace OpenWsk.Provider.Tests;

/// <summary>Where peers come from on one arm.</summary>
public interface IPeerNetwork
{
    IPeerListener Listen(ushort family);

    EndpointAddress ClosedPort(ushort family);

    EndpointAddress FreePort(ushort family);

    EndpointAddress Silent(ushort family);

    /// <summary>
    /// Connects from an address of the machine's; null when the connection is refused. Waits until the other
    /// side's stack has answered.
    /// </summary>
    IPeer? TryConnect(in EndpointAddress remote);

    /// <summary>Asks for a connection; whether the other side grants it shows later.</summary>
    IPeer BeginConnect(in EndpointAddress remote);
}

/// <summary>A listening peer.</summary>
public interface IPeerListener : IDisposable
{
    EndpointAddress Address { get; }

    /// <summary>Waits for a connection.</summary>
    IPeer Accept();
}

/// <summary>A connected peer; every call waits as long as it must.</summary>
public interface IPeer : IDisposable
{
    EndpointAddress RemoteAddress { get; }

    EndpointAddress LocalAddress { get; }

    /// <summary>Waits until a connection that was only asked for stands.</summary>
    void WaitUntilConnected();

    /// <summary>
    /// Waits for the end of a connection that was asked for: refused, or reset right after it stood.
    /// </summary>
    bool IsTurnedAway();

    void Send(ReadOnlySpan<byte> data);

    /// <summary>Receives exactly so many bytes.</summary>
    byte[] Receive(int lengthBytes);

    /// <summary>How the stream ends after all its bytes: true for FIN, false for a reset.</summary>
    bool ReadsEnd();

    /// <summary>Sends FIN; receiving goes on.</summary>
    void ShutdownSend();

    /// <summary>
    /// Sends FIN and waits until the other side's stack has acknowledged it and all before it.
    /// </summary>
    void Finish();

    /// <summary>Resets the connection.</summary>
    void Reset();
}
