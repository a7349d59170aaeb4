// The built command line as a process, the way a user or a CI job runs it: arguments in, output and exit code
// out. It knows nothing about what the verbs do.
using System.Diagnostics;
using System.Text;
using OpenWsk.TestSupport;

namespace OpenWsk.EndToEnd.Tests;

/// <summary>What a process said.</summary>
internal sealed record ProcessOutput(int ExitCode, byte[] OutputBytes, string Error)
{
    public string Output => Encoding.UTF8.GetString(OutputBytes);

    public override string ToString() => $"exit {ExitCode}\n--- output\n{Output}\n--- error\n{Error}";
}

/// <summary>Runs programs to their end.</summary>
internal static class CommandLine
{
    // Far longer than any run takes: reaching it is a hang, and the test fails with what was said until then.
    private static readonly TimeSpan s_hangGuard = TimeSpan.FromMinutes(3);

    /// <summary>Arguments that start the built command line: the program is dotnet.</summary>
    public static string Dll => Path.Combine(AppContext.BaseDirectory, "OpenWsk.Cli.dll");

    /// <summary>Runs `openwsk` with arguments.</summary>
    public static ProcessOutput OpenWsk(params IEnumerable<string> arguments) =>
        Run("dotnet", [Dll, .. arguments]);

    /// <summary>Runs `openwsk` in the network namespace that a shell script sets up.</summary>
    public static ProcessOutput InNamespace(string setUp, params IEnumerable<string> arguments)
    {
        var command = string.Join(' ', arguments.Prepend(Dll).Prepend("dotnet").Select(a => $"'{a}'"));
        return Run("unshare", ["--net", "sh", "-c", $"{setUp} && exec {command}"]);
    }

    /// <summary>The path of a sample's committed driver.</summary>
    public static string Sample(string name) => Repository.PathOf("samples", name, $"{name}.sys");

    public static ProcessOutput Run(string program, IEnumerable<string> arguments)
    {
        using var process = Process.Start(new ProcessStartInfo(program, arguments)
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            RedirectStandardInput = true,
        })!;
        process.StandardInput.Close();
        using var output = new MemoryStream();
        var error = process.StandardError.ReadToEndAsync();
        var copying = process.StandardOutput.BaseStream.CopyToAsync(output);
        if (!Task.WaitAll([error, copying], s_hangGuard))
        {
            process.Kill(entireProcessTree: true);
            Assert.Fail($"{program} hangs; it said:\n{Encoding.UTF8.GetString(output.ToArray())}");
        }
        process.WaitForExit();
        return new ProcessOutput(process.ExitCode, output.ToArray(), error.Result);
    }
}
