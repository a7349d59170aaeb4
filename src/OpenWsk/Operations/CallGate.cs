// Keeps calls of a WSK object and its end apart: a driver that calls a socket after WskCloseSocket breaks
// CLOSE-11, and without a capture no dispatch function may be called. Calls are counted while they are inside
// the provider, which never blocks, and the end waits for them. It knows nothing about what is called.
namespace OpenWsk;

/// <summary>Counts calls until it is shut. A mutable value: keep it in a field.</summary>
internal struct CallGate
{
    private int _calls;
    private bool _isShut;

    public readonly bool IsShut => Volatile.Read(in _isShut);

    /// <summary>A call begins; false when the gate is shut. Each success is ended with Leave.</summary>
    public bool TryEnter()
    {
        Interlocked.Increment(ref _calls);
        if (!Volatile.Read(ref _isShut))
            return true;
        Interlocked.Decrement(ref _calls);
        return false;
    }

    public void Leave() => Interlocked.Decrement(ref _calls);

    /// <summary>Lets no further call in and waits for those inside.</summary>
    public void Shut()
    {
        Interlocked.Exchange(ref _isShut, true);
        var spin = new SpinWait();
        while (Volatile.Read(ref _calls) != 0)
            spin.SpinOnce();
    }
}
