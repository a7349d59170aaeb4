// A network namespace for one test: a thread moves into a network of its own, whose routes, ports and
// settings the test makes as it needs them; sockets made on that thread live there, and it all ends with the
// thread. Linux, root and iproute2 are needed; tests ask for Capability.Netns.
using System.Collections.Concurrent;
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
        Assert.True(thread.Join(TimeSpan.FromMinutes(5)), "The test in the namespace hangs.");
        failure?.Throw();
    }

    /// <summary>Sets a value below /proc/sys/net of the namespace.</summary>
    public static void Set(string name, string value) => File.WriteAllText($"/proc/sys/net/{name}", value);

    /// <summary>
    /// Runs the body in a network whose port v0 (10.99.0.1) is wired to that of a second network
    /// (10.99.0.2). What is to be made in the second one is made by the function that the body gets.
    /// </summary>
    public static void RunWired(Action<Action<Action>> body) =>
        Run(["link set lo up", "link add v0 type veth peer name v1"], () =>
        {
            using var work = new BlockingCollection<Action>();
            using var ready = new ManualResetEvent(false);
            var threadId = 0;
            var other = new Thread(() => Run([], () =>
            {
                threadId = ThreadId();
                ready.Set();
                foreach (var item in work.GetConsumingEnumerable())
                {
                    item();
                }
            }));
            other.Start();
            Waiting.For(ready, "a second network");
            Ip($"link set v1 netns {threadId}");
            Ip("addr add 10.99.0.1/24 dev v0");
            Ip("link set v0 up");
            void Do(Action action)
            {
                using var done = new ManualResetEvent(false);
                work.Add(() =>
                {
                    action();
                    done.Set();
                });
                Waiting.For(done, "work in the second network");
            }
            Do(() => Array.ForEach(["addr add 10.99.0.2/24 dev v1", "link set v1 up", "link set lo up"], Ip));
            body(Do);
            work.CompleteAdding();
            other.Join();
        });

    /// <summary>A counter of TCP in the namespace of the calling thread.</summary>
    public static long TcpCounter(string name)
    {
        var rows = File.ReadAllLines("/proc/thread-self/net/snmp")
            .Where(line => line.StartsWith("Tcp:", StringComparison.Ordinal))
            .Select(line => line.Split(' ')).ToArray();
        return long.Parse(rows[1][Array.IndexOf(rows[0], name)]);
    }

    /// <summary>Index of an interface of the namespace.</summary>
    public static int IndexOf(string name) => (int)IndexOfName(name);

    /// <summary>Runs a command of ip in the namespace.</summary>
    public static void Ip(string arguments) => Command("ip", arguments);

    /// <summary>Runs a command in the namespace.</summary>
    public static void Command(string program, string arguments)
    {
        // The child inherits the network of the thread that starts it.
        var start = new ProcessStartInfo(program, arguments)
        {
            RedirectStandardError = true,
            RedirectStandardOutput = true,
        };
        using var process = Process.Start(start)!;
        var error = process.StandardError.ReadToEnd();
        process.WaitForExit();
        Assert.True(process.ExitCode == 0, $"{program} {arguments}: {error}");
    }

    [DllImport("libc", EntryPoint = "if_nametoindex", CharSet = CharSet.Ansi, BestFitMapping = false)]
    private static extern uint IndexOfName(string name);

    [DllImport("libc", EntryPoint = "gettid")]
    private static extern int ThreadId();

    [DllImport("libc", EntryPoint = "unshare", SetLastError = true)]
    private static extern int Unshare(int flags);
}
