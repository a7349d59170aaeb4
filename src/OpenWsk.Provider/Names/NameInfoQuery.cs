// A running WskGetNameInfo: numbers are answered during the call, names by a look-up of the world's resolver
// that ends on the dispatcher. The texts are written right before the IRP completes. It knows nothing about
// arguments that make no sense: Dispatch/NameRoutines.cs has refused them.
using System.Globalization;
using OpenWsk.Abi;
using OpenWsk.Ports;
using static OpenWsk.Abi.NTSTATUS;
using static OpenWsk.Abi.WskConstants;

namespace OpenWsk.Provider;

/// <summary>One request for the names of an address.</summary>
internal sealed class NameInfoQuery : IRequestOwner
{
    private readonly WskProvider _provider;
    private readonly WskRequest _request;
    private readonly ClientRegistration _client;
    private readonly EndpointAddress _address;
    private readonly uint _flags;
    private readonly NameRoom _node;
    private readonly NameRoom _service;
    private Lookup? _lookup;
    private HeldMemory? _held;

    public NameInfoQuery(
        WskProvider provider,
        WskRequest request,
        ClientRegistration client,
        in EndpointAddress address,
        uint flags,
        GuestPtr<UNICODE_STRING> node,
        GuestPtr<UNICODE_STRING> service)
    {
        _provider = provider;
        _request = request;
        _client = client;
        _address = address;
        _flags = flags;
        _node = new NameRoom(node);
        _service = new NameRoom(service);
        request.Owner = this;
        request.Client = client;
        client.AddRequest();
    }

    /// <summary>Begins. Call once, then end the call.</summary>
    public void Start(IReadOnlySet<string> account)
    {
        var wantsHost = _node.IsWanted && !Has(NI_NUMERICHOST);
        var wantsService = _service.IsWanted && !Has(NI_NUMERICSERV) && _address.Port != 0;
        if (!wantsHost && !wantsService)
        {
            Finish(null, null);
            return;
        }
        _held = new HeldMemory(_provider.Executive, [.. _node.Memory, .. _service.Memory]);
        _lookup = new Lookup(this)
        {
            Address = _address,
            WantsHostName = wantsHost,
            IsRelative = Has(NI_NOFQDN),
            WantsServiceName = wantsService,
            IsDatagram = Has(NI_DGRAM),
            Account = account,
        };
        if (_provider.Names.FindNames(_lookup))
            OnLookupCompleted();
    }

    public void OnCancel(WskRequest request) => _provider.Names.Cancel(_lookup!);

    public void OnTransportCompleted(WskRequest request) =>
        throw new InvalidOperationException("look-ups complete by themselves");

    public void OnCompleting(WskRequest request)
    {
    }

    public void OnFinished(WskRequest request) => _client.RemoveRequest();

    private bool Has(uint flag) => (_flags & flag) != 0;

    private void OnLookupCompleted()
    {
        var lookup = _lookup!;
        if (lookup.Status == STATUS_CANCELLED)
            End(STATUS_CANCELLED);
        else if (!_held!.Check("WskGetNameInfo"))
            End(STATUS_INVALID_PARAMETER);
        else if (lookup.WantsHostName && lookup.HostName is null && Has(NI_NAMEREQD))
            End(lookup.Status.IsSuccess() ? STATUS_NOT_FOUND : lookup.Status);
        else
            Finish(lookup.HostName, lookup.ServiceName);
    }

    // Where there is no name, the number stands for it, whatever the reason (NAME-28).
    private void Finish(string? host, string? service)
    {
        host ??= _address.ToIPAddress().ToString();
        service ??= _address.Port.ToString(CultureInfo.InvariantCulture);
        if (!HasRoom(_node, host, "NodeName") || !HasRoom(_service, service, "ServiceName"))
        {
            End(WskSettings.NameBufferTooSmall);
            return;
        }
        if (_node.IsWanted)
            _node.Write(host);
        if (_service.IsWanted)
            _service.Write(service);
        End(STATUS_SUCCESS);
    }

    private bool HasRoom(in NameRoom room, string text, string argument)
    {
        if (!room.IsWanted || room.Holds(text))
            return true;
        _provider.Executive.Breach(
            "NAME-25", $"{argument} of WskGetNameInfo has no room for \"{text}\" and its terminator");
        return false;
    }

    private void End(NTSTATUS status) => _request.Complete(_provider.Settings.ToNameStatus(status), 0);

    private sealed class Lookup(NameInfoQuery query) : NameLookup
    {
        protected override void OnCompleted() => query.OnLookupCompleted();
    }
}
