// Keeps the dispatchers of a world busy, so that nothing that was posted completes until the test lets go:
// what "while the IRP is pending" means is then certain on every arm. It knows nothing about WSK.
using OpenWsk.Kernel;
using OpenWsk.Ports;

namespace OpenWsk.Provider.Tests;

/// <summary>Every dispatcher stands still from construction to disposal.</summary>
internal sealed class DispatcherHold : IDisposable
{
    private readonly List<(CallbackGate Gate, ManagedEvent Ended)> _held = [];

    public DispatcherHold(Executive executive)
    {
        for (var i = 0; i < executive.ProcessorCount; i++)
        {
            var (gate, ended) = (new CallbackGate(executive), new ManagedEvent(executive));
            _held.Add((gate, ended));
            using var entered = new ManagedEvent(executive);
            executive.Scheduler.Post(new Item(() =>
            {
                entered.Set();
                gate.Wait();
                ended.Set();
            })
            {
                Processor = i,
            });
            entered.Wait();
        }
    }

    public void Dispose()
    {
        foreach (var (gate, ended) in _held)
        {
            gate.Open();
            ended.Wait();
            ended.Dispose();
        }
    }

    private sealed class Item(Action action) : DispatchItem
    {
        public override void Run() => action();
    }
}
