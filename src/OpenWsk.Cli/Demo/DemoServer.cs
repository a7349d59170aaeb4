// The server of the demo: an ordinary TCP listener of .NET that answers one HTTP request. It is written as if
// WSK did not exist, because the point of the demo is that the peer of the driver knows nothing about it.
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace OpenWsk.Cli.Demo;

/// <summary>Answers one request.</summary>
internal sealed class DemoServer : IDisposable
{
    /// <summary>The line that the reply carries.</summary>
    public const string Greeting = "Hello from a server that has never heard of drivers.";

    private const int RequestBytesMax = 64 * 1024;
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);

    public DemoServer()
    {
        _listener.Start();
        Request = Serve();
    }

    public IPEndPoint Address => (IPEndPoint)_listener.LocalEndpoint;

    /// <summary>What the peer has asked; ends when the reply is sent.</summary>
    public Task<string> Request { get; }

    public void Dispose() => _listener.Dispose();

    private async Task<string> Serve()
    {
        using var peer = await _listener.AcceptTcpClientAsync().ConfigureAwait(false);
        var stream = peer.GetStream();
        var request = new StringBuilder();
        var buffer = new byte[4096];
        while (!request.ToString().Contains("\r\n\r\n") && request.Length < RequestBytesMax)
        {
            var count = await stream.ReadAsync(buffer).ConfigureAwait(false);
            if (count == 0)
                break;
            request.Append(Encoding.Latin1.GetString(buffer, 0, count));
        }
        var body = Greeting + "\n";
        var reply =
            $"HTTP/1.0 200 OK\r\nContent-Type: text/plain\r\nContent-Length: {body.Length}\r\n\r\n{body}";
        await stream.WriteAsync(Encoding.Latin1.GetBytes(reply)).ConfigureAwait(false);
        peer.Client.Shutdown(SocketShutdown.Send);
        // The peer's end is waited for, so that closing here resets nothing.
        while (await stream.ReadAsync(buffer).ConfigureAwait(false) > 0)
        {
        }
        return request.ToString();
    }
}
