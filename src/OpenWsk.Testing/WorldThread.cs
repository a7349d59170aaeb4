// Which world the calling thread is in: a call from inside must not enter a simulation a second time, and a
// thread that leaves gives back what the kernel keeps for it. It knows nothing about drivers.
using OpenWsk.Kernel;
using OpenWsk.Simulation;

namespace OpenWsk.Testing;

/// <summary>The calling thread's place.</summary>
internal static class WorldThread
{
    [ThreadStatic]
    private static object? t_inside;

    /// <summary>
    /// Whether the thread is in the world, or in the simulation that the machine is part of.
    /// </summary>
    public static bool IsInside(DriverWorld world) =>
        t_inside is not null && ReferenceEquals(t_inside, KeyOf(world));

    public static T Enter<T>(DriverWorld world, Func<T> body)
    {
        var before = t_inside;
        t_inside = KeyOf(world);
        try
        {
            return body();
        }
        finally
        {
            t_inside = before;
            if (!world.Executive.IsDisposed && world.Executive.CurrentThread.CallDepth == 0)
                KernelThread.Detach(world.Executive);
        }
    }

    private static object KeyOf(DriverWorld world) => (object?)world.Simulation ?? world;
}
