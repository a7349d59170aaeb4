// Machines of a simulated network: each has its own kernel, drivers and addresses; all share the clock, the
// scheduler and the network. It knows nothing about what runs on them.
using OpenWsk.Kernel;
using OpenWsk.Ports;
using OpenWsk.Simulation;

namespace OpenWsk.Testing;

public sealed partial class DriverWorld
{
    private static readonly string[] s_defaultAddresses = ["10.0.0.1", "fd00::1"];

    /// <summary>
    /// A world of one machine, "driver" at 10.0.0.1 and fd00::1, in which everything follows from a seed.
    /// </summary>
    /// <param name="seed">What all randomness follows from.</param>
    /// <param name="strategy">Who runs next; in turns by default.</param>
    /// <param name="poolMode">How the drivers' memory is guarded.</param>
    /// <param name="files">The drivers' files; in memory unless given.</param>
    public static DriverWorld Simulate(
        ulong seed = 1, IStrategy? strategy = null, PoolMode poolMode = PoolMode.Default,
        IFileSystem? files = null) =>
        Simulate(new SimWorld(seed, strategy), [], "driver", s_defaultAddresses, poolMode, files);

    /// <summary>Adds a machine to the simulated network of this one; both end together.</summary>
    /// <remarks>Errors: InvalidOperationException over the host's sockets.</remarks>
    public DriverWorld AddMachine(string name, params string[] addresses) =>
        Simulate(
            Simulation ?? throw new InvalidOperationException("there is one machine over the host's sockets"),
            _machines, name, addresses, Executive.Pool.Mode, files: null);

    private static DriverWorld Simulate(
        SimWorld simulation, List<DriverWorld> machines, string name, string[] addresses,
        PoolMode poolMode, IFileSystem? files)
    {
        var host = simulation.Network.AddHost(name, addresses);
        var ports = new WorldPorts(simulation.Clock, host.Scheduler, simulation.Entropy)
        {
            PoolMode = poolMode,
            FileSystem = files,
        };
        return new DriverWorld(ports, host.Transport, simulation.Names, null, simulation, machines);
    }
}
