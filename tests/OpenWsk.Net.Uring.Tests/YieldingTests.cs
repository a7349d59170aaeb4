// Dispatchers that leave processors to the threads that they hand work to: the policy that the system has for
// them. It knows nothing about what that saves.
using OpenWsk.Host;
using OpenWsk.Net.Host;
using OpenWsk.Net.Host.Tests;
using OpenWsk.Ports;

namespace OpenWsk.Net.Uring.Tests;

public sealed class YieldingTests
{
    [Xunit.Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_dispatcher_that_is_told_so_takes_no_processor_from_who_works(bool isTold)
    {
        var network = HostNetwork.Create(new HostClock(), processors: 2);
        using var scheduler = network.Scheduler;
        if (isTold)
        {
            network.LeaveProcessorsToWorkers();
        }
        var ordinary = LinuxThreads.Policy;
        for (var i = 0; i < 2; i++)
        {
            using var asked = new AskItem { Processor = i };
            scheduler.Post(asked);
            Waiting.For(asked.Ended, "an item of the dispatcher");
            var expected = isTold && ordinary == LinuxThreads.Ordinary ? LinuxThreads.Batch : ordinary;
            Assert.Equal(expected, asked.Policy);
        }

        // Of the dispatchers alone.
        Assert.Equal(ordinary, LinuxThreads.Policy);
    }

    private sealed class AskItem : DispatchItem, IDisposable
    {
        public ManualResetEvent Ended { get; } = new(false);

        public int Policy { get; private set; }

        public override void Run()
        {
            Policy = LinuxThreads.Policy;
            Ended.Set();
        }

        public void Dispose() => Ended.Dispose();
    }
}
