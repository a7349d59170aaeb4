// Memory that a client hands to WSK and must keep: registration block, dispatch table, callback table,
// contexts. Rules REG-07, REG-08, SOCK-28, UNLOAD-08. Buffers of single calls are with the calls.
using System.Diagnostics.CodeAnalysis;
using OpenWsk.Abi;
using OpenWsk.Kernel;
using OpenWsk.TestSupport;
using static OpenWsk.Abi.NTSTATUS;
using static OpenWsk.Abi.WskConstants;

namespace OpenWsk.Provider.Tests;

public sealed class ClientMemoryTests
{
    [ArmTheory]
    [Rule("REG-07", Twin.Violated)]
    [Rule("REG-08", Twin.Violated)]
    [Rule("UNLOAD-08", Twin.Violated)]
    [InlineData("block", "REG-07")]
    [InlineData("table", "REG-08")]
    [InlineData("context", "")]
    public void REG_07_freeing_what_a_registration_needs_is_reported(Arm arm, string what, string rule) =>
        ContractWorld.Run(arm, world =>
        {
            var registration = new Registration(world);
            var block = registration.Of(what);
            // The report comes before the memory goes: the last moment to deregister and read no freed
            // memory.
            world.Watch = e =>
            {
                if (e.Kind == Ports.KernelEventKind.Breach && e.Text == "UNLOAD-08")
                    registration.Deregister();
            };
            block.Dispose();
            world.Watch = null;

            Assert.Equal(
                rule.Length == 0 ? ["UNLOAD-08"] : new[] { rule, "UNLOAD-08" },
                world.Breaches);
            registration.FreeBut(block);
        });

    [ArmTheory]
    [Rule("REG-07", Twin.Obeyed)]
    [Rule("REG-08", Twin.Obeyed)]
    [Rule("UNLOAD-08", Twin.Obeyed)]
    public void REG_07_freeing_it_after_the_deregistration_is_fine(Arm arm) =>
        ContractWorld.Run(arm, world =>
        {
            var registration = new Registration(world);
            registration.Deregister();
            registration.FreeBut(null);
            Assert.Empty(world.Breaches);
        });

    [ArmTheory]
    [Rule("SOCK-28", Twin.Violated)]
    [Rule("UNLOAD-08", Twin.Violated)]
    [InlineData(true)]
    [InlineData(false)]
    public void SOCK_28_freeing_the_callback_table_of_an_open_socket_is_reported(Arm arm, bool isTable) =>
        ContractWorld.Run(arm, world =>
        {
            using var client = new TestClient(world);
            var block = new PagedBlock(world, isPaged: false);
            GuestMemory.Span(block.Address, 64).Clear();
            var socket = client.Open(
                WSK_FLAG_CONNECTION_SOCKET, context: isTable ? 0 : block.Address,
                dispatch: isTable ? block.Address : 0);
            block.Dispose();

            Assert.Equal(isTable ? ["SOCK-28", "UNLOAD-08"] : new[] { "UNLOAD-08" }, world.Breaches);
            client.Close(socket);
        });

    [ArmTheory]
    [Rule("SOCK-28", Twin.Obeyed)]
    [Rule("UNLOAD-08", Twin.Obeyed)]
    public void SOCK_28_freeing_it_after_the_close_is_fine(Arm arm) => ContractWorld.Run(arm, world =>
    {
        using var client = new TestClient(world);
        using (var block = new PagedBlock(world, isPaged: false))
        {
            GuestMemory.Span(block.Address, 64).Clear();
            client.Close(client.Open(WSK_FLAG_CONNECTION_SOCKET, dispatch: block.Address));
        }
        Assert.Empty(world.Breaches);
    });

    // A registration each part of which lies in a pool block of its own.
    [SuppressMessage("Design", "CA1001", Justification = "FreeBut frees what a test has not freed.")]
    private sealed class Registration
    {
        private readonly ContractWorld _world;
        private readonly PagedBlock _block;
        private readonly PagedBlock _table;
        private readonly PagedBlock _context;

        public Registration(ContractWorld world)
        {
            _world = world;
            _block = new PagedBlock(world, isPaged: false);
            _table = new PagedBlock(world, isPaged: false);
            _context = new PagedBlock(world, isPaged: false);
            var npi = world.Executive.Heap.Allocate(16);
            GuestMemory.Write(_table.Address, new WSK_CLIENT_DISPATCH { Version = 0x0100 });
            GuestMemory.Write(
                npi, new WSK_CLIENT_NPI { ClientContext = _context.Address, Dispatch = new(_table.Address) });
            Assert.Equal(
                STATUS_SUCCESS, world.Call(Libraries.Netio, "WskRegister", npi, _block.Address));
            world.Executive.Heap.Free(npi);
        }

        public PagedBlock Of(string what) => what switch
        {
            "block" => _block,
            "table" => _table,
            _ => _context,
        };

        public void Deregister() => _world.Call(Libraries.Netio, "WskDeregister", _block.Address);

        public void FreeBut(PagedBlock? freed)
        {
            foreach (var block in new[] { _block, _table, _context })
            {
                if (!ReferenceEquals(block, freed))
                    block.Dispose();
            }
        }
    }
}
