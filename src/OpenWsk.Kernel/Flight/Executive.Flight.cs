// Part of the executive: the flight recorder, which writes down what each thread does for the report on a
// crash. Unlike sinks it costs some stores a call, so it is on in every run. It knows nothing about reports.
namespace OpenWsk.Kernel;

public sealed partial class Executive
{
    private IFlightRecorder? _flight;

    /// <summary>Begins to record; threads that are in the world already are recorded from here on.</summary>
    public void StartFlight(IFlightRecorder recorder)
    {
        Invariant.That(_flight is null);
        _flight = recorder;
        foreach (var thread in _threads.Keys)
            thread.Flight ??= recorder.Take(thread.Id);
    }

    internal FlightRing? TakeFlightRing(int threadId) => _flight?.Take(threadId);

    internal void ReturnFlightRing(FlightRing ring) => _flight?.Return(ring);
}
