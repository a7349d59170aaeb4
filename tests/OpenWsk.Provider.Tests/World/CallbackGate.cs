// Holds a callback until the test lets it go on. A driver must not wait in a callback (EVT-28); a test does,
// to see what happens meanwhile. It goes by the scheduler's own parker, because the kernel refuses waits at
// DISPATCH_LEVEL.
using OpenWsk.Kernel;
using OpenWsk.Ports;

namespace OpenWsk.Provider.Tests;

/// <summary>A gate that opens once, for one thread.</summary>
internal sealed class CallbackGate(Executive executive)
{
    private readonly Lock _gate = new();
    private IParker? _waiting;
    private bool _isOpen;

    /// <summary>Waits until the gate is open.</summary>
    public void Wait()
    {
        lock (_gate)
            _waiting = executive.Scheduler.CurrentParker;
        while (!IsOpen())
            _waiting.Park(IParker.Never);
    }

    public void Open()
    {
        lock (_gate)
        {
            _isOpen = true;
            _waiting?.Unpark();
        }
    }

    private bool IsOpen()
    {
        lock (_gate)
            return _isOpen;
    }
}
