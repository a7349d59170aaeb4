// Part of SimHost: what scripted peers do at a host. Ready-made ones: Serve, StartEchoServer, and a
// listener that nobody accepts from (StartSilentServer), whose clients connect and then run into its full
// window. A host without a listener refuses; SimNetwork.BlackHole names addresses that keep silent.
using System.Net;
using OpenWsk.Abi;
using OpenWsk.Net.Sim.Peers;
using OpenWsk.Net.Sim.Tcp;
using OpenWsk.Ports;

namespace OpenWsk.Net.Sim;

public sealed partial class SimHost
{
    /// <summary>Listens on "10.0.0.2:80" or "[fd00::2]:80"; port 0 takes any.</summary>
    public SimListener Listen(string endpoint, int backlog = TcpDefaults.Backlog) =>
        Listen(EndpointAddress.From(IPEndPoint.Parse(endpoint)), backlog);

    /// <summary>Listens on an address of this host or on the wildcard.</summary>
    /// <remarks>
    /// Errors: throws <see cref="SimConnectionException"/> when the address cannot be bound.
    /// </remarks>
    public SimListener Listen(in EndpointAddress local, int backlog = TcpDefaults.Backlog)
    {
        var status = Bind(Ports, local, isShared: false, isDual: false, out var bound);
        return status == NTSTATUS.STATUS_SUCCESS
            ? new SimListener(this, bound, backlog)
            : throw new SimConnectionException(status);
    }

    /// <summary>Opens a UDP socket at "10.0.0.2:53" or "[fd00::2]:53"; port 0 takes any.</summary>
    /// <remarks>Errors: throws <see cref="SimConnectionException"/> when it cannot be had.</remarks>
    public SimDatagramPeer OpenDatagram(string endpoint) =>
        new(this, EndpointAddress.From(IPEndPoint.Parse(endpoint)), WskConstants.SOCK_DGRAM,
            WskConstants.IPPROTO_UDP);

    /// <summary>Opens a raw socket for a protocol at "10.0.0.2" or "fd00::2".</summary>
    /// <remarks>Errors: throws <see cref="SimConnectionException"/> when it cannot be had.</remarks>
    public SimDatagramPeer OpenRaw(string address, byte protocol) =>
        new(this, EndpointAddress.From(IPAddress.Parse(address), 0), WskConstants.SOCK_RAW, protocol);

    /// <summary>A UDP server that sends every datagram back to where it came from.</summary>
    public SimDatagramPeer StartDatagramEchoServer(string endpoint)
    {
        var peer = OpenDatagram(endpoint);
        Scheduler.StartThread($"{Name} echoes datagrams at {peer.LocalAddress}", () =>
        {
            var buffer = new byte[ushort.MaxValue];
            while (true)
            {
                var bytes = peer.Receive(buffer, out var info);
                peer.Send(info.Source, buffer.AsSpan(0, bytes));
            }
        });
        return peer;
    }

    /// <summary>Puts a packet on the wire as it stands, whatever the host's own stack would say.</summary>
    public void Inject(Packet packet) => Send(packet);

    /// <summary>Connects and waits until the peer has answered.</summary>
    /// <remarks>Errors: throws <see cref="SimConnectionException"/> with the status of the failure.</remarks>
    public SimConnection Connect(in EndpointAddress remote)
    {
        var connection = BeginConnect(remote);
        connection.WaitUntilConnected();
        return connection;
    }

    /// <summary>
    /// Sends the first SYN of a connection and returns; it may be reset before it is answered.
    /// </summary>
    /// <remarks>Errors: throws <see cref="SimConnectionException"/> where there is no way.</remarks>
    public SimConnection BeginConnect(in EndpointAddress remote)
    {
        var connection = new SimConnection(this);
        connection.BeginConnect(this, remote);
        return connection;
    }

    /// <summary>Accepts connections for ever and has each of them served by a thread of its own.</summary>
    /// <remarks>
    /// The connection is closed when the conversation returns or its peer ends it otherwise.
    /// </remarks>
    public SimListener Serve(string endpoint, Action<SimConnection> conversation)
    {
        var listener = Listen(endpoint);
        var scheduler = Scheduler;
        scheduler.StartThread($"{Name} {listener.LocalAddress}", () =>
        {
            while (true)
            {
                var connection = listener.Accept();
                scheduler.StartThread($"{Name} serves {connection.RemoteAddress}",
                    () => Converse(connection, conversation));
            }
        });
        return listener;
    }

    /// <summary>
    /// A server that sends back what it receives, until FIN, which it answers with its own.
    /// </summary>
    public SimListener StartEchoServer(string endpoint) => Serve(endpoint, connection =>
    {
        Span<byte> buffer = stackalloc byte[4096];
        while (connection.Receive(buffer) is > 0 and var bytes)
            connection.Send(buffer[..bytes]);
    });

    /// <summary>A server whose stack accepts connections and whose program never reads.</summary>
    public SimListener StartSilentServer(string endpoint) => Listen(endpoint);

    private static void Converse(SimConnection connection, Action<SimConnection> conversation)
    {
        try
        {
            conversation(connection);
            connection.Close();
        }
        catch (SimConnectionException)
        {
            // The client reset the connection: for a server that is an ordinary end.
        }
    }
}
