// Ctrl-C and SIGTERM: once asks the run to unload its drivers and report, twice ends the process at once.
// It knows nothing about what is run.
using System.Runtime.InteropServices;
using OpenWsk.Cli.Supervision;

namespace OpenWsk.Cli.Running;

/// <summary>The user's wish to stop.</summary>
internal sealed class Interrupts : IDisposable
{
    private readonly TaskCompletionSource _first = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly List<PosixSignalRegistration> _registrations = [];
    private int _count;

    public Interrupts()
    {
        foreach (var signal in new[] { PosixSignal.SIGINT, PosixSignal.SIGTERM })
            _registrations.Add(PosixSignalRegistration.Create(signal, Worker.IsSupervised ? Ignore : Handle));
        if (Worker.IsSupervised)
            _registrations.Add(PosixSignalRegistration.Create((PosixSignal)Worker.Interrupt, Handle));
    }

    /// <summary>Ends with the first interrupt.</summary>
    public Task First => _first.Task;

    public void Dispose() => _registrations.ForEach(registration => registration.Dispose());

    // The supervisor hears it too and passes it on.
    private static void Ignore(PosixSignalContext context) => context.Cancel = true;

    private void Handle(PosixSignalContext context)
    {
        context.Cancel = true;
        if (Interlocked.Increment(ref _count) == 1)
            _first.TrySetResult();
        else
            Environment.Exit(ExitCodes.Interrupted);
    }
}
