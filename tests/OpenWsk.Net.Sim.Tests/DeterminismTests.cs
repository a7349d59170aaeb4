// The promise of the simulated arm: the same seed gives the same run, byte for byte. A busy world with loss,
// several threads and both strategies is run again and again, and its whole log is compared.
using System.Security.Cryptography;
using System.Text;
using OpenWsk.Net.Sim.Peers;
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
    public void Fifty_runs_with_listeners_and_datagrams_are_equal_to_the_byte()
    {
        var first = RunServer(42);
        for (var run = 1; run < 50; run++)
            Assert.Equal(first, RunServer(42));
        Assert.NotEqual(first, RunServer(43));
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

    // A conditional dual-stack listener and a datagram socket here, impatient clients there.
    private static string RunServer(ulong seed)
    {
        using var net = new NetworkFixture(seed, new RandomStrategy(seed));
        net.Network.DefaultLink = new LinkSettings { LossRate = 0.1 };
        var log = new StringBuilder();
        net.Network.Observe(packet => log.Append(packet).Append('\n'));
        net.Run(() =>
        {
            var listening = new ListeningSocket(net.World.Scheduler, net.Here.Transport, "[::]:80",
                backlog: 2, isConditional: true, isV6Only: 0);
            var datagrams = new DatagramSocket(net.World.Scheduler, net.Here.Transport);
            Assert.Equal(STATUS_SUCCESS, datagrams.Bind("0.0.0.0:53"));
            for (var i = 0; i < 4; i++)
            {
                var endpoint = i % 2 == 0 ? "10.0.0.1:80" : "[fd00::1]:80";
                net.Start($"client {i}", () => Ask(net, endpoint, log));
            }
            for (var i = 0; i < 3; i++)
            {
                var request = listening.WaitForRequest(i);
                listening.Port.Decide(request.Id, isAccepted: i != 1);
                log.Append($"{net.NowNs} {request}\n");
            }
            net.Sleep(60 * NetworkFixture.Second);
            while (datagrams.TryReceive(out var bytes, out var info) == STATUS_SUCCESS)
                log.Append($"{bytes[0]} {info}\n");
            log.AppendJoin(',', listening.Dropped);
        });
        return log.ToString();
    }

    private static void Ask(NetworkFixture net, string endpoint, StringBuilder log)
    {
        var peer = net.There.OpenDatagram("0.0.0.0:0");
        for (byte i = 0; i < 10; i++)
            peer.Send("10.0.0.1:53", [i]);
        try
        {
            net.There.Connect(Address.Of(endpoint)).Send(new byte[3000]);
        }
        catch (SimConnectionException e)
        {
            log.Append($"{net.NowNs} {e.Status}\n");
        }
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
