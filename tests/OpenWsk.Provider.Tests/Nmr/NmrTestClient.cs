// A driver that attaches to WSK through the Network Module Registrar, with its three callbacks in C#. Tests
// say how the callbacks behave and look at what they were given.
using OpenWsk.Abi;
using OpenWsk.Kernel;
using static OpenWsk.Abi.NTSTATUS;

namespace OpenWsk.Provider.Tests.Nmr;

/// <summary>One NMR client module.</summary>
internal sealed class NmrTestClient : IDisposable
{
    public const ulong Context = 0xC11E;
    public const ulong BindingContext = 0xB1D;
    private readonly ContractWorld _world;
    private readonly nuint _memory;
    private readonly List<nuint> _callbacks = [];

    public NmrTestClient(ContractWorld world)
    {
        _world = world;
        _memory = world.Executive.Heap.Allocate(256);
        NpiId.Value = new Guid("2227E803-8D8B-11D4-ABAD-009027719E09");
        ClientDispatch.Value = new WSK_CLIENT_DISPATCH { Version = 0x0100 };
        Characteristics.Value = new NPI_CLIENT_CHARACTERISTICS
        {
            Length = 72,
            ClientAttachProvider = Register(OnAttach),
            ClientDetachProvider = Register(OnDetach),
            ClientCleanupBindingContext = Register(OnCleanup),
            ClientRegistrationInstance = new NPI_REGISTRATION_INSTANCE { Size = 40, NpiId = NpiId },
        };
    }

    public GuestPtr<NPI_CLIENT_CHARACTERISTICS> Characteristics => new(_memory);

    public GuestPtr<Guid> NpiId => new(_memory + 80);

    public GuestPtr<WSK_CLIENT_DISPATCH> ClientDispatch => new(_memory + 96);

    public GuestPtr<nuint> HandleCell => new(_memory + 112);

    public GuestPtr<WSK_PROVIDER_NPI> Npi => new(_memory + 120);

    public List<string> Calls { get; } = [];

    public nuint Handle => HandleCell.Value;

    public nuint BindingHandle { get; private set; }

    public GuestPtr<NPI_REGISTRATION_INSTANCE> ProviderInstance { get; private set; }

    /// <summary>Replaces what ClientAttachProvider does; the default attaches once.</summary>
    public Func<NTSTATUS>? OnAttachProvider { get; set; }

    /// <summary>What ClientDetachProvider returns.</summary>
    public NTSTATUS DetachAnswer { get; set; } = STATUS_SUCCESS;

    public byte AttachIrql { get; private set; }

    public NTSTATUS RegisterClient() =>
        Netio("NmrRegisterClient", Characteristics.Address, Context, HandleCell.Address);

    /// <summary>NmrClientAttachProvider for the binding that was offered last.</summary>
    public NTSTATUS Attach() => Netio(
        "NmrClientAttachProvider", BindingHandle, BindingContext, ClientDispatch.Address, Npi.Address, Npi
            .Address + 8);

    public NTSTATUS Deregister() => Netio("NmrDeregisterClient", Handle);

    public NTSTATUS WaitForDeregister() => Netio("NmrWaitForClientDeregisterComplete", Handle);

    public void CompleteDetach() => Netio("NmrClientDetachProviderComplete", BindingHandle);

    public void End()
    {
        Assert.Equal(STATUS_PENDING, Deregister());
        Assert.Equal(STATUS_SUCCESS, WaitForDeregister());
    }

    public void Dispose()
    {
        _callbacks.ForEach(_world.Executive.Code.Unregister);
        _world.Executive.Heap.Free(_memory);
    }

    private NTSTATUS Netio(string name, params ReadOnlySpan<ulong> arguments) =>
        _world.Call(Libraries.Netio, name, arguments);

    private nuint Register(GuestCallback callback)
    {
        _callbacks.Add(_world.Executive.Code.Register(callback));
        return _callbacks[^1];
    }

    private ulong OnAttach(ReadOnlySpan<ulong> arguments)
    {
        Calls.Add("attach");
        Assert.Equal(Context, arguments[1]);
        BindingHandle = (nuint)arguments[0];
        ProviderInstance = new GuestPtr<NPI_REGISTRATION_INSTANCE>((nuint)arguments[2]);
        AttachIrql = _world.Executive.CurrentThread.Irql;
        return (uint)(OnAttachProvider ?? Attach)();
    }

    private ulong OnDetach(ReadOnlySpan<ulong> arguments)
    {
        Calls.Add("detach");
        Assert.Equal(BindingContext, arguments[0]);
        return (uint)DetachAnswer;
    }

    private ulong OnCleanup(ReadOnlySpan<ulong> arguments)
    {
        Calls.Add("cleanup");
        Assert.Equal(BindingContext, arguments[0]);
        return 0;
    }
}
