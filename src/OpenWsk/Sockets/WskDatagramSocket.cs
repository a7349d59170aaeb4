// A datagram socket, of UDP or raw: each method is one call of its dispatch table with an IRP of the host's
// pool. Several sends and receives may be under way. Datagrams as an async stream:
// WskDatagramSocket.Events.cs. It knows nothing about the layout of control information:
// Operations/ControlMessages.cs.
using System.Net;
using OpenWsk.Abi;
using OpenWsk.Ports;
using static OpenWsk.Abi.WskConstants;

namespace OpenWsk;

/// <summary>A socket of the datagram category.</summary>
public sealed partial class WskDatagramSocket : WskSocket
{
    private IPEndPoint? _local;

    internal WskDatagramSocket(in SocketCreation creation, nuint socket)
        : base(creation, socket)
    {
    }

    /// <summary>Where it is bound, with the port that was chosen.</summary>
    /// <exception cref="InvalidOperationException">It is not bound.</exception>
    public IPEndPoint LocalEndPoint =>
        _local ?? throw new InvalidOperationException("The socket is not bound.");

    private ref WSK_PROVIDER_DATAGRAM_DISPATCH Dispatch =>
        ref Table<WSK_PROVIDER_DATAGRAM_DISPATCH>().Value;

    /// <summary>Binds the socket (WskBind); nothing is sent or received before.</summary>
    /// <param name="local">The address; port 0 lets the transport choose.</param>
    /// <param name="cancellation">Cancels the IRP.</param>
    /// <exception cref="WskException">
    /// STATUS_ADDRESS_ALREADY_EXISTS, STATUS_ACCESS_DENIED, STATUS_INVALID_ADDRESS_COMPONENT, ...
    /// </exception>
    public async ValueTask BindAsync(IPEndPoint local, CancellationToken cancellation = default)
    {
        await Bind(Dispatch.WskBind, local, cancellation).ConfigureAwait(false);
        _local = await AskAddress("WskGetLocalAddress", Dispatch.WskGetLocalAddress).ConfigureAwait(false);
    }

    /// <summary>Sends one datagram (WskSendTo).</summary>
    /// <param name="data">Its bytes; a datagram may have none.</param>
    /// <param name="remote">
    /// Where to; null sends to the address of <see cref="SetRemoteAsync"/> or <see cref="SetSendToAsync"/>.
    /// </param>
    /// <param name="control">
    /// What this datagram wants beyond the socket's options; default for nothing.
    /// </param>
    /// <param name="cancellation">Cancels the IRP.</param>
    /// <remarks>Owns: the memory stays pinned, and must not change, until the task is over.</remarks>
    /// <exception cref="WskException">
    /// STATUS_INVALID_BUFFER_SIZE when it is too long; STATUS_ACCESS_DENIED for a broadcast without
    /// <see cref="WskOptions.Broadcast"/>; STATUS_INVALID_PARAMETER without any destination;
    /// STATUS_NETWORK_UNREACHABLE, STATUS_HOST_UNREACHABLE, ...
    /// </exception>
    public ValueTask SendToAsync(
        ReadOnlyMemory<byte> data,
        IPEndPoint? remote = null,
        WskControlInfo control = default,
        CancellationToken cancellation = default) =>
        SendToAsync(data, remote is null ? default : EndpointAddress.From(remote), control, cancellation);

    /// <summary>Sends one datagram to an address that came with a received one (WskSendTo).</summary>
    /// <param name="data">Its bytes; a datagram may have none.</param>
    /// <param name="remote">Where to; the default value is the fixed address.</param>
    /// <param name="control">
    /// What this datagram wants beyond the socket's options; default for nothing.
    /// </param>
    /// <param name="cancellation">Cancels the IRP.</param>
    /// <remarks>Owns: the memory stays pinned, and must not change, until the task is over.</remarks>
    /// <exception cref="WskException">As with an <see cref="IPEndPoint"/>.</exception>
    public ValueTask SendToAsync(
        ReadOnlyMemory<byte> data,
        EndpointAddress remote,
        WskControlInfo control = default,
        CancellationToken cancellation = default)
    {
        if (cancellation.IsCancellationRequested)
            return ValueTask.FromCanceled(cancellation);
        var operation = Operations.Rent();
        operation.SetBuffer(data);
        return Send(
            operation, "WskSendTo", Dispatch.WskSendTo, operation.Buffer, remote, control, cancellation);
    }

    /// <summary>Sends several datagrams to one address with one call (WskSendMessages).</summary>
    /// <param name="messages">Each is a datagram of its own.</param>
    /// <param name="remote">Where to; null for the fixed address.</param>
    /// <param name="control">What all of them want beyond the socket's options; default for nothing.</param>
    /// <param name="cancellation">Cancels the IRP.</param>
    /// <remarks>
    /// Owns: the memory stays pinned, and must not change, until the task is over. Errors: as for one; after
    /// a failure some may have been sent.
    /// </remarks>
    /// <exception cref="WskException">As for one datagram.</exception>
    public ValueTask SendMessagesAsync(
        IReadOnlyList<ReadOnlyMemory<byte>> messages,
        IPEndPoint? remote = null,
        WskControlInfo control = default,
        CancellationToken cancellation = default)
    {
        if (cancellation.IsCancellationRequested)
            return ValueTask.FromCanceled(cancellation);
        if (messages.Count == 0)
            return ValueTask.CompletedTask;
        var address = remote is null ? default : EndpointAddress.From(remote);
        var operation = Operations.Rent();
        operation.SetBuffers(messages);
        return Send(
            operation, "WskSendMessages", Dispatch.WskSendMessages, operation.BufferList, address, control,
            cancellation);
    }

    /// <summary>Receives one datagram into a buffer, or waits for it (WskReceiveFrom).</summary>
    /// <param name="buffer">Room for it; of a longer one the rest is lost and said so.</param>
    /// <param name="cancellation">Cancels the IRP.</param>
    /// <remarks>
    /// Owns: the memory stays pinned until the task is over. While datagrams are enumerated
    /// (<see cref="ReceiveAllAsync"/>) this call is served first.
    /// </remarks>
    /// <exception cref="WskException">
    /// STATUS_INVALID_DEVICE_STATE when not bound; STATUS_PORT_UNREACHABLE with a fixed remote address that
    /// nobody listens at; STATUS_CANCELLED when the socket is disposed meanwhile.
    /// </exception>
    public ValueTask<WskReceivedFrom> ReceiveFromAsync(
        Memory<byte> buffer, CancellationToken cancellation = default)
    {
        if (cancellation.IsCancellationRequested)
            return ValueTask.FromCanceled<WskReceivedFrom>(cancellation);
        var operation = Operations.Rent();
        operation.SetBuffer(buffer);
        operation.ExpectControl();
        ReadOnlySpan<ulong> arguments =
        [
            Address, operation.Buffer, 0, operation.RemoteAddress, operation.ControlLength,
            operation.Control, operation.ControlFlags, operation.Irp,
        ];
        return new ValueTask<WskReceivedFrom>(operation, Start(
            operation, "WskReceiveFrom", Dispatch.WskReceiveFrom, arguments, cancellation));
    }

    /// <summary>
    /// Fixes the peer: sends go there by default, and only its datagrams are received
    /// (SIO_WSK_SET_REMOTE_ADDRESS).
    /// </summary>
    /// <param name="remote">The peer; null for none any more.</param>
    /// <param name="cancellation">Cancels the IRP.</param>
    /// <exception cref="WskException">STATUS_INVALID_DEVICE_STATE when not bound.</exception>
    public ValueTask SetRemoteAsync(IPEndPoint? remote, CancellationToken cancellation = default) =>
        Fix(SIO_WSK_SET_REMOTE_ADDRESS, remote, cancellation);

    /// <summary>
    /// Fixes where sends go by default; reception stays open for all (SIO_WSK_SET_SENDTO_ADDRESS).
    /// </summary>
    /// <param name="remote">Where to; null for nowhere any more.</param>
    /// <param name="cancellation">Cancels the IRP.</param>
    /// <exception cref="WskException">STATUS_INVALID_DEVICE_STATE when not bound.</exception>
    public ValueTask SetSendToAsync(IPEndPoint? remote, CancellationToken cancellation = default) =>
        Fix(SIO_WSK_SET_SENDTO_ADDRESS, remote, cancellation);

    internal static WskSocket Make(in SocketCreation creation, nuint socket) =>
        new WskDatagramSocket(creation, socket);

    private ValueTask Send(
        IrpOperation operation,
        string call,
        nuint function,
        nuint data,
        in EndpointAddress remote,
        in WskControlInfo control,
        CancellationToken cancellation)
    {
        var destination = remote.Family == 0 ? 0 : operation.RemoteAddress;
        if (destination != 0)
            operation.SetRemote(remote);
        var controlBytes = control == default ? 0 : operation.SetControl(control, Family);
        ReadOnlySpan<ulong> arguments =
        [
            Address, data, 0, destination, (ulong)controlBytes,
            controlBytes == 0 ? 0 : operation.Control, operation.Irp,
        ];
        return new ValueTask(operation, Start(operation, call, function, arguments, cancellation));
    }

    private async ValueTask Fix(uint code, IPEndPoint? remote, CancellationToken cancellation)
    {
        if (remote is null)
        {
            await IoControlAsync(code, cancellation: cancellation).ConfigureAwait(false);
            return;
        }
        var address = EndpointAddress.From(remote);
        var sockaddr = new byte[EndpointAddress.SockaddrBytes(address.Family)];
        using (var pin = sockaddr.AsMemory().Pin())
            address.Write(new GuestPtr<SOCKADDR>(GuestMemory.AddressOf(pin)));
        await IoControlAsync(code, sockaddr, cancellation: cancellation).ConfigureAwait(false);
    }
}
