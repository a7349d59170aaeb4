// The requests of a run, one after the other, as one application would make them: each device is opened at
// its first request and closed after the last one. A request that is pending when the run has to end is
// cancelled. It knows nothing about what the requests mean.
using OpenWsk.Abi;
using OpenWsk.Cli.CommandLine;
using OpenWsk.Cli.Worlds;
using OpenWsk.Kernel;
using OpenWsk.Testing;

namespace OpenWsk.Cli.Running;

/// <summary>An application's talk with drivers.</summary>
/// <param name="world">Where the drivers run.</param>
/// <param name="run">What to ask.</param>
/// <param name="pace">How to wait.</param>
/// <param name="ends">One ends when the run has to.</param>
internal sealed class Conversation(RunWorld world, RunRequest run, IPace pace, Task[] ends)
{
    private readonly Dictionary<string, DriverDevice> _devices = new(StringComparer.OrdinalIgnoreCase);
    private readonly List<DeviceAnswer> _answers = [];

    public IReadOnlyList<DeviceAnswer> Answers => _answers;

    /// <summary>Which request could never be answered, and why; null when there was none.</summary>
    public string? Standstill { get; private set; }

    /// <summary>Makes every request; returns why one did not come back, or null.</summary>
    public async Task<string?> Run()
    {
        foreach (var request in run.Requests)
        {
            if (ends.Any(end => end.IsCompleted))
                break;
            if (await Ask(request).ConfigureAwait(false) is { } hang)
                return hang;
        }
        var close = world.OnThread("application", CloseAll);
        return await ComesBack(close).ConfigureAwait(false) ? null
            : Hang("the close of a device did not come back");
    }

    private async Task<string?> Ask(DeviceRequest request)
    {
        var send = world.OnThread("application", () => Send(request));
        await pace.WaitForAny(null, [send, .. ends]).ConfigureAwait(false);
        if (!await ComesBack(send).ConfigureAwait(false))
            return Hang($"{request} did not return from the driver's dispatch routine");
        if (await send.ConfigureAwait(false) is not { } pending)
            return null;
        if (!await pace.WaitForAny(null, [pending.Task, .. ends]).ConfigureAwait(false))
            Standstill ??= $"{request} was pending and is cancelled: {pace.Trouble}";
        if (!pending.IsCompleted && world.Executive.StopReason is null
            && !await ComesBack(world.OnThread("application", pending.Cancel)).ConfigureAwait(false))
            return Hang($"the cancelling of {request} did not come back");
        if (world.Executive.StopReason is not null)
            return null;
        if (!await ComesBack(pending.Task).ConfigureAwait(false))
            return Hang($"{request} was cancelled, and the driver did not complete it");
        var result = await pending.Task.ConfigureAwait(false);
        Note(new DeviceAnswer(request, result.Status, result.Information, result.Output));
        return null;
    }

    private PendingIo? Send(DeviceRequest request)
    {
        try
        {
            if (!_devices.TryGetValue(request.Device, out var device))
                _devices[request.Device] = device = world.World.Open(request.Device);
            return request.Kind switch
            {
                DeviceRequestKind.Read => device.ReadAsync(request.OutputLength, request.Offset),
                DeviceRequestKind.Write => device.WriteAsync(request.Input.Span, request.Offset),
                _ when (request.Code & 3) == WdmConstants.METHOD_IN_DIRECT && request.Second is { } second =>
                    device.IoControlAsync(request.Code!.Value, request.Input.Span, second.Span),
                _ => device.IoControlAsync(request.Code!.Value, request.Input.Span, request.OutputLength),
            };
        }
        catch (DeviceException e)
        {
            Note(new DeviceAnswer(request, e.Status, 0, default));
            return null;
        }
        catch (GuestUnwindException)
        {
            // The driver was stopped; StopReason tells why.
            return null;
        }
    }

    private bool CloseAll()
    {
        try
        {
            foreach (var device in _devices.Values)
                device.Dispose();
        }
        catch (GuestUnwindException)
        {
            // The driver was stopped; StopReason tells why.
        }
        return true;
    }

    private Task<bool> ComesBack(Task call) => pace.WaitForAny(run.HangAfter, call);

    private string Hang(string what) => pace.Trouble is { } trouble ? $"{what}: {trouble}"
        : $"{what} in {run.HangAfter.TotalSeconds:0.###} s";

    private void Note(DeviceAnswer answer)
    {
        _answers.Add(answer);
        run.OnAnswer?.Invoke(answer);
    }
}
