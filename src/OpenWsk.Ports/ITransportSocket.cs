// What every socket of a transport has: an address, options, an end. Kinds: IStreamSocket.cs and
// IDatagramSocket.cs. It knows nothing about which options a WSK client may use when (the provider does).
using OpenWsk.Abi;

namespace OpenWsk.Ports;

/// <summary>
/// A socket. Calls are made under no lock of the transport's; an operation's completion and the events are
/// always delivered on the dispatcher, never from inside the call that started them.
/// </summary>
public interface ITransportSocket
{
    /// <summary>
    /// The bound address; the concrete one once connected. Meaningless before <see cref="Bind"/>.
    /// </summary>
    EndpointAddress LocalAddress { get; }

    /// <summary>
    /// Index of the dispatcher that delivers the socket's events and completions. It does not change once
    /// the socket listens, connects or is accepted.
    /// </summary>
    int Processor => 0;

    /// <summary>
    /// Of a closed socket: whether its address is free only when an item that was posted to
    /// <see cref="Processor"/> after <see cref="Close"/> has run.
    /// </summary>
    bool IsFreedLater => false;

    /// <summary>
    /// Binds. Port 0 takes a free port at once. <paramref name="isShared"/> says that the provider allows an
    /// address which another socket of this world already uses; the transport must not refuse it for that
    /// reason. Errors: STATUS_ADDRESS_ALREADY_EXISTS, STATUS_INVALID_ADDRESS_COMPONENT (not a local address),
    /// STATUS_TOO_MANY_ADDRESSES (no free port), STATUS_ACCESS_DENIED.
    /// </summary>
    NTSTATUS Bind(in EndpointAddress local, bool isShared);

    /// <summary>
    /// Sets an option, named and valued as in Winsock (Windows' numbers and layouts). Errors:
    /// STATUS_NOT_SUPPORTED for one that this transport does not have, STATUS_INVALID_PARAMETER for a wrong
    /// size or value, STATUS_INVALID_DEVICE_STATE when it comes too late.
    /// </summary>
    NTSTATUS SetOption(uint level, uint name, ReadOnlySpan<byte> value);

    /// <summary>
    /// Reads an option as Winsock would. Errors: STATUS_NOT_SUPPORTED, STATUS_BUFFER_TOO_SMALL.
    /// </summary>
    NTSTATUS GetOption(uint level, uint name, Span<byte> value, out int bytes);

    /// <summary>
    /// Performs an I/O control that no member of this port stands for, coded as in Winsock. Errors:
    /// STATUS_NOT_SUPPORTED for one that this transport does not have; so far none has any.
    /// </summary>
    NTSTATUS IoControl(uint code, ReadOnlySpan<byte> input, Span<byte> output, out int bytes)
    {
        bytes = 0;
        return NTSTATUS.STATUS_NOT_SUPPORTED;
    }

    /// <summary>
    /// Gives an operation up: it completes promptly, STATUS_CANCELLED unless it was already done.
    /// </summary>
    void Cancel(TransportOperation operation);

    /// <summary>
    /// Ends the socket and frees its address: a connection quietly when both sides have sent FIN, otherwise
    /// by a reset; a listener resets what was not taken. Operations complete with STATUS_CANCELLED; no event
    /// follows. Call once.
    /// </summary>
    void Close();
}

/// <summary>What a socket of any kind tells its owner, on the dispatcher.</summary>
public interface ISocketEvents
{
    /// <summary>
    /// The network under the socket is gone for good; every call but Close would fail. Comes once at most.
    /// </summary>
    void OnBroken();
}
