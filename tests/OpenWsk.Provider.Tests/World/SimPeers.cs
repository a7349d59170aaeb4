// Peers on the simulated network: scripted connections of the same simulated host, reached over its loopback.
// They know nothing about WSK. Their twin on the host is HostPeers.cs.
using OpenWsk.Abi;
using OpenWsk.Net.Sim;
using OpenWsk.Net.Sim.Peers;
using OpenWsk.Ports;

namespace OpenWsk.Provider.Tests;

/// <summary>Loopback peers of one simulated host.</summary>
internal sealed class SimPeers(SimHost host, SimNetwork network) : IPeerNetwork
{
    private ushort _lastPort = 7000;

    public IPeerListener Listen(ushort family) => new Listener(host.Listen(Next(family)));

    public EndpointAddress ClosedPort(ushort family) => Next(family);

    public EndpointAddress FreePort(ushort family) => Next(family);

    public EndpointAddress Silent(ushort family)
    {
        var range = family == WskConstants.AF_INET ? "198.51.100.1" : "2001:db8::1";
        network.BlackHole(range);
        return EndpointAddress.From(System.Net.IPAddress.Parse(range), 80);
    }

    public IPeer? TryConnect(in EndpointAddress remote)
    {
        try
        {
            return new Peer(host.Connect(remote));
        }
        catch (SimConnectionException e)
        {
            Assert.Equal(NTSTATUS.STATUS_CONNECTION_REFUSED, e.Status);
            return null;
        }
    }

    public IPeer BeginConnect(in EndpointAddress remote) =>
        new Peer(host.BeginConnect(remote), isAskedFor: true);

    private EndpointAddress Next(ushort family)
    {
        var address = family == WskConstants.AF_INET
            ? System.Net.IPAddress.Loopback
            : System.Net.IPAddress.IPv6Loopback;
        return EndpointAddress.From(address, ++_lastPort);
    }

    private sealed class Listener(SimListener listener) : IPeerListener
    {
        public EndpointAddress Address => listener.LocalAddress;

        public IPeer Accept() => new Peer(listener.Accept());

        public void Dispose() => listener.Close();
    }

    private sealed class Peer(SimConnection connection, bool isAskedFor = false) : IPeer
    {
        private bool _isAskedFor = isAskedFor;
        private bool _isEnded;

        public EndpointAddress RemoteAddress => connection.RemoteAddress;

        public EndpointAddress LocalAddress => connection.LocalAddress;

        public void WaitUntilConnected()
        {
            connection.WaitUntilConnected();
            _isAskedFor = false;
        }

        public bool IsTurnedAway()
        {
            _isEnded = true;
            return connection.WaitUntilFailed()
                is NTSTATUS.STATUS_CONNECTION_REFUSED or NTSTATUS.STATUS_CONNECTION_RESET;
        }

        public void Send(ReadOnlySpan<byte> data) => connection.Send(data);

        public byte[] Receive(int lengthBytes)
        {
            var data = new byte[lengthBytes];
            connection.ReceiveExactly(data);
            return data;
        }

        public bool ReadsEnd()
        {
            var rest = new byte[4096];
            try
            {
                while (connection.Receive(rest) != 0)
                {
                }
                return true;
            }
            catch (SimConnectionException e)
            {
                _isEnded = true;
                Assert.Equal(NTSTATUS.STATUS_CONNECTION_RESET, e.Status);
                return false;
            }
        }

        public void ShutdownSend() => connection.ShutdownSend();

        public void Finish()
        {
            connection.ShutdownSend();
            connection.WaitUntilSent();
        }

        public void Reset()
        {
            _isEnded = true;
            connection.Reset();
        }

        public void Dispose()
        {
            if (_isAskedFor && !_isEnded)
                connection.Reset();
            else if (!_isEnded)
                connection.Close();
            _isEnded = true;
        }
    }
}
