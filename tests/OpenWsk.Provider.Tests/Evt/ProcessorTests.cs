// A provider over two dispatchers: callbacks of one socket come on one processor and one at a time, whoever
// enables them meanwhile, and sockets are spread over the processors. Over the host's sockets both processors
// really run at once; a simulated world has one.
using OpenWsk.Abi;
using OpenWsk.TestSupport;
using static OpenWsk.Abi.NTSTATUS;
using static OpenWsk.Abi.WskConstants;

namespace OpenWsk.Provider.Tests;

public sealed class ProcessorTests
{
    private const int Pairs = 4;
    private const int Rounds = 200;

    [ArmTheory]
    public void Callbacks_of_a_socket_come_on_one_processor_and_one_at_a_time(Arm arm) =>
        Run(arm, world =>
        {
            var watches = Enumerable.Range(0, Pairs).Select(_ => new Watch(world)).ToList();
            // Disabling and enabling posts the pump from here while data comes from the transport.
            for (var round = 0; round < Rounds; round++)
            {
                foreach (var watch in watches)
                {
                    watch.Pair.Peer.Send([(byte)round]);
                    watch.Pair.Client.SetEvents(watch.Pair.Socket, WSK_EVENT_RECEIVE | WSK_EVENT_DISABLE);
                    watch.Pair.Client.SetEvents(watch.Pair.Socket, WSK_EVENT_RECEIVE);
                }
            }
            watches.ForEach(watch => watch.Pair.Events.WaitForBytes(Rounds));

            Assert.All(watches, watch => Assert.Equal(0, watch.Overlaps));
            Assert.All(watches, watch => Assert.Single(watch.Processors));
            var all = watches.SelectMany(watch => watch.Processors).Distinct().Order();
            Assert.Equal(Enumerable.Range(0, world.Executive.ProcessorCount), all);
            watches.ForEach(watch => watch.Pair.Dispose());
        });

    [ArmTheory]
    public void Completions_of_a_socket_come_on_one_processor_whether_they_waited_or_not(Arm arm) =>
        Run(arm, world =>
        {
            var all = new HashSet<int>();
            for (var i = 0; i < Pairs; i++)
            {
                using var pair = new TestPair(world);
                using var buffer = new TestBuffer(world.Executive, 0, 8);
                using var late = new TestIrp(world.Executive);
                using var early = new TestIrp(world.Executive);
                var seen = new HashSet<int>();
                late.OnCompletion = () => seen.Add(world.Executive.Scheduler.CurrentProcessor);
                early.OnCompletion = late.OnCompletion;

                // Nothing is there; then all of it is.
                Assert.Equal(STATUS_PENDING, pair.Receive(buffer, late));
                pair.Peer.Send("12345678abcdefgh"u8);
                Assert.Equal(STATUS_SUCCESS, late.Wait());
                Assert.Equal(STATUS_PENDING, pair.Receive(buffer, early));
                Assert.Equal(STATUS_SUCCESS, early.Wait());

                all.Add(Assert.Single(seen));
            }
            Assert.Equal(Enumerable.Range(0, world.Executive.ProcessorCount), all.Order());
        });

    private static void Run(Arm arm, Action<ContractWorld> body) =>
        ContractWorld.Run(arm, body, processors: 2);

    private sealed class Watch
    {
        private int _inside;

        public Watch(ContractWorld world)
        {
            Pair = new TestPair(world);
            Pair.Events.OnReceive = _ =>
            {
                if (Interlocked.Increment(ref _inside) != 1)
                    Overlaps++;
                lock (Processors)
                    Processors.Add(world.Executive.Scheduler.CurrentProcessor);
                Interlocked.Decrement(ref _inside);
                return STATUS_SUCCESS;
            };
            Pair.Client.SetEvents(Pair.Socket, WSK_EVENT_RECEIVE);
        }

        public TestPair Pair { get; }

        public HashSet<int> Processors { get; } = [];

        public int Overlaps { get; private set; }
    }
}
