// The process that the user starts, when drivers are to be run: it starts itself once more as the worker, in
// which the drivers run, passes signals on and waits. A driver shares the worker's address space and may
// destroy even the runtime there; then this process still lives, reads the worker's black box and reports.
// It knows nothing about runs or drivers; the worker's side is Worker.cs, the report DeathReport.cs.
using System.Diagnostics;
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
    public static bool IsNeeded(IReadOnlyList<string> words) =>
        OperatingSystem.IsLinux()
        && Worker.BlackBoxPath is null
        && Environment.GetEnvironmentVariable(SwitchVariable) != "0"
        && Preparation.Prepare(words) is var prepared
        && prepared.FirstOrDefault(word => !word.StartsWith('-')) == "run"
        && !prepared.Any(word => word is "-h" or "-?" or "--help");

    /// <summary>
    /// Starts the worker with the same words and returns what the user is to see as exit code.
    /// </summary>
    public static async Task<int> Run(string[] words)
    {
        var box = Path.Combine(Path.GetTempPath(), $"openwsk-{Guid.NewGuid():n}.blackbox");
        try
        {
            using var worker = Start(words, box);
            using var signals = new SignalRelay(worker.Id);
            await worker.WaitForExitAsync().ConfigureAwait(false);
            return DeathReport.TryMake(worker.ExitCode, box) is { } death
                ? death.Write(isJson: words.Contains("--json"))
                : worker.ExitCode;
        }
        finally
        {
            File.Delete(box);
        }
    }

    private static Process Start(string[] words, string box)
    {
        // Started by `dotnet FILE.dll`, the first of the command line is the file; else the program is we.
        var program = Environment.ProcessPath!;
        var file = Environment.GetCommandLineArgs()[0];
        var isHosted = Path.GetFileNameWithoutExtension(program) == "dotnet";
        var start = new ProcessStartInfo(program, isHosted ? [file, .. words] : words);
        start.Environment[Worker.BlackBoxVariable] = box;
        start.Environment[Worker.SupervisorVariable] =
            Environment.ProcessId.ToString(CultureInfo.InvariantCulture);
        return Process.Start(start)!;
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
