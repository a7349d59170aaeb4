// The object of a closed socket may become another socket. It then has nothing of its former life, whoever
// still means the former socket does not reach the new one, and an object that another thread came near is
// left alone. It knows nothing about what that saves: OpenWsk.Bench.Tests measures it.
using OpenWsk.Abi;
using OpenWsk.Kernel;
using OpenWsk.Ports;
using OpenWsk.TestSupport;
using static OpenWsk.Abi.NTSTATUS;
using static OpenWsk.Abi.WskConstants;

namespace OpenWsk.Provider.Tests;

public sealed class SocketLifeTests
{
    private const uint KeepAliveOn = 1;

    // What an object keeps for all its lives.
    private static readonly string[] s_kept = ["_provider", "_gate"];

    [Fact]
    public void Every_field_of_a_socket_that_begins_anew_is_that_of_a_new_one() => ContractWorld.Run(
        Arm.Sim,
        world =>
        {
            using var client = new TestClient(world);
            var identity = IdentityOf(world);
            var descriptor = SecurityDescriptor.GrantsNobody;
            var used = new ConnectionSocket(world.Provider, identity, descriptor);
            var fresh = new ConnectionSocket(world.Provider, identity, descriptor);
            ObjectFields.Stain(used, fresh, s_kept);
            Assert.NotEmpty(ObjectFields.Differences(used, fresh, s_kept));

            used.BeginNext(identity, descriptor);
            Assert.Empty(ObjectFields.Differences(used, fresh, s_kept));
        });

    [Fact]
    public void Every_field_of_an_accepted_socket_that_begins_anew_is_of_a_new_one() => ContractWorld.Run(
        Arm.Sim,
        world =>
        {
            using var client = new TestClient(world);
            var identity = IdentityOf(world);
            var stream = new NoStream();
            var id = new WSK_INSPECT_ID { Key = 3 };
            var used = new ConnectionSocket(world.Provider, identity, null);
            var fresh = new ConnectionSocket(world.Provider, identity, stream, id);
            ObjectFields.Stain(used, fresh, s_kept);

            used.BeginNextAccepted(identity, stream, id);
            Assert.Empty(ObjectFields.Differences(used, fresh, s_kept));
        });

    [ArmTheory]
    public void A_socket_of_the_dispatcher_serves_again_and_shows_nothing_of_its_former_life(Arm arm) =>
        Run(arm, (world, chain) =>
        {
            using var events = new TestEvents(world.Executive);
            var first = chain.Connect(0xC1, events.Table);
            var former = chain.ObjectOf(first);
            chain.SetKeepAlive(first);
            chain.Do(() => Assert.Equal(
                STATUS_SUCCESS, chain.Client.SetEvents(first, WSK_EVENT_RECEIVE | WSK_EVENT_DISCONNECT)));
            chain.Close(first);

            var second = chain.Connect(0, 0);
            Assert.Same(former, chain.ObjectOf(second));
            Assert.NotEqual(first, second);
            Assert.Equal(0u, former.Context);
            Assert.Equal(0u, former.ClientTable);
            Assert.False(former.IsAwaitingEvents);
            Assert.Equal(STATUS_INVALID_PARAMETER, chain.Client.SetEvents(second, WSK_EVENT_RECEIVE));
            Assert.Equal(0u, chain.KeepAliveOf(second));
            Assert.Equal((STATUS_SUCCESS, chain.Remote), chain.Client.RemoteAddress(second));
            Assert.Equal(STATUS_SUCCESS, chain.Client.Close(second));
            Assert.Equal(["EVT-23"], world.Breaches);
        });

    [ArmTheory]
    public void Whoever_means_the_former_socket_does_not_reach_the_next_one(Arm arm) =>
        Run(arm, (world, chain) =>
        {
            var first = chain.Connect(0, 0);
            var late = chain.ObjectOf(first);
            var functions = TestClient.Functions(first);
            chain.Close(first);
            var second = chain.Connect(0, 0);
            Assert.Same(late, chain.ObjectOf(second));

            // Somebody has found the object by the first WSK_SOCKET and gets to it only now.
            var known = new GuestPtr<WSK_SOCKET>(first);
            Assert.False(late.IsKnownAs(known));
            Assert.False(late.TryEnterCall(known, null));
            Assert.False(late.TryStartClose(known, null!));
            late.Break(known);
            late.NoteForcedClosed(known);
            Assert.False(late.IsBroken);
            Assert.Null(late.CloseRule);
            Assert.Equal(SocketState.Connected, late.State);

            // And a driver that calls with it is told, by its own address.
            using var irp = chain.Client.Irp();
            using var buffer = new TestBuffer(world.Executive, "x"u8);
            world.Call(functions.WskSend, first, buffer, 0, irp);
            Assert.Equal(STATUS_INVALID_HANDLE, irp.Wait());
            Assert.Equal(["SOCK-37"], world.Breaches);
            Assert.Equal((STATUS_SUCCESS, (nuint)2), chain.Client.Send(second, "ab"u8));
            Assert.Equal(STATUS_SUCCESS, chain.Client.Close(second));
        });

    [ArmTheory]
    public void A_socket_that_another_thread_called_does_not_serve_again(Arm arm) =>
        Run(arm, (_, chain) =>
        {
            var first = chain.Connect(0, 0);
            var former = chain.ObjectOf(first);
            Assert.Equal(STATUS_SUCCESS, chain.Client.LocalAddress(first).Status);
            chain.Close(first);
            var second = chain.Connect(0, 0);
            Assert.NotSame(former, chain.ObjectOf(second));
            Assert.Equal(STATUS_SUCCESS, chain.Client.Close(second));
        });

    [ArmTheory]
    public void A_socket_that_is_broken_does_not_serve_again(Arm arm) =>
        Run(arm, (world, chain) =>
        {
            var first = chain.Connect(0, 0);
            var former = chain.ObjectOf(first);
            chain.Do(() => Assert.True(world.Provider.BreakSocket(first)));
            chain.Close(first);
            var second = chain.Connect(0, 0);
            Assert.NotSame(former, chain.ObjectOf(second));
            Assert.Equal(STATUS_SUCCESS, chain.Client.Close(second));
        });

    private static void Run(Arm arm, Action<ContractWorld, Chain> body) => ContractWorld.Run(
        arm,
        world =>
        {
            using var chain = new Chain(world);
            body(world, chain);
        },
        processors: 1);

    private static SocketIdentity IdentityOf(ContractWorld world) =>
        new(world.Provider.Clients.All.Single(), AF_INET, SOCK_STREAM, IPPROTO_TCP, new HashSet<string>());

    // A client that calls on the dispatcher, as completion routines do.
    private sealed class Chain : IDisposable
    {
        private readonly ContractWorld _world;
        private readonly IPeerListener _listener;
        private readonly ulong _local;
        private readonly ulong _remote;

        public Chain(ContractWorld world)
        {
            _world = world;
            _listener = world.Listen();
            Client = new TestClient(world);
            _local = Client.Any();
            _remote = Client.Address(_listener.Address);
        }

        public TestClient Client { get; }

        public EndpointAddress Remote => _listener.Address;

        public ConnectionSocket ObjectOf(nuint socket) =>
            (ConnectionSocket)_world.Provider.Sockets.Find(new GuestPtr<WSK_SOCKET>(socket))!;

        public nuint Connect(ulong context, ulong dispatch)
        {
            using var irp = Client.Irp();
            Do(() => Client.SocketConnect(irp, _local, _remote, context: context, dispatch: dispatch));
            Assert.Equal(STATUS_SUCCESS, irp.Wait());
            return irp.Information;
        }

        public void Close(nuint socket)
        {
            Run(irp => _world.Call(TestClient.Functions(socket).Basic.WskCloseSocket, socket, irp));
            // What the socket's end has posted runs before this, and what that has posted before the next.
            Do(() => { });
            Do(() => { });
        }

        public void SetKeepAlive(nuint socket)
        {
            var value = Client.Memory(sizeof(uint));
            GuestMemory.Write(value, KeepAliveOn);
            Run(irp => _world.Call(
                TestClient.Functions(socket).Basic.WskControlSocket, socket,
                (ulong)WSK_CONTROL_SOCKET_TYPE.WskSetOption, SO_KEEPALIVE, SOL_SOCKET, sizeof(uint), value,
                0, 0, 0, irp));
        }

        public uint KeepAliveOf(nuint socket)
        {
            var value = Client.Memory(sizeof(uint));
            Assert.Equal(STATUS_SUCCESS, Client.Run(irp => _world.Call(
                TestClient.Functions(socket).Basic.WskControlSocket, socket,
                (ulong)WSK_CONTROL_SOCKET_TYPE.WskGetOption, SO_KEEPALIVE, SOL_SOCKET, 0, 0,
                sizeof(uint), value, 0, irp)));
            return GuestMemory.Read<uint>(value);
        }

        private void Run(Action<TestIrp> call)
        {
            using var irp = Client.Irp();
            Do(() => call(irp));
            Assert.Equal(STATUS_SUCCESS, irp.Wait());
        }

        public void Do(Action work)
        {
            using var item = new Work(_world.Executive, work);
            _world.Executive.Scheduler.Post(item);
            item.Wait();
        }

        public void Dispose()
        {
            Client.Dispose();
            _listener.Dispose();
        }
    }

    private sealed class Work(Executive executive, Action work) : DispatchItem, IDisposable
    {
        private readonly ManagedEvent _done = new(executive);
        private Exception? _failure;

        public override void Run()
        {
            try
            {
                work();
            }
            catch (Xunit.Sdk.XunitException e)
            {
                _failure = e;
            }
            _done.Set();
        }

        public void Wait()
        {
            _done.Wait();
            if (_failure is not null)
                throw _failure;
        }

        public void Dispose() => _done.Dispose();
    }
}
