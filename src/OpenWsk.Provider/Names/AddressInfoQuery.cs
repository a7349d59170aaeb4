// A running WskGetAddressInfo: what needs no resolver is answered during the call, the rest is a look-up of
// the world's resolver that ends on the dispatcher. The list is written right before the IRP completes.
// Which entries it has: AddressInfoAnswer.cs.
using OpenWsk.Abi;
using OpenWsk.Ports;
using static OpenWsk.Abi.NTSTATUS;

namespace OpenWsk.Provider;

/// <summary>One request for the addresses of a name.</summary>
internal sealed class AddressInfoQuery : IRequestOwner
{
    private readonly WskProvider _provider;
    private readonly WskRequest _request;
    private readonly ClientRegistration _client;
    private readonly AddressInfoAnswer _answer;
    private readonly nuint _result;
    private Lookup? _lookup;
    private HeldMemory? _held;

    public AddressInfoQuery(
        WskProvider provider, WskRequest request, ClientRegistration client, AddressInfoAnswer answer,
        nuint result)
    {
        _provider = provider;
        _request = request;
        _client = client;
        _answer = answer;
        _result = result;
        request.Owner = this;
        request.Client = client;
        client.AddRequest();
    }

    /// <summary>
    /// Begins; the arguments that the client must keep are given by address (NAME-21). Call once, then end
    /// the call.
    /// </summary>
    public void Start(IReadOnlySet<string> account, params IEnumerable<nuint> arguments)
    {
        if (!_answer.NeedsLookup)
        {
            Finish(_answer.IsHopeless ? STATUS_NOT_FOUND : STATUS_SUCCESS);
            return;
        }
        _held = new HeldMemory(_provider.Executive, [.. arguments, _result]);
        _lookup = new Lookup(this)
        {
            HostName = _answer.NameToFind,
            Family = _answer.FamilyToFind,
            WantsCanonicalName = _answer.WantsCanonicalName,
            ServiceName = _answer.ServiceToFind,
            Account = account,
        };
        if (_provider.Names.FindAddresses(_lookup))
            OnLookupCompleted();
    }

    public void OnCancel(WskRequest request) => _provider.Names.Cancel(_lookup!);

    public void OnTransportCompleted(WskRequest request) =>
        throw new InvalidOperationException("look-ups complete by themselves");

    public void OnCompleting(WskRequest request)
    {
    }

    public void OnFinished(WskRequest request) => _client.RemoveRequest();

    private void OnLookupCompleted()
    {
        var isHeld = _held!.Check("WskGetAddressInfo");
        if (isHeld)
            _answer.Take(_lookup!);
        Finish(isHeld ? _lookup!.Status : STATUS_INVALID_PARAMETER);
    }

    private void Finish(NTSTATUS status)
    {
        var entries = status.IsSuccess() ? _answer.Entries() : [];
        if (status.IsSuccess() && entries.Count == 0)
            status = STATUS_NOT_FOUND;
        if (status.IsSuccess())
            GuestMemory.Write(
                _result, AddressListWriter.Write(_provider.AddressLists, _client, entries, _answer.Facts));
        _request.Complete(_provider.Settings.ToNameStatus(status), 0);
    }

    private sealed class Lookup(AddressInfoQuery query) : AddressLookup
    {
        protected override void OnCompleted() => query.OnLookupCompleted();
    }
}
