// An extension interface as a host would supply one, for the tests of group EXT: it adds numbers and can call
// one of two callbacks of the client. It knows nothing about rules.
using OpenWsk.Abi;
using OpenWsk.Kernel;

namespace OpenWsk.Provider.Tests;

/// <summary>The extension, and what a client needs to use it.</summary>
internal sealed class TestExtension : IDisposable
{
    public const uint First = 0x1;
    public const uint Second = 0x2;
    private static readonly Guid s_id = new("5d1cb1a4-50b8-4d7c-92ab-3c4d5e6f7081");
    private readonly ContractWorld _world;
    private readonly nuint _callback;

    public TestExtension(ContractWorld world)
    {
        _world = world;
        _callback = world.Executive.Code.Register(arguments =>
        {
            Callbacks.Add(arguments.ToArray());
            OnCallback?.Invoke();
            return 77;
        });
        world.Provider.AddExtension(new WskExtension(
            s_id,
            [
                new ExtensionFunction("Add", (socket, arguments) =>
                {
                    OnAdd?.Invoke();
                    return (uint)((uint)arguments[1] + (uint)arguments[2] + (ulong)(uint)socket.State!);
                }),
                new ExtensionFunction("Raise", (socket, arguments) =>
                    socket.TryCall((uint)arguments[1], [arguments[2]], out var result) ? result : 0),
            ],
            new Dictionary<uint, int> { [First] = 0, [Second] = 1 })
        {
            OnRegistered = socket => socket.State = 100u,
        });
    }

    /// <summary>Arguments of each call of the client's callback.</summary>
    public List<ulong[]> Callbacks { get; } = [];

    /// <summary>Runs inside the client's callback.</summary>
    public Action? OnCallback { get; set; }

    /// <summary>Runs inside the function Add.</summary>
    public Action? OnAdd { get; set; }

    /// <summary>The identifier in guest memory.</summary>
    public static nuint Id(TestClient client)
    {
        var memory = client.Memory(16);
        GuestMemory.Write(memory, s_id);
        return memory;
    }

    /// <summary>SIO_WSK_REGISTER_EXTENSION; the client's table has the first callback only.</summary>
    public (NTSTATUS Status, WSK_EXTENSION_CONTROL_OUT Output) Register(
        TestClient client, nuint socket, nuint context = 0, nuint id = 0, ulong irp = 0)
    {
        var table = client.Memory(16);
        GuestMemory.Write(table, (ulong)_callback);
        var input = client.Memory(24);
        GuestMemory.Write(input, new WSK_EXTENSION_CONTROL_IN
        {
            NpiId = new GuestPtr<Guid>(id == 0 ? Id(client) : id),
            ClientContext = context,
            ClientDispatch = table,
        });
        var output = client.Memory(16);
        var status = client.Control(
            socket, WSK_CONTROL_SOCKET_TYPE.WskIoctl, WskConstants.SIO_WSK_REGISTER_EXTENSION, 0, 24, input,
            16, output, 0, irp);
        return (status, GuestMemory.Read<WSK_EXTENSION_CONTROL_OUT>(output));
    }

    /// <summary>SO_WSK_EVENT_CALLBACK with the identifier of the extension.</summary>
    public static NTSTATUS SetEvents(TestClient client, nuint socket, uint mask, ulong irp = 0)
    {
        var control = client.Memory(16);
        GuestMemory.Write(control, new WSK_EVENT_CALLBACK_CONTROL
        {
            NpiId = new GuestPtr<Guid>(Id(client)),
            EventMask = mask,
        });
        return client.Control(
            socket, WSK_CONTROL_SOCKET_TYPE.WskSetOption, WskConstants.SO_WSK_EVENT_CALLBACK,
            WskConstants.SOL_SOCKET, 16, control, 0, 0, 0, irp);
    }

    /// <summary>Calls a member of the extension's table, as a driver does.</summary>
    public ulong Call(in WSK_EXTENSION_CONTROL_OUT extension, int member, ulong first, ulong second) =>
        _world.Executive.Code.Call(
            GuestMemory.Read<nuint>(extension.ProviderDispatch + (nuint)(member * sizeof(ulong))),
            [extension.ProviderContext, first, second]);

    public void Dispose() => _world.Executive.Code.Unregister(_callback);
}
