// A connection that a listener accepted. WskAccept has said what its callbacks need; WskAcceptEvent says so
// through variables of ours while it runs, and until it has taken the socket no callback of it is called.
// Rules: ACCEPT-16, 29..32, EVT-18, DIFF-13. It knows nothing about where connections come from
// (Sockets/Listen/).
using OpenWsk.Abi;
using OpenWsk.Ports;
using static OpenWsk.Abi.WskConstants;

namespace OpenWsk.Provider;

internal partial class ConnectionSocket
{
    private bool _isAccepted;
    private WSK_INSPECT_ID? _inspectId;
    private ListenBlock? _offer;

    /// <summary>An accepted connection, with what it was inspected as.</summary>
    public ConnectionSocket(
        WskProvider provider, SocketIdentity identity, IStreamSocket accepted, WSK_INSPECT_ID? inspectId)
        : base(provider, identity, null) => BeginAccepted(accepted, inspectId);

    // The client's WskAcceptEvent has not returned yet.
    private bool IsOffered
    {
        get
        {
            using (_gate.Enter())
                return _offer is not null;
        }
    }

    /// <summary>Both addresses of an accepted connection.</summary>
    public void TryGetEnds(out EndpointAddress local, out EndpointAddress remote)
    {
        using (_gate.Enter())
        {
            local = _stream.LocalAddress;
            remote = _stream.RemoteAddress;
        }
    }

    /// <summary>
    /// The socket is about to be shown to WskAcceptEvent, which stores context and table in the block.
    /// </summary>
    public void BeginOffer(ListenBlock block)
    {
        using (_gate.Enter())
            _offer = block;
    }

    /// <summary>WskAcceptEvent has taken the socket, with what it stored.</summary>
    public void TakeOffer()
    {
        ReadOffer();
        SocketArguments.CheckContext(_provider, Context, "ACCEPT-31");
        SocketArguments.CheckConnectionTable(_provider, ClientTable, "ACCEPT-11");
        using (_gate.Enter())
            _offer = null;
    }

    /// <summary>
    /// Enables what the listener hands on, as far as the client's table has callbacks for it.
    /// </summary>
    public void Inherit(uint enabled, uint isStatic)
    {
        // ACCEPT-30: without a table the socket has no callbacks, and that is no mistake.
        var present = ConnectionTable.IsNull ? 0 : PresentOf(enabled);
        using (_gate.Enter())
        {
            _enabled |= present;
            _static = present & isStatic;
        }
        PostEventPump();
    }

    public override bool TryGetInspectId(out WSK_INSPECT_ID id)
    {
        id = _inspectId.GetValueOrDefault();
        return _inspectId is not null;
    }

    // ACCEPT-16: what is enabled on an accepted socket, the listener hands on (Inherit).
    protected override void EnableStaticEvents()
    {
        if (!_isAccepted)
            base.EnableStaticEvents();
    }

    protected override void OnEnabling()
    {
        if (!IsOffered)
            return;
        ReadOffer();
        if (ClientTable == 0)
            _provider.Executive.Breach(
                "ACCEPT-32", $"callbacks of {Object} are enabled before WskAcceptEvent has stored its table");
    }

    private void BeginAccepted(IStreamSocket accepted, WSK_INSPECT_ID? inspectId)
    {
        _isAccepted = true;
        _inspectId = inspectId;
        _stream = accepted;
        _state = SocketState.Connected;
        accepted.Attach(this);
    }

    private void ReadOffer()
    {
        using (_gate.Enter())
        {
            if (_offer is { } offer)
                Entrust(offer.Context.Value, offer.Table.Value);
        }
    }
}
