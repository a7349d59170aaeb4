// A process that is told things by lines and answers by lines, pinned to its processors; its end is the end
// of its input. It knows nothing about what the lines mean.
using System.Diagnostics;

namespace OpenWsk.Bench.Network;

/// <summary>A pinned child process.</summary>
internal sealed class LineProcess : IDisposable
{
    private const int ErrorLines = 20;
    private static readonly TimeSpan EndTime = TimeSpan.FromSeconds(5);
    private readonly Process _process;
    private readonly string _name;
    private readonly Queue<string> _errors = new();

    private LineProcess(Process process, string name)
    {
        _process = process;
        _name = name;
        process.ErrorDataReceived += (_, line) => Keep(line.Data);
        process.BeginErrorReadLine();
    }

    public int Id => _process.Id;

    /// <summary>Starts a program on a processor.</summary>
    public static LineProcess Start(
        int processor, string program, IEnumerable<string> words,
        IReadOnlyDictionary<string, string>? environment = null) =>
        Start([processor], program, words, environment);

    /// <summary>Starts a program on some processors.</summary>
    public static LineProcess Start(
        IReadOnlyList<int> processors, string program, IEnumerable<string> words,
        IReadOnlyDictionary<string, string>? environment = null)
    {
        List<string> all = ["-c", string.Join(',', processors), program, .. words];
        var start = new ProcessStartInfo("taskset", all)
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        foreach (var (name, value) in environment ?? new Dictionary<string, string>())
            start.Environment[name] = value;
        try
        {
            return new LineProcess(Process.Start(start)!, Path.GetFileName(program));
        }
        catch (System.ComponentModel.Win32Exception e)
        {
            throw new UnavailableException($"taskset (util-linux) cannot be run: {e.Message}");
        }
    }

    /// <summary>Waits for "ready".</summary>
    /// <remarks>Errors: UnavailableException when it says why it cannot; BenchFailureException.</remarks>
    public void WaitUntilReady(TimeSpan limit)
    {
        const string Unavailable = "unavailable: ";
        while (Read(limit) is var line && line != "ready")
        {
            if (line.StartsWith(Unavailable, StringComparison.Ordinal))
                throw new UnavailableException(line[Unavailable.Length..]);
        }
    }

    /// <summary>Says a line and returns the answer.</summary>
    /// <remarks>Errors: BenchFailureException when none comes in time.</remarks>
    public string Ask(string line, TimeSpan limit)
    {
        try
        {
            _process.StandardInput.WriteLine(line);
            _process.StandardInput.Flush();
        }
        catch (IOException)
        {
            throw new BenchFailureException($"{_name} ended: {Errors()}");
        }
        return Read(limit);
    }

    public void Dispose()
    {
        try
        {
            _process.StandardInput.Close();
        }
        catch (IOException)
        {
        }
        if (!_process.WaitForExit(EndTime))
        {
            _process.Kill(entireProcessTree: true);
            _process.WaitForExit();
        }
        _process.Dispose();
    }

    private string Read(TimeSpan limit)
    {
        var line = _process.StandardOutput.ReadLineAsync();
        if (!line.Wait(limit))
        {
            _process.Kill(entireProcessTree: true);
            throw new BenchFailureException($"{_name} said nothing for {limit.TotalSeconds} s; {Errors()}");
        }
        if (line.Result is { } text)
            return text;
        _process.WaitForExit(EndTime);
        throw new BenchFailureException($"{_name} ended: {Errors()}");
    }

    private string Errors()
    {
        lock (_errors)
            return _errors.Count == 0 ? "it gave no reason" : string.Join(" | ", _errors);
    }

    private void Keep(string? line)
    {
        if (string.IsNullOrWhiteSpace(line))
            return;
        lock (_errors)
        {
            _errors.Enqueue(line.Trim());
            if (_errors.Count > ErrorLines)
                _errors.Dequeue();
        }
    }
}
