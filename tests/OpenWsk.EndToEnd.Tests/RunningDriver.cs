// A sample driver that serves, in the built command line as a process of its own: a test waits for lines that
// it prints, lets real clients at it, and ends the run as Ctrl-C does, which unloads the driver. It knows
// nothing about what the driver does.
using System.Diagnostics;
using System.Globalization;
using System.Text;

namespace OpenWsk.EndToEnd.Tests;

/// <summary>A driver in a process.</summary>
internal sealed class RunningDriver : IDisposable
{
    // Far longer than any step takes: reaching it is a hang, and the test fails with what was said before.
    private static readonly TimeSpan s_hangGuard = TimeSpan.FromMinutes(2);
    private readonly Process _process;
    private readonly string _name;
    private readonly List<string> _lines = [];
    private readonly Task<string> _error;
    private readonly Task _reading;
    private bool _hasEnded;

    private RunningDriver(string name, string program, IEnumerable<string> arguments)
    {
        _name = name;
        _process = Process.Start(new ProcessStartInfo(program, arguments)
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            RedirectStandardInput = true,
        })!;
        _process.StandardInput.Close();
        _error = _process.StandardError.ReadToEndAsync();
        _reading = ReadLines();
    }

    /// <summary>The process's id.</summary>
    public int Id => _process.Id;

    /// <summary>Everything that was printed so far.</summary>
    public string Output
    {
        get
        {
            lock (_lines)
                return string.Join('\n', _lines);
        }
    }

    /// <summary>Runs a committed sample with parameters of the form Name=Value.</summary>
    public static RunningDriver Start(string name, params string[] parameters) =>
        StartFile(CommandLine.Sample(name), name, parameters);

    /// <summary>Runs another build of a sample.</summary>
    public static RunningDriver StartFile(string path, string name, params string[] parameters) =>
        new(name, "dotnet", [CommandLine.Dll, "run", path, "--", .. parameters]);

    /// <summary>Runs a committed sample in the network namespace that a shell script sets up.</summary>
    public static RunningDriver StartInNamespace(string setUp, string name, params string[] parameters)
    {
        string[] arguments =
            ["dotnet", CommandLine.Dll, "run", CommandLine.Sample(name), "--", .. parameters];
        var command = string.Join(' ', arguments.Select(argument => $"'{argument}'"));
        return new RunningDriver(name, "unshare", ["--net", "sh", "-c", $"{setUp} && exec {command}"]);
    }

    /// <summary>
    /// Runs a committed sample in a process that may have so many files open; its trace and its report are
    /// part of the output.
    /// </summary>
    public static RunningDriver StartWithin(int files, string net, string name, params string[] parameters)
    {
        string[] arguments =
        [
            "dotnet", CommandLine.Dll, "run", "--trace", "--net", net, CommandLine.Sample(name), "--",
            .. parameters,
        ];
        var command = string.Join(' ', arguments.Select(argument => $"'{argument}'"));
        return new RunningDriver(name, "sh", ["-c", $"exec prlimit --nofile={files} {command} 2>&1"]);
    }

    /// <summary>Waits until the driver listens, and tells on which port.</summary>
    public int WaitForPort()
    {
        var line = WaitFor("listening on");
        Assert.EndsWith("STATUS 0x00000000", line, StringComparison.Ordinal);
        var address = line.Split(' ')[3];
        return int.Parse(address[(address.LastIndexOf(':') + 1)..], CultureInfo.InvariantCulture);
    }

    /// <summary>Waits for a line that contains a text, and gives the first such line.</summary>
    public string WaitFor(string text)
    {
        var deadline = Stopwatch.GetTimestamp() + (long)(s_hangGuard.TotalSeconds * Stopwatch.Frequency);
        lock (_lines)
        {
            while (true)
            {
                if (_lines.Find(line => line.Contains(text, StringComparison.Ordinal)) is { } found)
                    return found;
                var left = Stopwatch.GetElapsedTime(Stopwatch.GetTimestamp(), deadline);
                if (_hasEnded || left <= TimeSpan.Zero || !Monitor.Wait(_lines, left))
                    Assert.Fail($"{_name} did not print '{text}'; it printed:\n{Output}\n{ErrorSoFar()}");
            }
        }
    }

    /// <summary>
    /// Asks for the end of the run, as Ctrl-C does, and checks its report: unloaded, nothing found, nothing
    /// left behind.
    /// </summary>
    public string StopCleanly()
    {
        if (!_process.HasExited)
            CommandLine.Run("kill", ["-TERM", Id.ToString(CultureInfo.InvariantCulture)]);
        var output = WaitForEnd();
        Assert.True(output.ExitCode == 0, output.ToString());
        Assert.Contains($"{_name}: unloaded", output.Output, StringComparison.Ordinal);
        Assert.Contains("findings: none", output.Error, StringComparison.Ordinal);
        Assert.Contains("left behind: nothing", output.Error, StringComparison.Ordinal);
        return output.Output;
    }

    /// <summary>Waits until the driver's work has ended by itself.</summary>
    public ProcessOutput WaitForEnd()
    {
        if (!Task.WaitAll([_error, _reading], s_hangGuard))
            Assert.Fail($"{_name} hangs; it said:\n{Output}");
        _process.WaitForExit();
        return new ProcessOutput(_process.ExitCode, Encoding.UTF8.GetBytes(Output), _error.Result);
    }

    public void Dispose()
    {
        if (!_process.HasExited)
            _process.Kill(entireProcessTree: true);
        _process.Dispose();
    }

    private string ErrorSoFar() => _error.IsCompleted ? _error.Result : "";

    private async Task ReadLines()
    {
        while (await _process.StandardOutput.ReadLineAsync() is { } line)
        {
            lock (_lines)
            {
                _lines.Add(line);
                Monitor.PulseAll(_lines);
            }
        }
        lock (_lines)
        {
            _hasEnded = true;
            Monitor.PulseAll(_lines);
        }
    }
}
