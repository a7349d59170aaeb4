// A WSK client as a careful driver writes one: registered, captured, calling through the dispatch tables in
// guest memory, one IRP for each call. Rule tests start from it and change one thing. It knows nothing about
// arms.
using OpenWsk.Abi;
using OpenWsk.Kernel;
using OpenWsk.Ports;
using static OpenWsk.Abi.NTSTATUS;
using static OpenWsk.Abi.WskConstants;

namespace OpenWsk.Provider.Tests;

/// <summary>A registered client with a captured NPI; ends its registration on disposal.</summary>
public sealed partial class TestClient : IDisposable
{
    private readonly nuint _memory;
    private readonly List<nuint> _addresses = [];
    private int _captures;
    private bool _isDeregistered;

    public TestClient(
        ContractWorld world, ushort version = 0x0100, bool captures = true, nuint clientEvent = 0)
    {
        World = world;
        _memory = world.Executive.Heap.Allocate(256);
        Dispatch.Value = new WSK_CLIENT_DISPATCH { Version = version, WskClientEvent = clientEvent };
        ClientNpi.Value = new WSK_CLIENT_NPI { ClientContext = 0xC0, Dispatch = Dispatch };
        Assert.Equal(
            STATUS_SUCCESS, world.Call(Libraries.Netio, "WskRegister", ClientNpi.Address,
            Registration.Address));
        if (captures)
            Assert.Equal(STATUS_SUCCESS, Capture(WSK_INFINITE_WAIT));
    }

    public ContractWorld World { get; }

    public GuestPtr<WSK_REGISTRATION> Registration => new(_memory);

    public GuestPtr<WSK_CLIENT_DISPATCH> Dispatch => new(_memory + 32);

    public GuestPtr<WSK_CLIENT_NPI> ClientNpi => new(_memory + 64);

    public GuestPtr<WSK_PROVIDER_NPI> Npi => new(_memory + 96);

    /// <summary>The provider's dispatch table.</summary>
    public WSK_PROVIDER_DISPATCH Table => Npi.Value.Dispatch.Value;

    /// <summary>The WSK_CLIENT of the capture, as a raw argument.</summary>
    public ulong Client => Npi.Value.Client.Address;

    public static WSK_PROVIDER_CONNECTION_DISPATCH Functions(nuint socket) =>
        GuestMemory.Read<WSK_PROVIDER_CONNECTION_DISPATCH>(new GuestPtr<WSK_SOCKET>(socket).Value.Dispatch);

    public TestIrp Irp() => new(World.Executive);

    /// <summary>WskCaptureProviderNPI.</summary>
    public NTSTATUS Capture(uint timeout)
    {
        var status = World.Call(
            Libraries.Netio, "WskCaptureProviderNPI", Registration.Address, timeout, Npi.Address);
        _captures += status == STATUS_SUCCESS ? 1 : 0;
        return status;
    }

    /// <summary>
    /// WskCaptureProviderNPI without a wait, into memory of its own, once the end has begun.
    /// </summary>
    public NTSTATUS CaptureAfterDeregister() =>
        World.Call(Libraries.Netio, "WskCaptureProviderNPI", Registration.Address, WSK_NO_WAIT, Memory(16));

    /// <summary>WskQueryProviderCharacteristics.</summary>
    public NTSTATUS Query(nuint characteristics) => World.Call(
        Libraries.Netio, "WskQueryProviderCharacteristics", Registration.Address, characteristics);

    /// <summary>WskReleaseProviderNPI.</summary>
    public void Release()
    {
        _captures--;
        World.Call(Libraries.Netio, "WskReleaseProviderNPI", Registration.Address);
    }

    /// <summary>WskDeregister.</summary>
    public void Deregister()
    {
        _isDeregistered = true;
        World.Call(Libraries.Netio, "WskDeregister", Registration.Address);
    }

    /// <summary>A SOCKADDR in guest memory that lives as long as the client.</summary>
    public ulong Address(EndpointAddress address)
    {
        var memory = Memory(28);
        address.Write(new GuestPtr<SOCKADDR>(memory));
        return memory;
    }

    /// <summary>Zeroed guest memory that lives as long as the client.</summary>
    public nuint Memory(int lengthBytes)
    {
        var memory = World.Executive.Heap.Allocate(lengthBytes);
        _addresses.Add(memory);
        return memory;
    }

    /// <summary>The wildcard address of a family with port 0.</summary>
    public ulong Any(ushort family = AF_INET) => Address(EndpointAddress.Wildcard(family));

    /// <summary>WskSocketConnect with the usual arguments.</summary>
    public NTSTATUS SocketConnect(
        TestIrp irp,
        ulong local,
        ulong remote,
        ushort type = SOCK_STREAM,
        uint protocol = IPPROTO_TCP,
        uint flags = 0,
        ulong context = 0,
        ulong dispatch = 0,
        ulong process = 0,
        ulong thread = 0,
        ulong descriptor = 0) =>
        World.Call(
            Table.WskSocketConnect, Client, type, protocol, local, remote, flags, context, dispatch, process,
            thread,
            descriptor, irp);

    /// <summary>A socket connected to an address by WskSocketConnect.</summary>
    public nuint Connect(EndpointAddress remote, ulong context = 0, ulong dispatch = 0)
    {
        using var irp = Irp();
        SocketConnect(irp, Any(remote.Family), Address(remote), context: context, dispatch: dispatch);
        Assert.Equal(STATUS_SUCCESS, irp.Wait());
        return irp.Information;
    }

    /// <summary>A connection-oriented socket of WskSocket.</summary>
    public nuint Socket(
        ushort family = AF_INET, ulong descriptor = 0, ulong process = 0, ulong thread = 0,
        ulong dispatch = 0) =>
        Open(
            WSK_FLAG_CONNECTION_SOCKET, family, dispatch: dispatch, process: process, thread: thread,
            descriptor: descriptor);

    public NTSTATUS Bind(nuint socket, ulong local) =>
        Run(irp => World.Call(Function(socket, "WskBind"), socket, local, 0, irp));

    public NTSTATUS ConnectTo(nuint socket, ulong remote) =>
        Run(irp => World.Call(Functions(socket).WskConnect, socket, remote, 0, irp));

    /// <summary>Sends and waits; the number of bytes, or the failure.</summary>
    public (NTSTATUS Status, nuint Bytes) Send(nuint socket, ReadOnlySpan<byte> data, uint flags = 0)
    {
        using var buffer = new TestBuffer(World.Executive, data);
        using var irp = Irp();
        World.Call(Functions(socket).WskSend, socket, buffer, flags, irp);
        return (irp.Wait(), irp.Information);
    }

    /// <summary>Receives and waits; the bytes, or the failure with none.</summary>
    public (NTSTATUS Status, byte[] Data) Receive(nuint socket, int lengthBytes, uint flags = 0)
    {
        using var buffer = new TestBuffer(World.Executive, 0, lengthBytes);
        using var irp = Irp();
        World.Call(Functions(socket).WskReceive, socket, buffer, flags, irp);
        var status = irp.Wait();
        return (status, buffer.Contents[..(int)irp.Information]);
    }

    public NTSTATUS Disconnect(nuint socket, uint flags = 0, ulong buffer = 0) =>
        Run(irp => World.Call(Functions(socket).WskDisconnect, socket, buffer, flags, irp));

    public NTSTATUS Close(nuint socket) =>
        Run(irp => World.Call(Functions(socket).Basic.WskCloseSocket, socket, irp));

    public (NTSTATUS Status, EndpointAddress Address) LocalAddress(nuint socket) =>
        AskAddress(socket, Function(socket, "WskGetLocalAddress"));

    public (NTSTATUS Status, EndpointAddress Address) RemoteAddress(nuint socket) =>
        AskAddress(socket, Function(socket, "WskGetRemoteAddress"));

    /// <summary>
    /// Makes a call with a fresh IRP, waits for it, and checks that it was completed exactly once.
    /// </summary>
    public NTSTATUS Run(Func<TestIrp, NTSTATUS> call)
    {
        using var irp = Irp();
        var returned = call(irp);
        var status = irp.Wait();
        Assert.Equal(1, irp.Completions);
        Assert.Equal(returned == STATUS_PENDING, irp.PendingReturned);
        if (returned != STATUS_PENDING)
            Assert.Equal(returned, status);
        return status;
    }

    // With something left WskDeregister would wait for ever; then the world's own check fails the test.
    public void Dispose()
    {
        if (World.Executive.StopReason is not null
            || World.Provider.OpenSockets != 0
            || World.Provider.PendingIrps.Count != 0)
            return;
        while (_captures > 0)
            Release();
        if (!_isDeregistered)
            Deregister();
        foreach (var address in _addresses)
            World.Executive.Heap.Free(address);
        World.Executive.Heap.Free(_memory);
    }

    private (NTSTATUS Status, EndpointAddress Address) AskAddress(nuint socket, nuint function)
    {
        var memory = World.Executive.Heap.Allocate(28);
        var status = Run(irp => World.Call(function, socket, memory, irp));
        var address = default(EndpointAddress);
        if (status.IsSuccess())
            Assert.True(EndpointAddress.TryRead(new GuestPtr<SOCKADDR>(memory), out address));
        World.Executive.Heap.Free(memory);
        return (status, address);
    }
}
