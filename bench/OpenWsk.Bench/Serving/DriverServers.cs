// A process in which one of the drivers of bench/drivers runs, without observers that want calls.
// It knows nothing about what the driver does.
using System.Buffers.Binary;
using System.Globalization;
using OpenWsk.Testing;

namespace OpenWsk.Bench.Serving;

/// <summary>Ours, as a driver.</summary>
internal static class DriverServers
{
    /// <summary>An echo; parameters are Name=Number.</summary>
    public static Served StartEcho(int port, string net, string file, string[] parameters)
    {
        var world = Worlds.ForDrivers(net);
        world.Load(file, [("LocalPort", (uint)port), .. parameters.Select(Parse)]);
        return new DriverEcho(world);
    }

    /// <summary>Makes connections when told.</summary>
    public static Served StartConnects(int port, string net, int atOnce)
    {
        var world = Worlds.ForDrivers(net);
        world.Load(FindDriver("connects.sys"), ("RemotePort", (uint)port));
        return new DriverConnects(world, atOnce);
    }

    private static (string Name, object Value) Parse(string parameter)
    {
        var parts = parameter.Split('=');
        return (parts[0], uint.Parse(parts[1], CultureInfo.InvariantCulture));
    }

    private static string FindDriver(string name)
    {
        using var context = new BenchContext { IsQuick = true };
        return context.PathOf("bench", "drivers", name);
    }

    private sealed class DriverEcho(DriverWorld world) : Served
    {
        public override int OpenSockets => world.Provider.OpenSockets;
    }

    private sealed class DriverConnects(DriverWorld world, int atOnce) : Served
    {
        // CTL_CODE(FILE_DEVICE_UNKNOWN, 0x800, METHOD_BUFFERED, FILE_ANY_ACCESS), as in connects.c.
        private const uint RunCode = 0x0022_2000;
        private const int AnswerBytes = 24;
        private readonly DriverDevice _device = world.Open(@"\Device\BenchConnects");

        public override int OpenSockets => world.Provider.OpenSockets;

        protected override (long Done, long Failed) Run(int lengthMs)
        {
            Span<byte> request = stackalloc byte[8];
            BinaryPrimitives.WriteInt32LittleEndian(request, atOnce);
            BinaryPrimitives.WriteInt32LittleEndian(request[4..], lengthMs);
            var result = _device.IoControl(RunCode, request, AnswerBytes);
            if (result.Output.Length != AnswerBytes)
                throw new BenchFailureException($"connects.sys answered {result.Status}");
            var answer = result.Output.Span;
            return (BinaryPrimitives.ReadInt64LittleEndian(answer),
                BinaryPrimitives.ReadInt64LittleEndian(answer[8..]));
        }
    }
}
