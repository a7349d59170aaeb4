// The entry: command line in, exit code out. It holds the only catch-all of the program: whatever escapes a
// verb is a bug of ours and is shown as one. It knows no verb: that is CommandTree.
using OpenWsk.Cli.CommandLine;
using OpenWsk.Cli.Supervision;
using OpenWsk.Cli.Worlds;

namespace OpenWsk.Cli;

/// <summary>The process.</summary>
internal static class Program
{
    private static int Main(string[] arguments)
    {
        try
        {
            return Supervisor.IsNeeded(arguments) ? Supervisor.Run(arguments) : Work(arguments);
        }
        catch (UsageException usage)
        {
            return Fail(ExitCodes.Usage, usage.Message);
        }
        catch (FailureException failure)
        {
            return Fail(failure.ExitCode, failure.Message);
        }
        catch (IOException) when (IsOutputGone())
        {
            // The reader of our output went away (a pager, head): there is nobody left to tell.
            return ExitCodes.Clean;
        }
        catch (Exception bug)
        {
            Fail(ExitCodes.OurBug, "this is a bug of OpenWsk; please report it with the lines below");
            Console.Error.WriteLine(bug);
            return ExitCodes.OurBug;
        }
    }

    private static int Work(string[] arguments)
    {
        Worker.FollowSupervisor();
        if (Worker.IsSupervised)
            Preparing.Begin();
        return CommandTree.Run(arguments).GetAwaiter().GetResult();
    }

    private static int Fail(int code, string message)
    {
        Console.Error.WriteLine($"openwsk: {message}");
        return code;
    }

    private static bool IsOutputGone()
    {
        try
        {
            Console.Out.Flush();
            Console.OpenStandardOutput().Write([]);
            return Console.IsOutputRedirected;
        }
        catch (IOException)
        {
            return true;
        }
    }
}
