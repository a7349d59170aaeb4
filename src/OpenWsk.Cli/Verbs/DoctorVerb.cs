// `openwsk doctor`: what this machine has and lacks, and what follows from each lack.
// It looks at nothing itself: that is Doctor/Machine.
using System.CommandLine;
using OpenWsk.Cli.CommandLine;
using OpenWsk.Cli.Doctor;
using OpenWsk.Cli.Output;

namespace OpenWsk.Cli.Verbs;

/// <summary>doctor.</summary>
internal sealed class DoctorVerb : IVerb
{
    public Command Command { get; } =
        new("doctor", "Examine this machine: what is there, what is missing, what follows.");

    public Task<int> Run(ParseResult parsed, Terminal terminal)
    {
        var checks = Machine.Examine();
        var isFit = checks.All(check => check.IsThere || check.Need != Need.Required);
        if (terminal.Options.Json)
        {
            terminal.Out.Write(JsonReport.Write(new
            {
                CanRunDrivers = isFit,
                Checks = checks.Select(check => new
                {
                    check.Name,
                    Need = check.Need.ToString().ToLowerInvariant(),
                    check.IsThere,
                    check.Found,
                    Follows = check.IsThere ? null : check.Follows,
                }),
            }));
        }
        else
        {
            foreach (var check in checks)
                terminal.Out.WriteLine(Line(check, terminal));
            terminal.Out.WriteLine(isFit ? "drivers run here" : "driver binaries do not run here");
        }
        return Task.FromResult(isFit ? ExitCodes.Clean : ExitCodes.CapabilityMissing);
    }

    private static string Line(Check check, Terminal terminal) => check.IsThere
        ? $"{terminal.Good("ok     ")}  {check.Name,-18} {check.Found}"
        : $"{terminal.Bad("missing")}  {check.Name,-18} {check.Found}; {check.Follows}";
}
