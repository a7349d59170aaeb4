// The network of a free-running world and the dispatchers that serve it, which belong together: dispatchers
// rest in rings where the network is one of rings. io_uring is taken where the kernel allows it, unless
// somebody chooses. It knows nothing about WSK. Next: UringTransport.cs, NetChoice.cs.
using OpenWsk.Host;
using OpenWsk.Net.Host;
using OpenWsk.Net.Host.Polling;
using OpenWsk.Ports;

namespace OpenWsk.Net.Uring;

/// <summary>Dispatchers, and a transport over them.</summary>
/// <remarks>
/// Owns: the caller disposes of the scheduler, after the provider that uses the transport and before the
/// memory of the world.
/// </remarks>
public sealed class HostNetwork
{
    /// <summary>
    /// The variable that decides for whoever chooses nothing: host, uring or auto. What else it says is not
    /// of the system's network and decides nothing here.
    /// </summary>
    public const string Variable = "OPENWSK_NET";

    private HostNetwork(HostScheduler scheduler, ITransport transport, string note)
    {
        Scheduler = scheduler;
        Transport = transport;
        Note = note;
    }

    /// <summary>The world's dispatchers.</summary>
    public HostScheduler Scheduler { get; }

    /// <summary>The network over them.</summary>
    public ITransport Transport { get; }

    /// <summary>What was taken and why, in one line for people.</summary>
    public string Note { get; }

    /// <summary>Makes both.</summary>
    /// <exception cref="NotSupportedException">io_uring was asked for and does not work here.</exception>
    public static HostNetwork Create(IClock clock, int processors = 1, NetChoice choice = NetChoice.Auto)
    {
        choice = Decide(choice, Environment.GetEnvironmentVariable(Variable));
        var refusal = choice == NetChoice.Host ? "asked for" : UringFeatures.Current.Refusal;
        if (refusal is null || choice == NetChoice.Uring)
        {
            try
            {
                var rings = UringTransport.Create(clock, processors, out var dispatchers);
                return new HostNetwork(dispatchers, rings, $"io_uring: {UringFeatures.Current}");
            }
            catch (NotSupportedException e) when (choice == NetChoice.Auto)
            {
                // The kernel can, but has no more rings or memory for this process.
                refusal = e.Message;
            }
        }
        var loops = PollLoops.TryCreate(clock, processors);
        var scheduler = loops is null
            ? new HostScheduler(clock, processors)
            : new HostScheduler(clock, processors, processor => loops[processor]);
        var transport = new HostTransport(scheduler, clock, loops);
        return new HostNetwork(scheduler, transport, $"sockets of the system: {refusal}");
    }

    /// <summary>
    /// Has dispatchers that wake take no processor from a thread that works: for a world whose dispatchers
    /// only hand work to others. Otherwise one that shares a processor with those interrupts them for each
    /// completion, and changing threads costs more than what is handed over.
    /// </summary>
    public void LeaveProcessorsToWorkers()
    {
        for (var i = 0; OperatingSystem.IsLinux() && i < Scheduler.ProcessorCount; i++)
        {
            Scheduler.Post(new YieldItem { Processor = i });
        }
    }

    /// <summary>What <see cref="Create"/> would take and why, in one line for people.</summary>
    public static string Describe(NetChoice choice)
    {
        choice = Decide(choice, Environment.GetEnvironmentVariable(Variable));
        return choice == NetChoice.Host ? "sockets of the system: asked for"
            : UringFeatures.Current.IsUsable ? $"io_uring: {UringFeatures.Current}"
            : $"sockets of the system: {UringFeatures.Current.Refusal}";
    }

    /// <summary>Reads the name of a choice; false for what is none.</summary>
    public static bool TryParse(string? text, out NetChoice choice)
    {
        (var isKnown, choice) = text?.ToLowerInvariant() switch
        {
            null or "" or "auto" => (true, NetChoice.Auto),
            "host" => (true, NetChoice.Host),
            "uring" => (true, NetChoice.Uring),
            _ => (false, NetChoice.Auto),
        };
        return isKnown;
    }

    internal static NetChoice Decide(NetChoice choice, string? variable) =>
        choice == NetChoice.Auto && TryParse(variable, out var other) ? other : choice;

    // On the thread itself: the system knows a thread by a number that the runtime does not tell.
    private sealed class YieldItem : DispatchItem
    {
        public override void Run() => LinuxThreads.Yield();
    }
}
