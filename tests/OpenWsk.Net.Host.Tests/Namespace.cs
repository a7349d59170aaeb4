// A network namespace for one test: a thread moves into a network of its own, whose routes, ports and
// settings the test makes as it needs them; sockets made on that thread live there, and it all ends with the
// thread. Linux, root and iproute2 are needed; tests ask for Capability.Netns.
using System.Diagnostics;
using System.Runtime.ExceptionServices;
using System.Runtime.InteropServices;

namespace OpenWsk.Net.Host.Tests;

/// <summary>Runs a test body in a network namespace of its own.</summary>
internal static class Namespace
{
    // CLONE_NEWNET of linux/sched.h.
    private const int CloneNewNet = 0x40000000;

    /// <summary>Runs the body on a thread in a new, empty network, after the commands of ip.</summary>
    public static void Run(string[] ipCommands, Action body)
    {
        ExceptionDispatchInfo? failure = null;
        var thread = new Thread(() =>
        {
            try
            {
                Assert.Equal(0, Unshare(CloneNewNet));
                foreach (var command in ipCommands)
                {
                    Ip(command);
                }
                body();
            }
            catch (Exception e)
            {
                failure = ExceptionDispatchInfo.Capture(e);
            }
        });
        thread.Start();
        Assert.True(thread.Join(TimeSpan.FromSeconds(60)), "The test in the namespace hangs.");
        failure?.Throw();
    }

    /// <summary>Sets a value below /proc/sys/net of the namespace.</summary>
    public static void Set(string name, string value) => File.WriteAllText($"/proc/sys/net/{name}", value);

    /// <summary>Index of an interface of the namespace.</summary>
    public static int IndexOf(string name) => (int)IndexOfName(name);

    /// <summary>Runs a command of ip in the namespace.</summary>
    public static void Ip(string arguments)
    {
        // The child inherits the network of the thread that starts it.
        var start = new ProcessStartInfo("ip", arguments) { RedirectStandardError = true };
        using var process = Process.Start(start)!;
        var error = process.StandardError.ReadToEnd();
        process.WaitForExit();
        Assert.True(process.ExitCode == 0, $"ip {arguments}: {error}");
    }

    [DllImport("libc", EntryPoint = "if_nametoindex", CharSet = CharSet.Ansi, BestFitMapping = false)]
    private static extern uint IndexOfName(string name);

    [DllImport("libc", EntryPoint = "unshare", SetLastError = true)]
    private static extern int Unshare(int flags);
}
