// Whoever gives the threads of a world their rings. It knows nothing about what becomes of the records; the
// one that runs use is in OpenWsk.Capture.
namespace OpenWsk.Kernel;

/// <summary>Gives threads the memory to write down what they do.</summary>
public interface IFlightRecorder
{
    /// <summary>A ring for a thread that begins.</summary>
    FlightRing Take(int threadId);

    /// <summary>Takes the ring of a thread that has ended; its records stay until another needs it.</summary>
    void Return(FlightRing ring);
}
