// The lock of one socket: held for a few hundred nanoseconds at a time, nearly always by the socket's own
// dispatcher, several times for each message. Entering is one interlocked operation and leaving is a store,
// half of what a general lock costs; who finds it taken gives its time slice away until it is free. It knows
// nothing about sockets. Not for what is held long or wanted by many: System.Threading.Lock is.
using System.Runtime.CompilerServices;

namespace OpenWsk.Ports;

/// <summary>A recursive lock for short, seldom contended sections: <c>using (gate.Enter())</c>.</summary>
public sealed class Gate
{
    private int _owner;
    private ushort _depth;

    // The one thread that has entered since BeginHome; 0 when another has, or there is none.
    private ushort _home;

    /// <summary>
    /// Whether no thread but the one that called <see cref="BeginHome"/> has entered since. Inside the gate.
    /// </summary>
    public bool IsHomeOnly => _home != 0;

    /// <summary>Begins to watch whether any other thread than the caller enters. Inside the gate.</summary>
    public void BeginHome()
    {
        var thread = Environment.CurrentManagedThreadId;
        _home = thread <= ushort.MaxValue ? (ushort)thread : (ushort)0;
    }

    /// <summary>Takes the gate; disposing the result leaves it.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public Hold Enter()
    {
        var thread = Environment.CurrentManagedThreadId;
        if (Interlocked.CompareExchange(ref _owner, thread, 0) != 0)
            EnterTaken(thread);
        if (thread != _home)
            _home = 0;
        return new Hold(this);
    }

    private void EnterTaken(int thread)
    {
        if (Volatile.Read(ref _owner) == thread)
        {
            _depth++;
            return;
        }
        var spinner = new SpinWait();
        do
        {
            spinner.SpinOnce(sleep1Threshold: -1);
        }
        while (Volatile.Read(ref _owner) != 0 || Interlocked.CompareExchange(ref _owner, thread, 0) != 0);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private void Leave()
    {
        if (_depth == 0)
            Volatile.Write(ref _owner, 0);
        else
            _depth--;
    }

    /// <summary>A taken gate.</summary>
    public readonly ref struct Hold
    {
        private readonly Gate _gate;

        internal Hold(Gate gate) => _gate = gate;

        /// <summary>Leaves the gate.</summary>
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public void Dispose() => _gate.Leave();
    }
}
