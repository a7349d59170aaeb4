// MDL chains of requests that are pending: the client gives one up too early, in each of the ways it can.
// Rules MDL-08, DISC-26. Chains that are wrong from the start: ChainTests.cs. Datagrams: Dgram/.
using OpenWsk.Abi;
using OpenWsk.Kernel;
using OpenWsk.TestSupport;
using static OpenWsk.Abi.NTSTATUS;
using static OpenWsk.Abi.WskConstants;

namespace OpenWsk.Provider.Tests;

public sealed class PendingChainTests
{
    /// <summary>How a chain is given up.</summary>
    public enum Way
    {
        FreeMdl,
        UnlockPages,
        FreeMemory,
    }

    [ArmTheory]
    [Rule("MDL-08", Twin.Violated)]
    [InlineData(Way.FreeMdl)]
    [InlineData(Way.UnlockPages)]
    [InlineData(Way.FreeMemory)]
    public void MDL_08_giving_the_chain_of_a_pending_receive_up_is_reported(Arm arm, Way way) =>
        ContractWorld.Run(arm, world =>
        {
            using var pair = new TestPair(world);
            using var chain = new Chain(pair.Client, isLocked: way == Way.UnlockPages);
            using var irp = pair.Client.Irp();
            pair.Client.World.Call(
                TestClient.Functions(pair.Socket).WskReceive, pair.Socket, chain.Buffer, 0, irp);
            chain.GiveUp(way);

            Assert.Equal(["MDL-08"], world.Breaches);
            Assert.True(irp.Cancel());
            Assert.Equal(STATUS_CANCELLED, irp.Wait());
        });

    [ArmTheory]
    [Rule("MDL-08", Twin.Obeyed)]
    [InlineData(Way.FreeMdl)]
    [InlineData(Way.UnlockPages)]
    [InlineData(Way.FreeMemory)]
    public void MDL_08_giving_the_chain_up_after_the_completion_is_fine(Arm arm, Way way) =>
        ContractWorld.Run(arm, world =>
        {
            using var pair = new TestPair(world);
            using var chain = new Chain(pair.Client, isLocked: way == Way.UnlockPages);
            using var other = new Chain(pair.Client, isLocked: false);
            using var irp = pair.Client.Irp();
            // In the completion routine is early enough, and what others use does not matter.
            irp.OnCompletion = () => chain.GiveUp(way);
            pair.Client.World.Call(
                TestClient.Functions(pair.Socket).WskReceive, pair.Socket, chain.Buffer, 0, irp);
            other.GiveUp(Way.FreeMdl);
            pair.Peer.Send("data"u8);

            Assert.Equal(STATUS_SUCCESS, irp.Wait());
            Assert.Empty(world.Breaches);
        });

    [ArmTheory]
    [Rule("DISC-26", Twin.Violated)]
    [InlineData(Way.FreeMdl)]
    [InlineData(Way.FreeMemory)]
    public void DISC_26_giving_the_last_datas_chain_up_is_reported(Arm arm, Way way) =>
        ContractWorld.Run(arm, world =>
        {
            using var pair = new TestPair(world);
            using var chain = new Chain(pair.Client, isLocked: false);
            using var irp = pair.Client.Irp();
            using (new DispatcherHold(world.Executive))
            {
                Assert.Equal(STATUS_PENDING, pair.Disconnect(irp, 0, chain.Buffer));
                chain.GiveUp(way);
            }
            Assert.Equal(["DISC-26"], world.Breaches);
            pair.Peer.Dispose();
            irp.Wait();
        });

    [ArmTheory]
    [Rule("DISC-26", Twin.Obeyed)]
    public void DISC_26_giving_it_up_after_the_completion_is_fine(Arm arm) => ContractWorld.Run(arm, world =>
    {
        using var pair = new TestPair(world);
        using var chain = new Chain(pair.Client, isLocked: false);
        Assert.Equal(STATUS_SUCCESS, pair.Client.Disconnect(pair.Socket, 0, chain.Buffer));
        chain.GiveUp(Way.FreeMdl);
        Assert.Empty(world.Breaches);
    });

    // A WSK_BUF over pool memory, as a driver makes one.
    private sealed class Chain : IDisposable
    {
        private const ulong WriteAccess = 1;
        private readonly ContractWorld _world;
        private readonly PagedBlock _memory;
        private readonly ulong _mdl;
        private bool _isMemoryFreed;
        private bool _isMdlFreed;
        private bool _isLocked;

        public Chain(TestClient client, bool isLocked)
        {
            _world = client.World;
            _isLocked = isLocked;
            _memory = new PagedBlock(_world, isPaged: isLocked);
            _mdl = Kernel("IoAllocateMdl", _memory.Address, 64, 0, 0, 0);
            if (isLocked)
                Kernel("MmProbeAndLockPages", _mdl, 0, WriteAccess);
            else
                Kernel("MmBuildMdlForNonPagedPool", _mdl);
            Buffer = client.Memory(24);
            GuestMemory.Write((nuint)Buffer, new WSK_BUF { Mdl = new((nuint)_mdl), Offset = 4, Length = 4 });
        }

        public ulong Buffer { get; }

        public void GiveUp(Way way)
        {
            if (way == Way.UnlockPages)
                Unlock();
            else if (way == Way.FreeMdl)
                FreeMdl();
            else
                FreeMemory();
        }

        public void Dispose()
        {
            if (_isLocked)
                Unlock();
            if (!_isMdlFreed)
                FreeMdl();
            if (!_isMemoryFreed)
                FreeMemory();
        }

        private void Unlock()
        {
            _isLocked = false;
            Kernel("MmUnlockPages", _mdl);
        }

        private void FreeMdl()
        {
            _isMdlFreed = true;
            Kernel("IoFreeMdl", _mdl);
        }

        private void FreeMemory()
        {
            _isMemoryFreed = true;
            _memory.Dispose();
        }

        private ulong Kernel(string name, params ReadOnlySpan<ulong> arguments) =>
            _world.Executive.Routines.Get(Libraries.Ntoskrnl, name).Invoke(_world.Executive, arguments);
    }
}
