// A request that may still be under way: an overlapped one. Waiting for it lets a simulated world go on, and
// so does `await`, since nobody else would. It knows nothing about buffers: see DriverDevice.cs.
using System.Runtime.CompilerServices;
using OpenWsk.Kernel;

namespace OpenWsk.Testing;

/// <summary>A request and its result.</summary>
public sealed class PendingIo
{
    private readonly DriverWorld _world;
    private readonly IoRequest? _request;
    private readonly TaskCompletionSource<IoResult> _result =
        new(TaskCreationOptions.RunContinuationsAsynchronously);

    internal PendingIo(DriverWorld world, IoRequest? request, IoResult? refused)
    {
        _world = world;
        _request = request;
        if (refused is not null)
            _result.SetResult(refused);
    }

    /// <summary>Whether the result is there.</summary>
    public bool IsCompleted => _result.Task.IsCompleted;

    /// <summary>Ends with the request; in a simulation only while somebody waits.</summary>
    public Task<IoResult> Task => _result.Task;

    /// <summary>Waits for the result.</summary>
    /// <remarks>
    /// Errors: GuestStoppedException; DeadlockException when a simulation can never bring it.
    /// </remarks>
    public IoResult Wait()
    {
        if (!IsCompleted)
            _world.Run(() => _request!.Wait());
        return _result.Task.Result;
    }

    /// <summary>Waits for the result, but not longer than a time of the world; false then.</summary>
    public bool Wait(TimeSpan atMost) => IsCompleted || _world.Run(() =>
        _request!.Wait(_world.Executive.Clock.NowNs + (long)atMost.TotalNanoseconds));

    /// <summary>Asks the driver to give the request up, as CancelIoEx does; false when it is done.</summary>
    public bool Cancel() => !IsCompleted && _world.Run(() => _request!.Cancel());

    /// <summary>Lets the request be awaited.</summary>
    public TaskAwaiter<IoResult> GetAwaiter()
    {
        if (_world.Simulation is not null)
            Wait();
        return _result.Task.GetAwaiter();
    }

    internal void SetResult(IoResult result) => _result.TrySetResult(result);
}
