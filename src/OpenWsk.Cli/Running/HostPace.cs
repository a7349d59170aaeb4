// The time of the machine: the world runs by itself, and waiting is only that.
// It knows nothing about worlds; the other pace is SimPace.cs.
namespace OpenWsk.Cli.Running;

/// <summary>Waits as long as it takes.</summary>
internal sealed class HostPace : IPace
{
    /// <inheritdoc/>
    public string? Trouble => null;

    /// <inheritdoc/>
    public bool IsStuck => false;

    /// <inheritdoc/>
    public Task After(TimeSpan? span) =>
        span is { } length ? Task.Delay(length) : new TaskCompletionSource().Task;

    /// <inheritdoc/>
    public void DropTimes()
    {
    }

    /// <inheritdoc/>
    public async Task<bool> WaitForAny(TimeSpan? limit, params Task[] tasks)
    {
        var first = await Task.WhenAny(limit is { } length ? [.. tasks, Task.Delay(length)] : tasks)
            .ConfigureAwait(false);
        return tasks.Contains(first);
    }
}
