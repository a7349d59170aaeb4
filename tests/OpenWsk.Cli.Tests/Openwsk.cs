// Runs openwsk as a user does: as a process, with its own standard streams and exit code.
// It knows nothing about verbs.
using System.Diagnostics;
using System.Text;
using Xunit;

namespace OpenWsk.Cli.Tests;

/// <summary>One finished run of the program.</summary>
internal sealed record Openwsk(int ExitCode, string Out, string Error)
{
    /// <summary>A run that does not end within this hangs.</summary>
    private static readonly TimeSpan HangGuard = TimeSpan.FromMinutes(3);

    public static Openwsk Run(params string[] arguments) => RunWith("", arguments);

    public static Openwsk RunWith(string input, params string[] arguments)
    {
        using var process = Start(arguments);
        return EndOf(process, input);
    }

    /// <summary>What becomes of a process that was started, and what it still prints.</summary>
    public static Openwsk EndOf(Process process, string input = "")
    {
        var output = process.StandardOutput.ReadToEndAsync();
        var error = process.StandardError.ReadToEndAsync();
        process.StandardInput.Write(input);
        process.StandardInput.Close();
        if (!process.WaitForExit(HangGuard))
        {
            process.Kill(entireProcessTree: true);
            Assert.Fail($"{string.Join(' ', process.StartInfo.ArgumentList)} did not end");
        }
        return new Openwsk(process.ExitCode, output.Result, error.Result);
    }

    /// <summary>Does what Ctrl+C does.</summary>
    public static void Interrupt(Process process)
    {
        using var kill = Process.Start("kill", ["-INT", $"{process.Id}"]);
        kill.WaitForExit();
    }

    public static Process Start(params string[] arguments) =>
        Process.Start(StartInfo(ArgumentsOf(arguments)))!;

    /// <summary>What it prints when standard error goes where standard output goes.</summary>
    public static string RunMerged(params string[] arguments)
    {
        var start = StartInfo(["-c", "exec dotnet \"$@\" 2>&1", "sh", .. ArgumentsOf(arguments)]);
        start.FileName = "sh";
        using var process = Process.Start(start)!;
        process.StandardInput.Close();
        return process.StandardOutput.ReadToEnd();
    }

    /// <summary>Starts it with one environment variable changed.</summary>
    public static Process StartWith(string variable, string value, params string[] arguments)
    {
        var start = StartInfo(ArgumentsOf(arguments));
        start.Environment[variable] = value;
        return Process.Start(start)!;
    }

    /// <summary>The one line that a usage error or failure prints.</summary>
    public string ErrorLine()
    {
        var lines = Error.TrimEnd('\n').Split('\n');
        Assert.Single(lines);
        Assert.StartsWith("openwsk: ", lines[0]);
        return lines[0];
    }

    private static string[] ArgumentsOf(string[] arguments) =>
        [Path.Combine(AppContext.BaseDirectory, "OpenWsk.Cli.dll"), .. arguments];

    private static ProcessStartInfo StartInfo(string[] arguments)
    {
        var start = new ProcessStartInfo("dotnet")
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            StandardOutputEncoding = Encoding.UTF8,
            StandardInputEncoding = new UTF8Encoding(false),
        };
        foreach (var argument in arguments)
            start.ArgumentList.Add(argument);
        return start;
    }
}
