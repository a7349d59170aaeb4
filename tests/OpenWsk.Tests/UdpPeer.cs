// An ordinary UDP socket for tests, on loopback, and what its datagrams carry beside their bytes. It knows
// nothing about WSK.
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace OpenWsk.Tests;

/// <summary>A datagram socket of .NET.</summary>
internal sealed class UdpPeer : IDisposable
{
    private static readonly TimeSpan s_hangGuard = TimeSpan.FromMinutes(2);
    private readonly Socket _socket;

    public UdpPeer(string address = "127.0.0.1")
    {
        var ip = IPAddress.Parse(address);
        _socket = new Socket(ip.AddressFamily, SocketType.Dgram, ProtocolType.Udp);
        _socket.Bind(new IPEndPoint(ip, 0));
    }

    public IPEndPoint Address => (IPEndPoint)_socket.LocalEndPoint!;

    public Socket Socket => _socket;

    public void Send(string text, IPEndPoint to) => _socket.SendTo(Encoding.Latin1.GetBytes(text), to);

    public async Task<(string Text, IPEndPoint From)> Receive()
    {
        var buffer = new byte[65536];
        var received = await _socket.ReceiveFromAsync(buffer, new IPEndPoint(
            _socket.AddressFamily == AddressFamily.InterNetwork ? IPAddress.Any : IPAddress.IPv6Any, 0))
            .WaitAsync(s_hangGuard);
        return (Encoding.Latin1.GetString(buffer, 0, received.ReceivedBytes),
            (IPEndPoint)received.RemoteEndPoint);
    }

    /// <summary>The TOS or traffic class of what is sent.</summary>
    public void SetTrafficClass(int value)
    {
        // IP_TOS and IPV6_TCLASS of Linux.
        const int ipLevel = 0, ipTos = 1, ipv6Level = 41, ipv6Tclass = 67;
        var data = BitConverter.GetBytes(value);
        if (_socket.AddressFamily == AddressFamily.InterNetwork)
            _socket.SetRawSocketOption(ipLevel, ipTos, data);
        else
            _socket.SetRawSocketOption(ipv6Level, ipv6Tclass, data);
    }

    public void Dispose() => _socket.Dispose();
}
