// The process that the user starts, when drivers are to be run: it starts itself once more as the worker, in
// which the drivers run, passes signals on and waits. A driver shares the worker's address space and may
// destroy even the runtime there; then this process still lives, reads the worker's black box and reports.
// What comes before the worker's start is as little as can be: the driver waits for it.
// It knows nothing about runs or drivers; the worker's side is Worker.cs, the report DeathReport.cs.
using System.Globalization;
using System.Runtime.InteropServices;
using OpenWsk.Cli.CommandLine;

namespace OpenWsk.Cli.Supervision;

/// <summary>Runs the worker.</summary>
internal static class Supervisor
{
    /// <summary>Set to 0, it lets drivers run in the process that the user starts.</summary>
    public const string SwitchVariable = "OPENWSK_SUPERVISE";

    /// <summary>Whether the command line runs drivers and this process is not the worker already.</summary>
    public static bool IsNeeded(IReadOnlyList<string> words)
    {
        if (!OperatingSystem.IsLinux() || Worker.IsSupervised
            || Environment.GetEnvironmentVariable(SwitchVariable) == "0")
            return false;
        string? verb = null;
        foreach (var word in Preparation.Prepare(words))
        {
            if (word is "-h" or "-?" or "--help")
                return false;
            if (verb is null && !word.StartsWith('-'))
                verb = word;
        }
        return verb == "run";
    }

    /// <summary>
    /// Starts the worker with the same words and returns what the user is to see as exit code.
    /// </summary>
    public static int Run(string[] words)
    {
        var box = Path.Combine(Path.GetTempPath(), "openwsk-" + Guid.NewGuid().ToString("n") + ".blackbox");
        try
        {
            var self = Environment.ProcessId.ToString(CultureInfo.InvariantCulture);
            var worker = WorkerProcess.Start(
                Worker.BlackBoxVariable + "=" + box + "\0" + Worker.SupervisorVariable + "=" + self + "\0");
            int exitCode;
            using (new SignalRelay(worker.Id))
                exitCode = worker.Wait();
            return DeathReport.TryMake(exitCode, box) is { } death
                ? death.Write(isJson: words.Contains("--json"))
                : exitCode;
        }
        finally
        {
            File.Delete(box);
        }
    }

    // Ctrl-C at a terminal reaches both processes, kill(1) only one. So the worker hears this relay alone.
    private sealed class SignalRelay : IDisposable
    {
        private readonly PosixSignalRegistration[] _registrations;

        public SignalRelay(int workerId)
        {
            _registrations =
            [
                Relay(PosixSignal.SIGINT, Worker.Interrupt),
                Relay(PosixSignal.SIGTERM, Worker.Interrupt),
                Relay(PosixSignal.SIGHUP, (int)PosixSignal.SIGHUP),
                Relay(PosixSignal.SIGQUIT, (int)PosixSignal.SIGQUIT),
            ];

            PosixSignalRegistration Relay(PosixSignal signal, int relayed) =>
                PosixSignalRegistration.Create(signal, context =>
                {
                    context.Cancel = true;
                    Interop.Kill(workerId, relayed);
                });
        }

        public void Dispose()
        {
            foreach (var registration in _registrations)
                registration.Dispose();
        }
    }
}
