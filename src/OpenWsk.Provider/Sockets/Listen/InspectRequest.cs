// One connection request under conditional accept, from its arrival until it was delivered, rejected or
// dropped. It knows nothing about who decides: ListenRole.Inspect.cs.
using OpenWsk.Abi;
using OpenWsk.Ports;

namespace OpenWsk.Provider;

/// <summary>How far the judgement of a request has come.</summary>
internal enum InspectState
{
    /// <summary>The client does not know of it yet.</summary>
    Arrived,

    /// <summary>WskInspectEvent is running.</summary>
    Inspecting,

    /// <summary>WskInspectEvent returned WskInspectPend.</summary>
    Pended,

    /// <summary>The client has decided; the connection is not delivered yet.</summary>
    Decided,
}

/// <summary>One request.</summary>
internal sealed class InspectRequest(ConnectionRequest request, WSK_INSPECT_ID id)
{
    public ConnectionRequest Request => request;

    /// <summary>What the client knows the request by.</summary>
    public WSK_INSPECT_ID Id => id;

    public InspectState State { get; set; }

    /// <summary>It was dropped while WskInspectEvent was running or before.</summary>
    public bool IsDropped { get; set; }

    /// <summary>A WskInspectComplete that came before WskInspectEvent returned.</summary>
    public WskRequest? Completion { get; set; }

    /// <summary>What <see cref="Completion"/> decides.</summary>
    public bool IsAccepted { get; set; }
}
