// An ordinary TCP server of .NET for the runs of drivers: answers each connection with fixed bytes, or with
// nothing. It knows nothing about WSK.
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace OpenWsk.Cli.Tests;

/// <summary>A server on loopback.</summary>
internal sealed class WebPeer : IDisposable
{
    private readonly TcpListener _listener;
    private readonly string? _reply;
    private readonly TaskCompletionSource _accepted = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <param name="reply">What is sent when a line has come; null never answers.</param>
    /// <param name="address">Where; IPv4 loopback when null.</param>
    public WebPeer(string? reply, IPAddress? address = null)
    {
        _reply = reply;
        _listener = new TcpListener(address ?? IPAddress.Loopback, 0);
        _listener.Start();
        _ = Serve();
    }

    public IPEndPoint Address => (IPEndPoint)_listener.LocalEndpoint;

    /// <summary>Ends when somebody has connected.</summary>
    public Task Accepted => _accepted.Task;

    /// <summary>The parameters with which connect.sys finds this server.</summary>
    public string[] Parameters => ["--", $"RemoteAddress={Address.Address}", $"RemotePort={Address.Port}"];

    public void Dispose() => _listener.Dispose();

    private async Task Serve()
    {
        while (true)
        {
            using var peer = await _listener.AcceptTcpClientAsync();
            _accepted.TrySetResult();
            await Answer(peer);
        }
    }

    private async Task Answer(TcpClient peer)
    {
        var stream = peer.GetStream();
        var buffer = new byte[4096];
        var count = await stream.ReadAsync(buffer);
        if (count != 0 && _reply is not null)
        {
            await stream.WriteAsync(Encoding.Latin1.GetBytes(_reply));
            peer.Client.Shutdown(SocketShutdown.Send);
        }
        while (await stream.ReadAsync(buffer) > 0)
        {
        }
    }
}
