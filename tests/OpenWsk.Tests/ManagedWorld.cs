// A host with one registered client for a test, and the check that the test left nothing behind.
// It knows nothing about what the test does with it.
using Xunit;

[assembly: CollectionBehavior(DisableTestParallelization = true)]

namespace OpenWsk.Tests;

/// <summary>What most tests of the managed API need.</summary>
public abstract class ManagedWorld : IAsyncLifetime
{
    /// <summary>A test that waits longer hangs.</summary>
    protected static readonly TimeSpan HangGuard = TimeSpan.FromSeconds(30);

    protected WskHost Host { get; } = WskHost.Create();

    protected WskClient Client { get; private set; } = null!;

    public Task InitializeAsync()
    {
        Client = Host.Register();
        return Task.CompletedTask;
    }

    public async Task DisposeAsync()
    {
        await Client.DisposeAsync().AsTask().WaitAsync(HangGuard);
        Assert.Equal(0, Host.Provider.OpenSockets);
        Assert.Equal(0, Host.Provider.Captures);
        Assert.Equal(0, Host.Provider.Registrations);
        Assert.Empty(Host.Provider.PendingIrps);
        await Host.DisposeAsync();
    }
}
