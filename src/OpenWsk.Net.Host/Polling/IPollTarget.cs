// Whoever waits for a descriptor in a loop: a stream, a listener, a datagram socket. It knows nothing about
// how the loop finds out: PollLoop.cs.
namespace OpenWsk.Net.Host.Polling;

/// <summary>Something that is told what has become of its descriptor.</summary>
internal interface IPollTarget
{
    /// <summary>
    /// Called on the loop's thread, without a lock, when something has changed since it was last called. What
    /// it is told may be out of date: it may have been taken meanwhile, or the target may have closed.
    /// </summary>
    /// <param name="readiness">Flags of <see cref="LinuxEpoll"/>.</param>
    void OnReady(uint readiness);
}
