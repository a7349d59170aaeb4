// A host with one registered client for a test, and the check that the test left nothing behind and that the
// API broke no rule of WSK on the way. It knows nothing about what the test does with it.
using System.Collections.Concurrent;
using OpenWsk.Abi;
using OpenWsk.Ports;
using Xunit;

[assembly: CollectionBehavior(DisableTestParallelization = true)]

namespace OpenWsk.Tests;

/// <summary>What most tests of the managed API need.</summary>
public abstract class ManagedWorld : IAsyncLifetime, IEventSink
{
    /// <summary>A test that waits longer hangs.</summary>
    protected static readonly TimeSpan HangGuard = TimeSpan.FromMinutes(2);

    private readonly ConcurrentQueue<string> _breaches = new();

    protected WskHost Host { get; } = WskHost.Create();

    protected WskClient Client { get; private set; } = null!;

    /// <summary>Rules that were broken; a test that breaks one on purpose takes it out.</summary>
    internal ConcurrentQueue<string> Breaches => _breaches;

    /// <summary>Events that every socket of the client has enabled.</summary>
    protected virtual WskEvents StaticEvents => WskEvents.None;

    /// <summary>Whether the test counts allocations, which an observer would change.</summary>
    protected virtual bool IsUnobserved => false;

    public Task InitializeAsync()
    {
        if (!IsUnobserved)
            Host.Executive.AddSink(this);
        Client = Host.Register(staticEvents: StaticEvents);
        return Task.CompletedTask;
    }

    public async Task DisposeAsync()
    {
        await Soon(Client.DisposeAsync());
        Assert.Equal(0, Host.Provider.OpenSockets);
        Assert.Equal(0, Host.Provider.Captures);
        Assert.Equal(0, Host.Provider.Registrations);
        Assert.Empty(Host.Provider.PendingIrps);
        await Host.DisposeAsync();
        Assert.Empty(Breaches);
    }

    public void OnEvent(in KernelEvent e)
    {
        if (e.Kind == KernelEventKind.Breach)
            _breaches.Enqueue($"{e.Text}: {e.Detail}");
    }

    protected static Task Soon(ValueTask task) => task.AsTask().WaitAsync(HangGuard);

    protected static Task<T> Soon<T>(ValueTask<T> task) => task.AsTask().WaitAsync(HangGuard);

    protected static Task<T> Soon<T>(Task<T> task) => task.WaitAsync(HangGuard);

    protected static async Task<NTSTATUS> Status<T>(ValueTask<T> task) =>
        (await Assert.ThrowsAsync<WskException>(() => Soon(task))).Status;

    protected static async Task<NTSTATUS> Status(ValueTask task) =>
        (await Assert.ThrowsAsync<WskException>(() => Soon(task))).Status;
}
