// The world's scheduler for one host of the network. Several hosts with kernels share one scheduler, and each
// item runs in the frame of the kernel whose host posted it. It knows nothing about kernels.
using OpenWsk.Ports;

namespace OpenWsk.Net.Sim;

/// <summary>One host's view of a shared scheduler.</summary>
public sealed class SimHostScheduler(IScheduler shared) : IScheduler
{
    private IDispatchFrame? _frame;

    /// <inheritdoc/>
    public IParker CurrentParker => shared.CurrentParker;

    /// <inheritdoc/>
    public int ProcessorCount => shared.ProcessorCount;

    /// <inheritdoc/>
    public int CurrentProcessor => shared.CurrentProcessor;

    /// <inheritdoc/>
    public void StartThread(string name, Action body) => shared.StartThread(name, body);

    /// <inheritdoc/>
    public void Post(DispatchItem item)
    {
        item.Frame = _frame;
        shared.Post(item);
    }

    /// <inheritdoc/>
    public void PostAt(long deadlineNs, DispatchItem item)
    {
        item.Frame = _frame;
        shared.PostAt(deadlineNs, item);
    }

    /// <inheritdoc/>
    public bool CancelPost(DispatchItem item) => shared.CancelPost(item);

    /// <inheritdoc/>
    public void SetDispatchFrame(IDispatchFrame frame)
    {
        // What no host posts, such as answers of the name service, runs in the frame of the newest kernel.
        _frame = frame;
        shared.SetDispatchFrame(frame);
    }
}
