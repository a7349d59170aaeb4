// A call that waits for the dispatcher, at most once at a time: whoever asks again before it ran has asked
// once. It knows nothing about what is called.
using OpenWsk.Ports;

namespace OpenWsk.Net.Sim;

/// <summary>Makes a call on the dispatcher soon.</summary>
internal sealed class PostedCall(IScheduler scheduler, Action call) : DispatchItem
{
    private bool _isPosted;

    public void Post()
    {
        if (_isPosted)
            return;
        _isPosted = true;
        scheduler.Post(this);
    }

    public override void Run()
    {
        _isPosted = false;
        call();
    }
}
