// A loopback server of the test's own: accepts one connection and plays a script on it. It knows nothing
// about drivers.
using System.Net;
using System.Net.Sockets;

namespace OpenWsk.EndToEnd.Tests;

/// <summary>One listener, one connection, one script.</summary>
internal sealed class ScriptedServer : IDisposable
{
    private readonly Task _play;

    public ScriptedServer(Action<Socket> script)
    {
        Socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        Socket.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        Socket.Listen();
        _play = Task.Run(() =>
        {
            using var connection = Socket.Accept();
            script(connection);
        });
    }

    public Socket Socket { get; }

    public void Dispose()
    {
        _play.Wait();
        Socket.Dispose();
    }
}
