// Keeps the dispatcher of a world busy, so that nothing that was posted completes until the test lets go:
// what "while the IRP is pending" means is then certain on every arm. It knows nothing about WSK.
using OpenWsk.Kernel;
using OpenWsk.Ports;

namespace OpenWsk.Provider.Tests;

/// <summary>The dispatcher stands still from construction to disposal.</summary>
internal sealed class DispatcherHold : IDisposable
{
    private readonly CallbackGate _gate;
    private readonly ManagedEvent _ended;

    public DispatcherHold(Executive executive)
    {
        _gate = new CallbackGate(executive);
        _ended = new ManagedEvent(executive);
        using var entered = new ManagedEvent(executive);
        executive.Scheduler.Post(new Item(() =>
        {
            entered.Set();
            _gate.Wait();
            _ended.Set();
        }));
        entered.Wait();
    }

    public void Dispose()
    {
        _gate.Open();
        _ended.Wait();
        _ended.Dispose();
    }

    private sealed class Item(Action action) : DispatchItem
    {
        public override void Run() => action();
    }
}
