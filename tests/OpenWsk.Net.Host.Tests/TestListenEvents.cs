// What a listener under test tells its owner, kept in order so that a test can wait for each.
// It knows nothing about the transport under test.
using System.Collections.Concurrent;
using OpenWsk.Abi;
using OpenWsk.Ports;
using static OpenWsk.Abi.NTSTATUS;

namespace OpenWsk.Net.Host.Tests;

/// <summary>Keeps the events of a listener.</summary>
internal sealed class TestListenEvents : IListenEvents
{
    private readonly AutoResetEvent _acceptable = new(false);
    private readonly BlockingCollection<ConnectionRequest> _requests = [];
    private readonly BlockingCollection<ulong> _dropped = [];

    public int Acceptables { get; private set; }

    /// <summary>Requests not waited for yet.</summary>
    public int RequestCount => _requests.Count;

    public int DroppedCount => _dropped.Count;

    public void WaitAcceptable() => Waiting.For(_acceptable, "OnAcceptable");

    public ConnectionRequest WaitRequest()
    {
        Assert.True(_requests.TryTake(out var request, Waiting.HangGuard), "Never happened: OnRequest.");
        return request;
    }

    public ulong WaitDropped()
    {
        Assert.True(_dropped.TryTake(out var id, Waiting.HangGuard), "Never happened: OnRequestDropped.");
        return id;
    }

    /// <summary>Takes a connection as the provider does: try, arm, wait, try again.</summary>
    public IStreamSocket Accept(IListenSocket listener, IStreamEvents? events = null) =>
        Accept(listener, out _, events);

    public IStreamSocket Accept(IListenSocket listener, out ulong requestId, IStreamEvents? events = null)
    {
        while (true)
        {
            var status = listener.TryAccept(out var socket, out requestId);
            if (status == STATUS_SUCCESS)
            {
                socket!.Attach(events ?? new TestEvents());
                return socket;
            }
            Assert.Equal(STATUS_PENDING, status);
            listener.ArmAccept();
            WaitAcceptable();
        }
    }

    public void OnAcceptable()
    {
        Acceptables++;
        _acceptable.Set();
    }

    public void OnRequest(in ConnectionRequest request) => _requests.Add(request);

    public void OnRequestDropped(ulong requestId) => _dropped.Add(requestId);
}
