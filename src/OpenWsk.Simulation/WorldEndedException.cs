// Thrown out of a park when the world has ended, so that the thread unwinds and its OS thread ends.
// Nobody but the root of a world thread should catch it; code that does will get it again at its next park.
namespace OpenWsk.Simulation;

/// <summary>The world of the calling thread has ended; the thread must unwind.</summary>
public sealed class WorldEndedException : Exception
{
    public WorldEndedException()
        : base("The simulated world has ended.")
    {
    }
}
