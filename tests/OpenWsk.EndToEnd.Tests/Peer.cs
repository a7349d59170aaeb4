// A program of the system as a client: given bytes on its standard input, it gives what it got on its
// standard output. It knows nothing about drivers or about what the programs do.
using System.Diagnostics;

namespace OpenWsk.EndToEnd.Tests;

/// <summary>Runs a client program.</summary>
internal static class Peer
{
    // Far longer than any run takes: reaching it is a hang.
    private static readonly TimeSpan s_hangGuard = TimeSpan.FromMinutes(2);

    public static byte[] Run(byte[] input, string program, params IEnumerable<string> arguments)
    {
        using var process = Process.Start(new ProcessStartInfo(program, arguments)
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            RedirectStandardInput = true,
        })!;
        using var output = new MemoryStream();
        var error = process.StandardError.ReadToEndAsync();
        var copying = process.StandardOutput.BaseStream.CopyToAsync(output);
        var feeding = Feed(process, input);
        if (!Task.WaitAll([error, copying, feeding], s_hangGuard))
        {
            process.Kill(entireProcessTree: true);
            Assert.Fail($"{program} hangs after {output.Length} bytes of output");
        }
        process.WaitForExit();
        Assert.True(process.ExitCode == 0, $"{program} ended with {process.ExitCode}: {error.Result}");
        return output.ToArray();
    }

    private static async Task Feed(Process process, byte[] input)
    {
        try
        {
            await process.StandardInput.BaseStream.WriteAsync(input);
            process.StandardInput.Close();
        }
        catch (IOException)
        {
            // The program ended before it had read everything; its exit code tells.
        }
    }
}
