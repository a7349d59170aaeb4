// What callbacks have told and C# has not taken yet. Callbacks add on the dispatcher, one consumer takes; its
// wait is the queue itself, so waiting allocates nothing. It knows nothing about what it holds: who adds says
// how much there may be, and gives back what is left.
using System.Diagnostics.CodeAnalysis;
using System.Threading.Tasks.Sources;

namespace OpenWsk;

/// <summary>A queue from the dispatcher to one consumer.</summary>
internal sealed class EventQueue<T>(Continuations continuations)
    : IValueTaskSource<bool>, IThreadPoolWorkItem
{
    private readonly Lock _lock = new();
    private readonly Queue<T> _items = new();
    private ManualResetValueTaskSourceCore<bool> _core;
    private CancellationToken _cancellation;
    private CancellationTokenRegistration _registration;
    private bool _isWaiting;
    private bool _isCancelled;
    private bool _isComplete;
    private Exception? _error;

    public int Count
    {
        get
        {
            lock (_lock)
                return _items.Count;
        }
    }

    public bool IsComplete
    {
        get
        {
            lock (_lock)
                return _isComplete;
        }
    }

    /// <summary>Adds an item and wakes the consumer; false when the queue is complete.</summary>
    public bool TryAdd(T item)
    {
        lock (_lock)
        {
            if (_isComplete)
                return false;
            _items.Enqueue(item);
        }
        Wake(isCancelled: false);
        return true;
    }

    public bool TryTake([MaybeNullWhen(false)] out T item)
    {
        lock (_lock)
            return _items.TryDequeue(out item);
    }

    public bool TryPeek([MaybeNullWhen(false)] out T item)
    {
        lock (_lock)
            return _items.TryPeek(out item);
    }

    /// <summary>Nothing is added any more; waits end, with the error if there is one.</summary>
    public void Complete(Exception? error = null)
    {
        lock (_lock)
        {
            if (_isComplete)
                return;
            _isComplete = true;
            _error = error;
        }
        Wake(isCancelled: false);
    }

    /// <summary>Waits for an item: true when there is one, false when none will come.</summary>
    public ValueTask<bool> WaitAsync(CancellationToken cancellation)
    {
        if (cancellation.IsCancellationRequested)
            return ValueTask.FromCanceled<bool>(cancellation);
        short version;
        lock (_lock)
        {
            if (_isWaiting)
                throw new InvalidOperationException("Somebody waits for these events already.");
            if (_items.Count != 0)
                return new ValueTask<bool>(true);
            if (_isComplete)
                return _error is null ? new ValueTask<bool>(false) : ValueTask.FromException<bool>(_error);
            _core.Reset();
            version = _core.Version;
            _isWaiting = true;
            _isCancelled = false;
            _cancellation = cancellation;
        }
        _registration = cancellation.UnsafeRegister(
            static queue => ((EventQueue<T>)queue!).Wake(isCancelled: true), this);
        return new ValueTask<bool>(this, version);
    }

    public ValueTaskSourceStatus GetStatus(short token) => _core.GetStatus(token);

    public void OnCompleted(
        Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags) =>
        _core.OnCompleted(continuation, state, token, flags);

    public bool GetResult(short token)
    {
        _registration.Dispose();
        _core.GetResult(token);
        lock (_lock)
        {
            // Nobody else takes, so what was there when the wait ended is there still.
            if (_items.Count != 0)
                return true;
            if (_isCancelled)
                throw new OperationCanceledException(_cancellation);
            return _error is null ? false : throw _error;
        }
    }

    void IThreadPoolWorkItem.Execute() => _core.SetResult(true);

    private void Wake(bool isCancelled)
    {
        lock (_lock)
        {
            if (!_isWaiting)
                return;
            _isWaiting = false;
            _isCancelled = isCancelled;
        }
        continuations.Post(this);
    }
}
