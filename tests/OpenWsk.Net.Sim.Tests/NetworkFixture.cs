// A small world for the tests of the network: a host "here" with the provider's sockets and a host "there"
// with scripted peers, 0.5 ms apart, and a log of every packet. It knows nothing about what a test checks.
using OpenWsk.Net.Sim.Tcp;
using OpenWsk.Ports;
using OpenWsk.Simulation;

namespace OpenWsk.Net.Sim.Tests;

internal sealed class NetworkFixture : IDisposable
{
    public const long Millisecond = 1_000_000;
    public const long Second = 1_000 * Millisecond;

    public NetworkFixture(ulong seed = 1, IStrategy? strategy = null)
    {
        World = new SimWorld(seed, strategy);
        Here = World.Network.AddHost("here", "10.0.0.1", "fd00::1");
        There = World.Network.AddHost("there", "10.0.0.2", "fd00::2");
        World.Network.Observe(packet => Packets.Add(packet));
    }

    public SimWorld World { get; }

    public SimNetwork Network => World.Network;

    public SimHost Here { get; }

    public SimHost There { get; }

    public List<PacketEvent> Packets { get; } = [];

    public long NowNs => World.Clock.NowNs;

    public void Run(Action body) => World.Run(body);

    public BlockingSocket NewSocket(ushort family = 2) => new(World.Scheduler, Here.Transport, family);

    public BlockingSocket Connect(string endpoint)
    {
        var socket = NewSocket(endpoint[0] == '[' ? (ushort)23 : (ushort)2);
        var status = socket.Connect(endpoint);
        return status == 0 ? socket : throw new InvalidOperationException($"Connect to {endpoint}: {status}");
    }

    /// <summary>
    /// Lets virtual time pass; a permit that an earlier completion left does not cut it short.
    /// </summary>
    public void Sleep(long ns)
    {
        var end = NowNs + ns;
        while (NowNs < end)
            World.Scheduler.CurrentParker.Park(end);
    }

    public void Start(string name, Action body) => World.Scheduler.StartThread(name, body);

    /// <summary>
    /// Flags of the segments sent so far, in order: ">Syn" from here, "&lt;Syn, Ack" from there.
    /// </summary>
    public List<string> Flags() => [.. Sent().Select(s => (IsFromHere(s) ? ">" : "<") + s.Flags)];

    public IEnumerable<TcpSegment> Sent() =>
        Packets.Where(e => e.Fate == PacketFate.Sent).Select(e => e.Packet).OfType<TcpSegment>();

    public int SentCount(TcpFlags flag) => Sent().Count(segment => segment.Has(flag));

    public static byte[] Pattern(int count)
    {
        var bytes = new byte[count];
        for (var i = 0; i < count; i++)
            bytes[i] = (byte)((i * 31) ^ (i >> 8));
        return bytes;
    }

    public void Dispose() => World.Dispose();

    private bool IsFromHere(TcpSegment segment) => Here.Addresses.Contains(segment.Source.WithoutPort());
}
