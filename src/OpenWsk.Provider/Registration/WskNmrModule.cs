// WSK as a provider module of the Network Module Registrar: the older way in, with the same client object and
// the same dispatch table as a capture gives. Rules: group NMR. Next: ClientRegistration.cs.
using System.Runtime.CompilerServices;
using OpenWsk.Abi;
using OpenWsk.Kernel;
using static OpenWsk.Abi.NTSTATUS;

namespace OpenWsk.Provider;

/// <summary>The NPI_WSK_INTERFACE_ID provider.</summary>
internal sealed class WskNmrModule : INmrProvider
{
    // Identifies this module; clients may only compare it.
    private static readonly Guid s_moduleId = new("6f70656e-7773-4b6e-8d6d-720000000001");
    private readonly WskProvider _provider;

    public WskNmrModule(WskProvider provider)
    {
        _provider = provider;
        Instance = MakeInstance(provider.Executive.Heap);
    }

    public Guid NpiId => EventControl.WskInterface;

    public GuestPtr<NPI_REGISTRATION_INSTANCE> Instance { get; }

    public void Register() => _provider.Executive.Nmr.RegisterProvider(this);

    public void Deregister() => _provider.Executive.Nmr.DeregisterProvider(this);

    public NTSTATUS Attach(nuint clientBindingContext, nuint clientDispatch, out NmrAttachment attachment)
    {
        attachment = default;
        var dispatch = new GuestPtr<WSK_CLIENT_DISPATCH>(clientDispatch);
        if (!WskProvider.SupportsVersion(dispatch.Value.Version))
            return STATUS_NOINTERFACE;
        var npi = new WSK_CLIENT_NPI { ClientContext = clientBindingContext, Dispatch = dispatch };
        var client = new ClientRegistration(_provider, registrationBlock: 0, npi);
        Invariant.That(_provider.Clients.TryAdd(client));
        // The attachment is the capture: it holds the client until the detachment.
        Invariant.That(client.TryCapture());
        attachment = new NmrAttachment(client, client.Client.Address, _provider.Tables.Provider.Address);
        return STATUS_SUCCESS;
    }

    public void Detach(NmrAttachment attachment, Action complete)
    {
        var client = (ClientRegistration)attachment.State;
        client.TryBeginDeregister();
        _provider.EndTransportListChanges(client);
        client.TryRelease();
        EndWhenIdle(client, complete);
    }

    public bool HasRunningCalls(NmrAttachment attachment) =>
        ((ClientRegistration)attachment.State).HasRunningCalls;

    private void EndWhenIdle(ClientRegistration client, Action complete) => client.WhenIdle(() =>
    {
        if (!_provider.Clients.TryRemoveIdle(client))
        {
            EndWhenIdle(client, complete);
            return;
        }
        _provider.SecurityDescriptors.ReportLeftovers(client);
        _provider.AddressLists.ReportLeftovers(client);
        client.Dispose();
        complete();
    });

    private static GuestPtr<NPI_REGISTRATION_INSTANCE> MakeInstance(GuestHeap heap)
    {
        var instance = Allocate<NPI_REGISTRATION_INSTANCE>(heap);
        var npiId = Allocate<Guid>(heap);
        var moduleId = Allocate<NPI_MODULEID>(heap);
        var characteristics = Allocate<WSK_PROVIDER_CHARACTERISTICS>(heap);
        npiId.Value = EventControl.WskInterface;
        moduleId.Value = new NPI_MODULEID
        {
            Length = (ushort)Unsafe.SizeOf<NPI_MODULEID>(),
            Type = NPI_MODULEID_TYPE.MIT_GUID,
            Guid = s_moduleId,
        };
        characteristics.Value = WskProvider.Characteristics;
        instance.Value = new NPI_REGISTRATION_INSTANCE
        {
            Size = (ushort)Unsafe.SizeOf<NPI_REGISTRATION_INSTANCE>(),
            NpiId = npiId,
            ModuleId = moduleId,
            NpiSpecificCharacteristics = characteristics.Address,
        };
        return instance;
    }

    private static GuestPtr<T> Allocate<T>(GuestHeap heap) where T : unmanaged =>
        new(heap.Allocate(Unsafe.SizeOf<T>()));
}
