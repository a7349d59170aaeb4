// `openwsk version`: which build this is and what it runs on.
// It knows nothing about the machine beyond that: see DoctorVerb.cs.
using System.CommandLine;
using System.Reflection;
using System.Runtime.InteropServices;
using OpenWsk.Cli.CommandLine;
using OpenWsk.Cli.Output;

namespace OpenWsk.Cli.Verbs;

/// <summary>version.</summary>
internal sealed class VersionVerb : IVerb
{
    /// <summary>The version with the commit it was built from, where the build knew one.</summary>
    public static string Current { get; } = typeof(VersionVerb).Assembly
        .GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion ?? "unknown";

    public Command Command { get; } = new("version", "Print the version.");

    public Task<int> Run(ParseResult parsed, Terminal terminal)
    {
        if (terminal.Options.Json)
        {
            terminal.Out.Write(JsonReport.Write(new
            {
                Version = Current,
                Runtime = RuntimeInformation.FrameworkDescription,
                System = RuntimeInformation.OSDescription,
            }));
        }
        else
        {
            terminal.Out.WriteLine($"openwsk {Current} ({RuntimeInformation.FrameworkDescription})");
        }
        return Task.FromResult(ExitCodes.Clean);
    }
}
