// The promise of the simulated arm: the same seed gives the same run, byte for byte. A busy world with loss,
// several threads and both strategies is run again and again, and its whole log is compared.
using System.Security.Cryptography;
using System.Text;
using OpenWsk.Simulation;
using Xunit;
using static OpenWsk.Abi.NTSTATUS;

namespace OpenWsk.Net.Sim.Tests;

public sealed class DeterminismTests
{
    [Fact]
    public void Two_hundred_runs_of_one_seed_are_equal_to_the_byte()
    {
        var first = RunBusyWorld(42, isOrderRandom: true);
        for (var run = 1; run < 200; run++)
            Assert.Equal(first, RunBusyWorld(42, isOrderRandom: true));
    }

    [Fact]
    public void Seeds_differ_in_what_is_lost_and_in_who_runs_first()
    {
        var calm = Enumerable.Range(0, 10).Select(seed => RunBusyWorld((ulong)seed, isOrderRandom: false));
        var random = Enumerable.Range(0, 10).Select(seed => RunBusyWorld((ulong)seed, isOrderRandom: true));
        Assert.Equal(20, calm.Concat(random).Distinct().Count());
    }

    private static string RunBusyWorld(ulong seed, bool isOrderRandom)
    {
        using var net = new NetworkFixture(seed, isOrderRandom ? new RandomStrategy(seed) : null);
        net.Network.DefaultLink = new LinkSettings { LossRate = 0.03 };
        var log = new StringBuilder();
        net.Network.Observe(packet => log.Append(packet).Append('\n'));
        net.Run(() =>
        {
            net.There.StartEchoServer("10.0.0.2:7");
            net.There.StartEchoServer("[::]:7");
            var workers = 4;
            var main = net.World.Scheduler.CurrentParker;
            for (var i = 0; i < 4; i++)
            {
                var number = i;
                net.Start($"worker {number}", () =>
                {
                    Converse(net, number, log);
                    workers--;
                    main.Unpark();
                });
            }
            while (workers > 0)
                main.Park(Ports.IParker.Never);
        });
        return Convert.ToHexString(SHA256.HashData(Encoding.UTF8.GetBytes(log.ToString())));
    }

    private static void Converse(NetworkFixture net, int number, StringBuilder log)
    {
        var endpoint = number % 2 == 0 ? "10.0.0.2:7" : "[fd00::2]:7";
        var socket = net.NewSocket(number % 2 == 0 ? (ushort)2 : (ushort)23);
        while (socket.Connect(endpoint) != STATUS_SUCCESS)
            log.Append($"{net.NowNs} worker {number} tries again\n");
        var data = NetworkFixture.Pattern(3000 + (number * 1000));
        var sent = socket.Send(data);
        var disconnected = socket.BeginDisconnect();
        Assert.Equal(data, socket.ReceiveExactly(data.Length));
        log.Append($"{net.NowNs} worker {number} {sent} {disconnected.Wait()}\n");
        socket.Port.Close();
    }
}
