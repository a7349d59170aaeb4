// What the host's sockets cost: no memory per send, receive and readiness, and nothing that stays after a
// connection was closed. These measure the whole process, so they run alone.
// It knows nothing about speed; that is for benchmarks.
using System.Diagnostics;
using System.Net.Sockets;
using OpenWsk.Abi;
using OpenWsk.Ports;
using static OpenWsk.Abi.NTSTATUS;
using static OpenWsk.Net.Host.Tests.HostWorld;

namespace OpenWsk.Net.Host.Tests;

[CollectionDefinition(nameof(MeasuresTheProcess), DisableParallelization = true)]
public sealed class MeasuresTheProcess;

[Collection(nameof(MeasuresTheProcess))]
public sealed class HostStreamCostTests : IDisposable
{
    private readonly HostWorld _world = new();

    public void Dispose() => _world.Dispose();

    [Fact]
    public void Nothing_on_the_data_path_allocates()
    {
        const int Rounds = 200;
        var events = new TestEvents();
        var (socket, peer) = _world.Pair(V4, events);
        using var told = new AutoResetEvent(false);
        events.Receivable = () => told.Set();
        var send = new TestSend(new byte[100], new byte[28]);
        var buffer = new byte[256];
        var isAsExpected = true;
        var roundsThatAllocate = 0;
        for (var round = -100; round < Rounds; round++)
        {
            // No assertions in here: they allocate.
            var before = GC.GetTotalAllocatedBytes(precise: true);
            isAsExpected &= socket.TryReceive(buffer, out _) == STATUS_PENDING;
            socket.ArmReceive();
            isAsExpected &= socket.Send(send);
            isAsExpected &= peer.Receive(buffer) == 128;
            peer.Send(buffer, 0, 64, SocketFlags.None);
            told.WaitOne();
            isAsExpected &= socket.TryReceive(buffer, out _) == STATUS_SUCCESS;
            roundsThatAllocate += round >= 0 && GC.GetTotalAllocatedBytes(precise: true) != before ? 1 : 0;
        }
        Assert.True(isAsExpected);

        // The pool of .NET and the runner of the tests allocate for themselves, in more rounds the slower the
        // machine is; an allocation of ours would be in every round.
        Assert.InRange(roundsThatAllocate, 0, Rounds / 2);
        socket.Close();
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Cycles_of_connect_and_close_leave_nothing_behind(bool isGraceful)
    {
        var listener = _world.Listen(V4);
        var remote = AddressOf(listener);
        var events = new TestEvents();
        RunCycles(200);
        var descriptors = OpenDescriptors();
        var memory = GC.GetTotalMemory(forceFullCollection: true);
        RunCycles(1000);
        Assert.Equal(0, _world.Transport.OpenSockets);
        Assert.InRange(OpenDescriptors(), 0, descriptors + 5);
        Assert.InRange(GC.GetTotalMemory(forceFullCollection: true) - memory, long.MinValue, 200_000);

        void RunCycles(int count)
        {
            for (var i = 0; i < count; i++)
            {
                var socket = _world.Create(V4, events);
                Assert.Equal(STATUS_SUCCESS, socket.Bind(EndpointAddress.Wildcard(V4), isShared: false));
                Assert.Equal(STATUS_SUCCESS, Connect(socket, remote));
                using var peer = listener.AcceptSocket();
                socket.ArmReceive();
                if (isGraceful)
                {
                    peer.Shutdown(SocketShutdown.Send);
                    events.WaitReceivable();
                    Assert.Equal(STATUS_GRACEFUL_DISCONNECT, socket.TryReceive([], out _));
                    Assert.Equal(STATUS_SUCCESS, Disconnect(socket));
                }
                socket.Close();
            }
        }
    }

    private static int OpenDescriptors()
    {
        using var self = Process.GetCurrentProcess();
        return OperatingSystem.IsLinux() ? Directory.GetFiles("/proc/self/fd").Length : self.HandleCount;
    }
}
