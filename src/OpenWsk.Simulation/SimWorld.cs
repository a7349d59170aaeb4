// A whole simulated world from one seed: clock, randomness, scheduler, network. Everything in it is
// repeatable: the same seed and the same code give the same order of events, byte for byte. It knows
// nothing about the kernel or WSK: an Executive is made over these ports as over the host's.
using OpenWsk.Net.Sim;
using OpenWsk.Ports;

namespace OpenWsk.Simulation;

/// <summary>A closed, deterministic world. Dispose it to end the threads that are left.</summary>
public sealed class SimWorld : IDisposable
{
    public SimWorld(ulong seed, IStrategy? strategy = null)
    {
        Seed = seed;
        Clock = new SimClock();
        Scheduler = new SimScheduler(Clock, strategy ?? new FifoStrategy());
        Entropy = new SimEntropy(seed, "entropy");
        Network = new SimNetwork(Clock, Scheduler, new SimEntropy(seed, "network"));
        Names = new SimResolver(Clock, Scheduler);
    }

    /// <summary>What all randomness of this world follows from.</summary>
    public ulong Seed { get; }

    /// <summary>Virtual time.</summary>
    public SimClock Clock { get; }

    /// <summary>The deterministic scheduler.</summary>
    public SimScheduler Scheduler { get; }

    /// <summary>
    /// Random numbers for the guest; the network and the schedule have streams of their own.
    /// </summary>
    public IEntropy Entropy { get; }

    /// <summary>The simulated network; add hosts to it before or during a run.</summary>
    public SimNetwork Network { get; }

    /// <summary>The names of the world; add hosts, services, delays and failures.</summary>
    public SimResolver Names { get; }

    /// <summary>Whether the world has ended: a deadlock, or a thread of it failed.</summary>
    public bool HasEnded => Scheduler.HasEnded;

    /// <summary>
    /// Runs the body as the world's main thread, returns when it ends and rethrows what it throws.
    /// </summary>
    /// <remarks>
    /// May be called again; other threads and packets in flight wait meanwhile. Errors:
    /// <see cref="DeadlockException"/> when nothing in the world can ever run again; what another thread of
    /// the
    /// world throws. After either the world has ended.
    /// </remarks>
    public void Run(Action body) => Scheduler.Run(body);

    /// <summary>Runs the body as the world's main thread and returns its result.</summary>
    public T Run<T>(Func<T> body)
    {
        T result = default!;
        Scheduler.Run(() => result = body());
        return result;
    }

    public void Dispose() => Scheduler.End();
}
