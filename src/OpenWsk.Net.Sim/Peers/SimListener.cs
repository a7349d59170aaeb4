// A listening socket for scripted peers. Accept blocks a thread of the world in virtual time; a listener that
// nobody accepts from still answers SYNs, as a kernel does, until its backlog is full.
using OpenWsk.Net.Sim.Tcp;
using OpenWsk.Ports;

namespace OpenWsk.Net.Sim.Peers;

/// <summary>A scripted peer's listening socket.</summary>
public sealed class SimListener : ITcpListenerOwner
{
    private readonly SimHost _host;
    private readonly TcpListener _listener;
    private readonly Waiters _waiters;
    private int _readyCount;

    internal SimListener(SimHost host, in EndpointAddress bound, int backlog)
    {
        _host = host;
        _waiters = new Waiters(host.Scheduler);
        var settings = new ListenSettings(backlog, IsConditional: false);
        _listener = new TcpListener(host, bound, settings, this) { IsRefusingOverflow = true };
        host.Add(_listener);
    }

    /// <summary>The address listened on, with its port.</summary>
    public EndpointAddress LocalAddress => _listener.Local;

    /// <summary>Waits for a connection and takes it.</summary>
    public SimConnection Accept()
    {
        _waiters.WaitWhile(() => _readyCount == 0);
        _readyCount--;
        var connection = new SimConnection(_host);
        connection.Accept(_listener);
        return connection;
    }

    /// <summary>Stops listening; connections that nobody accepted are reset, accepted ones live on.</summary>
    public void Close()
    {
        _listener.Close();
        _host.Ports.Release(_listener.Local, isDual: false);
        _readyCount = 0;
    }

    void ITcpListenerOwner.OnReady()
    {
        _readyCount++;
        _waiters.Wake();
    }

    void ITcpListenerOwner.OnRequest(in ConnectionRequest request)
    {
    }

    void ITcpListenerOwner.OnRequestDropped(ulong requestId)
    {
    }
}
