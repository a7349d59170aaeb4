// The two ways in which a verb gives up with one line for the user. Everything else that is thrown is a bug
// of ours. They carry what to print and nothing about where it is printed: that is Program.
namespace OpenWsk.Cli;

/// <summary>The command line is wrong: exit code 2.</summary>
internal sealed class UsageException(string message) : Exception(message);

/// <summary>The verb cannot go on: one line and an exit code.</summary>
internal sealed class FailureException(int exitCode, string message) : Exception(message)
{
    public int ExitCode { get; } = exitCode;
}
