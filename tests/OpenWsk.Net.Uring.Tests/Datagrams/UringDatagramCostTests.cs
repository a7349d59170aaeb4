// What datagrams cost on a ring: no memory per send that joins others, per lent datagram and per readiness.
// It measures the whole process, so it runs alone. It knows nothing about speed; that is for benchmarks.
using OpenWsk.Net.Host.Tests;
using OpenWsk.Ports;
using static OpenWsk.Abi.NTSTATUS;
using static OpenWsk.Net.Uring.Tests.RingWorld;

namespace OpenWsk.Net.Uring.Tests;

[Collection(nameof(MeasuresTheProcess))]
public sealed class UringDatagramCostTests : IDisposable
{
    private const int SendsOfATurn = 8;

    private readonly RingWorld _world = new();

    public void Dispose() => _world.Dispose();

    [RingFact]
    public void Nothing_on_the_way_of_a_lent_datagram_allocates()
    {
        const int Rounds = 200;
        var from = _world.Datagram(Loopback(V4));
        var to = _world.Datagram(Loopback(V4));
        using var told = new AutoResetEvent(false);
        var turn = new Turn(from.Socket, to, told);
        to.Receivable = turn.Take;
        var roundsThatAllocate = 0;
        var isTold = true;
        for (var round = -200; round < Rounds && isTold; round++)
        {
            // No assertions in here: they allocate.
            var before = GC.GetTotalAllocatedBytes(precise: true);
            _world.Scheduler.Post(turn);
            isTold &= told.WaitOne(Waiting.HangGuard);
            roundsThatAllocate += round >= 0 && GC.GetTotalAllocatedBytes(precise: true) != before ? 1 : 0;
        }
        Assert.True(isTold && turn.IsAsExpected);
        Assert.Equal((200 + Rounds) * SendsOfATurn, turn.Taken);

        // The runner of the tests allocates for itself, in more rounds the slower the machine is; an
        // allocation of ours would be in every round.
        Assert.InRange(roundsThatAllocate, 0, Rounds / 2);
    }

    // Sends some datagrams; what arrives is lent and given back.
    private sealed class Turn : DispatchItem
    {
        private readonly IDatagramSocket _from;
        private readonly TestDatagramSocket _to;
        private readonly AutoResetEvent _told;
        private readonly FixedSend[] _sends = new FixedSend[SendsOfATurn];

        public Turn(IDatagramSocket from, TestDatagramSocket to, AutoResetEvent told)
        {
            (_from, _to, _told) = (from, to, told);
            for (var i = 0; i < SendsOfATurn; i++)
            {
                _sends[i] = new FixedSend(new byte[100]) { Destination = to.Local };
            }
            to.Socket.ArmReceive();
        }

        public int Taken { get; private set; }

        public bool IsAsExpected { get; private set; } = true;

        public override void Run()
        {
            foreach (var send in _sends)
            {
                IsAsExpected &= !_from.Send(send);
            }
        }

        public void Take()
        {
            while (_to.Socket.TryLend(out var lent, out var info) == STATUS_SUCCESS)
            {
                IsAsExpected &= lent.LengthBytes == 100 && info.HopLimit == 64;
                _to.Socket.Return(lent);
                if (++Taken % SendsOfATurn == 0)
                {
                    _to.Socket.ArmReceive();
                    _told.Set();
                    return;
                }
            }
            _to.Socket.ArmReceive();
        }
    }
}
