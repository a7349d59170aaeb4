// One call of a sequence: plain data, so that a sequence can be printed, cut down and run again. Which
// sockets it means is said by slot; a call on a slot that does not fit when its turn comes is left out. It
// knows nothing about what the call should answer (Reference/) or how it is made (Running/).
namespace OpenWsk.Model.Tests;

/// <summary>Which call is made.</summary>
public enum OperationKind
{
    /// <summary>WskSocket into an empty slot.</summary>
    Open,

    /// <summary>WskSocket with an argument that is wrong.</summary>
    OpenWrongly,

    Bind,
    Listen,

    /// <summary>WskAccept into an empty slot.</summary>
    Accept,

    /// <summary>WskConnect to the listener of another slot.</summary>
    Connect,

    /// <summary>WskSocketConnect into an empty slot.</summary>
    SocketConnect,

    Send,
    Receive,

    /// <summary>WskDisconnect, gracefully.</summary>
    Disconnect,

    /// <summary>WskDisconnect with WSK_FLAG_ABORTIVE.</summary>
    Abort,

    SendTo,
    ReceiveFrom,
    LocalAddress,
    RemoteAddress,
    SetReuse,
    SetExclusive,

    /// <summary>IoCancelIrp of a call that is pending.</summary>
    Cancel,

    Close,

    /// <summary>A function that the table of the socket's category does not have.</summary>
    WrongTable,

    /// <summary>A function without its IRP.</summary>
    WithoutIrp,

    /// <summary>A function on a socket whose close has completed.</summary>
    AfterClose,
}

/// <summary>One call.</summary>
/// <param name="Slot">The socket's slot.</param>
/// <param name="Other">The other slot: the peer's, or where an accepted socket goes.</param>
/// <param name="Amount">Bytes, or whatever number the call takes.</param>
/// <param name="Variant">Which form of the call; see Running/CallMaker.cs.</param>
/// <param name="AtDispatch">Made at DISPATCH_LEVEL.</param>
public sealed record Operation(
    OperationKind Kind, int Slot, int Other, int Amount, int Variant, bool AtDispatch)
{
    public override string ToString() =>
        $"{Kind} slot {Slot} other {Other} amount {Amount} variant {Variant}"
        + (AtDispatch ? " at DISPATCH_LEVEL" : "");
}
