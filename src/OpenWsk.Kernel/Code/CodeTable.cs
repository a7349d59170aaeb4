// What a code address means in one world: a routine of ours, a managed callback, or native guest code.
// Guest structures hold such addresses (dispatch tables, completion routines, cancel routines), and one Call
// serves them all, so that managed clients and driver binaries go through the same IRPs and tables.
// Pseudo addresses are non-canonical: nothing is ever mapped there, and native code that jumps there faults.
using System.Collections.Concurrent;
using System.Runtime.CompilerServices;
using OpenWsk.Ports;

namespace OpenWsk.Kernel;

/// <summary>
/// A managed function that guest structures can point to; arguments and result are raw 64-bit words.
/// </summary>
public delegate ulong GuestCallback(ReadOnlySpan<ulong> arguments);

/// <summary>Resolves and calls code addresses.</summary>
public sealed class CodeTable(Executive executive, INativeCode? native)
{
    private const ulong PseudoBase = 0xF0E0_0000_0000_0000;
    private const int PseudoShift = 48;
    private readonly ConcurrentDictionary<nuint, Routine> _routines = new();
    private readonly ConcurrentDictionary<Routine, nuint> _addresses = new();
    private readonly ConcurrentDictionary<nuint, GuestCallback> _callbacks = new();
    private long _nextPseudo;

    // Where the addresses of routines lie: what is called mostly is guest code, which lies outside.
    private nuint _firstRoutine;
    private nuint _routinesExtent;

    /// <summary>The world's machine code, or null when only managed clients live in it.</summary>
    public INativeCode? Native { get; } = native;

    /// <summary>The address that guest structures hold for a routine.</summary>
    public nuint AddressOf(Routine routine) => _addresses.GetOrAdd(routine, Bind);

    /// <summary>Gives a managed function an address; give it back with <see cref="Unregister"/>.</summary>
    public nuint Register(GuestCallback callback)
    {
        var address = NextPseudo();
        _callbacks[address] = callback;
        return address;
    }

    public void Unregister(nuint address) => _callbacks.TryRemove(address, out _);

    /// <summary>Whether a call of the address can end anywhere sensible.</summary>
    public bool IsCode(nuint address) =>
        _callbacks.ContainsKey(address) || _routines.ContainsKey(address)
            || (Native?.IsNative(address) ?? false);

    /// <summary>
    /// Calls the code at an address on the calling thread.
    /// </summary>
    /// <remarks>
    /// Errors: GuestStoppedException when the address is no code or the guest is stopped in the call.
    /// </remarks>
    public ulong Call(nuint target, ReadOnlySpan<ulong> arguments)
    {
        if (target - _firstRoutine <= _routinesExtent && _routines.TryGetValue(target, out var routine))
            return routine.Invoke(executive, arguments);
        var thread = executive.CurrentThread;
        return thread.Flight is { } flight ? CallRecorded(flight, thread, target, arguments)
            : CallUnrecorded(thread, target, arguments);
    }

    // Apart from the other, because what must be kept for a finally block is kept in memory.
    private ulong CallUnrecorded(KernelThread thread, nuint target, ReadOnlySpan<ulong> arguments)
    {
        thread.CallDepth++;
        try
        {
            return CallNow(thread, target, arguments);
        }
        finally
        {
            Leave(thread);
        }
    }

    private ulong CallRecorded(
        FlightRing flight, KernelThread thread, nuint target, ReadOnlySpan<ulong> arguments)
    {
        thread.CallDepth++;
        var record = flight.BeginCallback(target, arguments, thread.Irql);
        var isBack = false;
        try
        {
            var result = CallNow(thread, target, arguments);
            flight.End(record, result);
            isBack = true;
            return result;
        }
        finally
        {
            if (!isBack)
                flight.Abandon(record);
            Leave(thread);
        }
    }

    // The common case, without a look at anything that is only rarely so.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private ulong CallNow(KernelThread thread, nuint target, ReadOnlySpan<ulong> arguments)
    {
        var isQuiet = executive.AreCallbacksQuiet;
        return isQuiet && Native is { } native && !IsPseudo(target) ? native.Call(thread, target, arguments)
            : isQuiet ? CallGuest(thread, target, arguments)
            : CallObserved(thread, target, arguments);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private void Leave(KernelThread thread)
    {
        thread.Ended++;
        if (--thread.CallDepth == 0 && executive.IsLeavingWatched && !thread.IsDispatcher)
            executive.OnGuestLeft();
    }

    private ulong CallObserved(KernelThread thread, nuint target, ReadOnlySpan<ulong> arguments)
    {
        if (executive.Observes(KernelEventKind.Callback))
            executive.Emit(KernelEvents.Callback(target, arguments));
        var result = CallGuest(thread, target, arguments);
        if (executive.Observes(KernelEventKind.CallbackReturn))
            executive.Emit(KernelEvents.CallbackReturn(target, result));
        return result;
    }

    private ulong CallGuest(KernelThread thread, nuint target, ReadOnlySpan<ulong> arguments)
    {
        var isPseudo = IsPseudo(target);
        if (isPseudo && _callbacks.TryGetValue(target, out var callback))
            return callback(arguments);
        if (Native is not null && !isPseudo)
        {
            // A stopped driver gets no completion and no callback any more, as after a bug check.
            executive.ThrowIfStopped();
            return Native.Call(thread, target, arguments);
        }
        throw executive.Stop($"a call of 0x{(ulong)target:x}, where there is no code");
    }

    private nuint Bind(Routine routine)
    {
        var address = Native?.Bind(routine) ?? NextPseudo();
        _routines[address] = routine;
        lock (_callbacks)
        {
            // The range is made wider before it is made to begin lower: it never excludes a routine.
            var last = Math.Max(_firstRoutine + _routinesExtent, address);
            var first = _routines.Count == 1 ? address : Math.Min(_firstRoutine, address);
            _routinesExtent = Math.Max(last - first, _routinesExtent);
            _firstRoutine = first;
        }
        return address;
    }

    private static bool IsPseudo(nuint address) => (ulong)address >> PseudoShift == PseudoBase >> PseudoShift;

    private nuint NextPseudo() => (nuint)(PseudoBase + ((ulong)Interlocked.Increment(ref _nextPseudo) << 4));
}
