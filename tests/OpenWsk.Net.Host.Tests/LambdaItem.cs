// A dispatch item that runs a lambda and says when it has run.
// It knows nothing about the scheduler that runs it.
using OpenWsk.Ports;

namespace OpenWsk.Net.Host.Tests;

/// <summary>A dispatch item for tests.</summary>
internal sealed class LambdaItem(Action run) : DispatchItem
{
    /// <summary>Set after each run.</summary>
    public AutoResetEvent HasRun { get; } = new(false);

    public override void Run()
    {
        run();
        HasRun.Set();
    }
}
