// What datagrams cost: no memory per send, receive and readiness. It measures the whole process, so it runs
// alone. It knows nothing about speed; that is for benchmarks.
using OpenWsk.Ports;
using static OpenWsk.Abi.NTSTATUS;
using static OpenWsk.Net.Host.Tests.HostWorld;

namespace OpenWsk.Net.Host.Tests;

[Collection(nameof(MeasuresTheProcess))]
public sealed class HostDatagramCostTests : IDisposable
{
    private readonly HostWorld _world = new();

    public void Dispose() => _world.Dispose();

    [Fact]
    public void Nothing_on_the_way_of_a_datagram_allocates()
    {
        const int Rounds = 200;
        var from = _world.Datagram(Loopback(V4));
        var to = _world.Datagram(Loopback(V4));
        var send = new TestSend(new byte[100], new byte[28])
        {
            Destination = to.Local,
            Control = new DatagramControl { HopLimit = 9, Source = Loopback(V4) },
        };
        using var told = new AutoResetEvent(false);
        to.Receivable = () => told.Set();
        var buffer = new byte[256];
        var isAsExpected = true;
        var roundsThatAllocate = 0;
        for (var round = -100; round < Rounds; round++)
        {
            // No assertions in here: they allocate.
            var before = GC.GetTotalAllocatedBytes(precise: true);
            isAsExpected &= to.Socket.TryReceive(buffer, out _, out _) == STATUS_PENDING;
            to.Socket.ArmReceive();
            isAsExpected &= from.Socket.Send(send);
            told.WaitOne();
            isAsExpected &= to.Socket.TryReceive(buffer, out var bytes, out var info) == STATUS_SUCCESS;
            isAsExpected &= bytes == 128 && info.HopLimit == 9;
            roundsThatAllocate += round >= 0 && GC.GetTotalAllocatedBytes(precise: true) != before ? 1 : 0;
        }
        Assert.True(isAsExpected);

        // The pool of .NET and the runner of the tests allocate for themselves, in more rounds the slower the
        // machine is; an allocation of ours would be in every round.
        Assert.InRange(roundsThatAllocate, 0, Rounds / 2);
    }
}
