// The choices that the documentation leaves open or contradicts itself on, each one a named constant or
// setting (ids DIFF-nn and OPEN-nn of the contract), so that a later observation of Windows changes one line.
// It knows nothing about how they are applied.
using OpenWsk.Abi;

namespace OpenWsk.Provider;

/// <summary>How an operation that could finish at once completes (OPEN-17).</summary>
public enum CompletionMode
{
    /// <summary>
    /// STATUS_PENDING, then completion on the dispatcher: what Windows normally does (OBS-04).
    /// </summary>
    Pended,

    /// <summary>Completed before the call returns, wherever the operation is already done.</summary>
    Inline,
}

/// <summary>Settings of one provider.</summary>
public sealed class WskSettings
{
    /// <summary>OPEN-49: the only version of the interface.</summary>
    public const ushort Version = 0x0100;

    /// <summary>DIFF-22: a local address in use (INUSE of the sharing table).</summary>
    public const NTSTATUS AddressInUse = NTSTATUS.STATUS_ADDRESS_ALREADY_EXISTS;

    /// <summary>OPEN-03: a required IRP is NULL.</summary>
    public const NTSTATUS MissingIrp = NTSTATUS.STATUS_INVALID_PARAMETER;

    /// <summary>OPEN-02, OPEN-04: the client or socket argument is none.</summary>
    public const NTSTATUS NoSuchObject = NTSTATUS.STATUS_INVALID_HANDLE;

    /// <summary>OPEN-01: a call while the socket closes.</summary>
    public const NTSTATUS SocketCloses = NTSTATUS.STATUS_FILE_FORCED_CLOSED;

    /// <summary>OPEN-15: a call on a socket that is no longer functional.</summary>
    public const NTSTATUS NoLongerFunctional = NTSTATUS.STATUS_FILE_FORCED_CLOSED;

    /// <summary>A function that the dispatch table of the socket's category does not have.</summary>
    public const NTSTATUS NotInTable = NTSTATUS.STATUS_INVALID_DEVICE_REQUEST;

    /// <summary>OPEN-05, OPEN-45: a call or an option in a state that does not allow it.</summary>
    public const NTSTATUS WrongState = NTSTATUS.STATUS_INVALID_DEVICE_STATE;

    /// <summary>OPEN-07: reserved flags and category bits.</summary>
    public const NTSTATUS ReservedFlags = NTSTATUS.STATUS_INVALID_PARAMETER;

    /// <summary>OPEN-07: flags of WskSend and WskReceive that the transport lacks.</summary>
    public const NTSTATUS UnknownTransferFlags = NTSTATUS.STATUS_NOT_SUPPORTED;

    /// <summary>OPEN-08: no transport has the family, type and protocol.</summary>
    public const NTSTATUS NoTransport = NTSTATUS.STATUS_PROTOCOL_UNREACHABLE;

    /// <summary>OPEN-08, DIFF-18: the transport exists, but not for the category.</summary>
    public const NTSTATUS NotForCategory = NTSTATUS.STATUS_NOT_IMPLEMENTED;

    /// <summary>OPEN-42: an option or an I/O control that the category does not have.</summary>
    public const NTSTATUS WrongCategory = NTSTATUS.STATUS_INVALID_DEVICE_REQUEST;

    /// <summary>OPEN-09: the family of an address does not match.</summary>
    public const NTSTATUS FamilyMismatch = NTSTATUS.STATUS_INVALID_PARAMETER;

    /// <summary>OPEN-14: later calls after a local disconnect.</summary>
    public const NTSTATUS AfterLocalDisconnect = NTSTATUS.STATUS_CONNECTION_DISCONNECTED;

    /// <summary>OPEN-14: receives that a local abortive disconnect ends.</summary>
    public const NTSTATUS ReceiveAborted = NTSTATUS.STATUS_CONNECTION_ABORTED;

    /// <summary>OPEN-21: a datagram without RemoteAddress and without a fixed address.</summary>
    public const NTSTATUS NoDestination = NTSTATUS.STATUS_INVALID_PARAMETER;

    /// <summary>OPEN-22: a datagram that is too long for its protocol; nothing is sent.</summary>
    public const NTSTATUS DatagramTooLong = NTSTATUS.STATUS_INVALID_BUFFER_SIZE;

    /// <summary>OPEN-32: WskInspectComplete for an identifier that never existed.</summary>
    public const NTSTATUS NoSuchInspection = NTSTATUS.STATUS_INVALID_PARAMETER;

    /// <summary>OPEN-36: a WSK_BUF that is longer than its MDL chain.</summary>
    public const NTSTATUS BufferBeyondChain = NTSTATUS.STATUS_INVALID_PARAMETER;

    /// <summary>OPEN-44: no IRP for work that needs one.</summary>
    public const NTSTATUS NeedsIrp = NTSTATUS.STATUS_REQUEST_NOT_ACCEPTED;

    /// <summary>OPEN-54: a buffer of WskGetNameInfo that is too small.</summary>
    public const NTSTATUS NameBufferTooSmall = NTSTATUS.STATUS_BUFFER_TOO_SMALL;

    /// <summary>
    /// OPEN-23: how a WskReceiveFrom ends whose datagram did not fit; STATUS_BUFFER_OVERFLOW is the other
    /// candidate.
    /// </summary>
    public NTSTATUS TruncatedDatagram { get; set; } = NTSTATUS.STATUS_SUCCESS;

    /// <summary>
    /// OPEN-24: whether a WskReceiveFrom of a socket with a fixed remote address ends with
    /// STATUS_PORT_UNREACHABLE when nobody listens there; ignored by default.
    /// </summary>
    public bool TellsPortUnreachable { get; set; }

    /// <summary>
    /// DIFF-21: a name that cannot be resolved. Seen on Windows 10; STATUS_NO_MATCH is Windows 7's and the
    /// documentation's.
    /// </summary>
    public NTSTATUS NameNotFound { get; set; } = NTSTATUS.STATUS_NOT_FOUND;

    /// <summary>
    /// The longest wait for the provider that DriverEntry may ask for without a finding (NPI-14; the page
    /// says only "excessive"). Units: milliseconds.
    /// </summary>
    public const uint DriverEntryWaitMaxMs = 1000;

    /// <summary>OPEN-17: pended by default.</summary>
    public CompletionMode Completion { get; set; } = CompletionMode.Pended;

    /// <summary>
    /// OPEN-57: how deep inline completions may nest on one thread before they go through the dispatcher.
    /// </summary>
    public int InlineDepthMax { get; set; } = 4;

    /// <summary>OPEN-34: connections of one listener that may wait; more are dropped.</summary>
    public int ListenBacklog { get; set; } = 128;

    /// <summary>
    /// Indications that a connection's client may retain before WskReceiveEvent asks for their release
    /// (RECV-26); at twice as many it has kept them too long (REL-09). The pages give no number.
    /// </summary>
    public int RetainedIndicationsMax { get; set; } = 256;

    /// <summary>
    /// Whether the provider is ready from the start; otherwise <see cref="WskProvider.MakeReady"/> says so.
    /// </summary>
    public bool IsReadyAtStart { get; set; } = true;

    /// <summary>The outcome of a look-up, in which STATUS_NOT_FOUND is a name that nobody knows.</summary>
    internal NTSTATUS ToNameStatus(NTSTATUS status) =>
        status == NTSTATUS.STATUS_NOT_FOUND ? NameNotFound : status;
}
