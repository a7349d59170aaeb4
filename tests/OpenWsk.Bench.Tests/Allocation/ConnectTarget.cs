// What connections are made to: a listener that takes each and closes it, in this process, so that what it
// allocates counts nowhere. It knows nothing about who connects.
using System.Net;
using System.Net.Sockets;

namespace OpenWsk.Bench.Tests.Allocation;

/// <summary>A listener of 127.0.0.1 until it is disposed.</summary>
internal sealed class ConnectTarget : IDisposable
{
    private const int Backlog = 512;
    private readonly Socket _listener = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
    private readonly Thread _thread;

    public ConnectTarget()
    {
        _listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        _listener.Listen(Backlog);
        _thread = new Thread(TakeAll) { IsBackground = true, Name = "connect target" };
        _thread.Start();
    }

    public int Port => ((IPEndPoint)_listener.LocalEndPoint!).Port;

    public void Dispose()
    {
        _listener.Dispose();
        _thread.Join();
    }

    private void TakeAll()
    {
        while (true)
        {
            try
            {
                _listener.Accept().Dispose();
            }
            catch (SocketException e) when (e.SocketErrorCode == SocketError.ConnectionAborted)
            {
                // It was reset before it was taken.
            }
            catch (Exception e) when (e is SocketException or ObjectDisposedException)
            {
                return;
            }
        }
    }
}
