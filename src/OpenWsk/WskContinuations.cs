// Where C# goes on after an awaited WSK call: a choice of who makes a host. It knows nothing about how.
// Next: Operations/Continuations.cs.
namespace OpenWsk;

/// <summary>Where awaited calls continue.</summary>
public enum WskContinuations
{
    /// <summary>On the thread pool: continuations may block and compute as they like.</summary>
    ThreadPool,

    /// <summary>
    /// On the dispatcher that completed the call, as a driver's completion routine runs: no thread is changed
    /// for a message. A continuation that blocks holds up all sockets of its dispatcher.
    /// </summary>
    Dispatcher,
}
