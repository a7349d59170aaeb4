// What surrounds a call of a routine: the level, whether the guest is stopped, the events, the flight
// recorder's record. The generator's entries for machine code have their own way through while none of that
// is to be done but the record. It knows nothing about what the routine does.
namespace OpenWsk.Kernel;

/// <summary>A call of a routine that has begun.</summary>
public readonly ref struct RoutineCall
{
    private readonly Executive _executive;
    private readonly Routine _routine;
    private readonly FlightRing? _flight;
    private readonly ulong _record;

    private RoutineCall(Executive executive, Routine routine, FlightRing? flight, ulong record)
    {
        _executive = executive;
        _routine = routine;
        _flight = flight;
        _record = record;
    }

    /// <summary>Begins a call, of which the arguments are told.</summary>
    /// <remarks>Errors: GuestStoppedException when the guest is stopped.</remarks>
    public static RoutineCall Begin(Executive executive, Routine routine, ReadOnlySpan<ulong> arguments)
    {
        var thread = executive.CurrentThread;
        var irql = thread.Irql;
        if (irql > routine.MaxIrql)
            executive.OnIrqlTooHigh(routine, irql);
        executive.ThrowIfStopped();
        if (executive.ObservesCalls)
            executive.Emit(KernelEvents.Call(routine, arguments));
        var flight = thread.Flight;
        var record = flight is null ? 0 : flight.Begin(
            FlightRecord.DescribeCall((ulong)routine.Number, arguments.Length, thread.Irql), arguments);
        return new RoutineCall(executive, routine, flight, record);
    }

    /// <summary>The routine has returned; the result is the caller's.</summary>
    public ulong End(ulong result)
    {
        _flight?.End(_record, result);
        if (_executive.ObservesCalls)
            _executive.Emit(KernelEvents.Return(_routine, result));
        return result;
    }
}
