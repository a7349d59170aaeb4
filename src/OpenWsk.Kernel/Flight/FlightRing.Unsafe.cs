// Where one thread writes down what it calls: a ring of records that nobody else writes to, so it takes no
// lock, and a handful of stores for each call. The memory may be a file's and may be scribbled over by a
// driver: where the next record goes is kept here and never read back from there. It knows nothing about
// files and readers; see OpenWsk.Capture's FlightRecorder.
using System.Runtime.CompilerServices;
using OpenWsk.Ports;

namespace OpenWsk.Kernel;

/// <summary>Where a ring's time stamps come from.</summary>
/// <param name="Function">
/// Address of machine code without arguments that returns a time stamp; 0 for the clock's nanoseconds.
/// </param>
/// <param name="Clock">The world's clock.</param>
public sealed record FlightClock(nint Function, IClock Clock)
{
    /// <summary>Now.</summary>
    public unsafe ulong Read() => Function == 0
        ? (ulong)Clock.NowNs
        : ((delegate* unmanaged[SuppressGCTransition]<ulong>)Function)();
}

/// <summary>The last records of one thread.</summary>
public sealed unsafe class FlightRing
{
    /// <summary>How many records are kept: they stay in the processor's nearest cache.</summary>
    public const int RecordCount = 64;

    /// <summary>Bytes of a ring's records.</summary>
    public const int SizeBytes = RecordCount * FlightRecord.SizeBytes;

    private const ulong Mask = RecordCount - 1;

    // Every so many records somebody looks how long a tick is.
    private const ulong TickMask = 0xFFF;

    private readonly FlightRecord* _records;
    private readonly delegate* unmanaged[SuppressGCTransition]<ulong> _stamp;
    private readonly FlightClock _clock;
    private readonly Action _onTick;
    private ulong _last;

    /// <summary>A ring over memory that lives as long as it does.</summary>
    /// <param name="records">Address of <see cref="SizeBytes"/> bytes of zeros.</param>
    /// <param name="clock">The time stamps.</param>
    /// <param name="onTick">Called now and then by the writing thread.</param>
    public FlightRing(nuint records, FlightClock clock, Action onTick)
    {
        _records = (FlightRecord*)records;
        _stamp = (delegate* unmanaged[SuppressGCTransition]<ulong>)clock.Function;
        _clock = clock;
        _onTick = onTick;
    }

    /// <summary>Address of the records.</summary>
    public nuint Address => (nuint)_records;

    /// <summary>Writes down what begins now; its place in the order is for <see cref="End"/>.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    public ulong Begin(ulong what, ulong a0 = 0, ulong a1 = 0, ulong a2 = 0, ulong a3 = 0)
    {
        var record = Open(what);
        record->Arguments[0] = a0;
        record->Arguments[1] = a1;
        record->Arguments[2] = a2;
        record->Arguments[3] = a3;
        return Stamp(record);
    }

    /// <summary>As above, for any number of words; those beyond twelve are dropped.</summary>
    public ulong Begin(ulong what, ReadOnlySpan<ulong> words)
    {
        var record = Open(what);
        for (var i = 0; i < words.Length && i < EventArguments.Count; i++)
            record->Arguments[i] = words[i];
        return Stamp(record);
    }

    /// <summary>Writes down that guest code is called.</summary>
    public ulong BeginCallback(nuint target, ReadOnlySpan<ulong> arguments, byte irql)
    {
        var count = Math.Min(arguments.Length + 1, EventArguments.Count);
        var what = FlightRecord.Describe(KernelEventKind.Callback, count, irql);
        if (arguments.Length == 3)
            return Begin(what, target, arguments[0], arguments[1], arguments[2]);
        Span<ulong> words = stackalloc ulong[EventArguments.Count];
        words[0] = target;
        arguments[..(count - 1)].CopyTo(words[1..]);
        return Begin(what, words[..count]);
    }

    /// <summary>Writes down what a call returned, if its record is still there.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void End(ulong sequence, ulong result)
    {
        var record = _records + (sequence & Mask);
        if (record->Sequence != sequence)
            return;
        record->Result = result;
        record->What |= (_last - sequence + 1) << FlightRecord.EndShift;
    }

    /// <summary>Writes down that an exception ended a call.</summary>
    public void Abandon(ulong sequence)
    {
        var record = _records + (sequence & Mask);
        if (record->Sequence == sequence && record->End == 0)
            record->What |= (_last - sequence + 1 | FlightRecord.AbandonedBit) << FlightRecord.EndShift;
    }

    /// <summary>The same for the innermost call of a routine that has not come back.</summary>
    public void AbandonInnermost()
    {
        for (var sequence = _last; sequence != 0 && _last - sequence < RecordCount; sequence--)
        {
            var record = _records + (sequence & Mask);
            if (record->Sequence != sequence || record->End != 0
                || record->Kind is not (KernelEventKind.Call or KernelEventKind.Callback))
                continue;
            Abandon(sequence);
            if (record->Kind == KernelEventKind.Call)
                return;
        }
    }

    // Whoever reads meanwhile sees no record here rather than half of one.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private FlightRecord* Open(ulong what)
    {
        var record = _records + (++_last & Mask);
        Volatile.Write(ref record->Sequence, 0);
        record->What = what;
        return record;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private ulong Stamp(FlightRecord* record)
    {
        var sequence = _last;
        if ((sequence & TickMask) == 0)
            _onTick();
        record->Stamp = _stamp is not null ? _stamp() : (ulong)_clock.Clock.NowNs;
        Volatile.Write(ref record->Sequence, sequence);
        return sequence;
    }
}
