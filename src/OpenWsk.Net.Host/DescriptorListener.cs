// A listener on a bare descriptor of Linux: taking connections by plain calls, and what can be asked of a
// connection that nobody owns yet. It knows nothing about rules, which are SystemListener's, nor about how to
// wait: PollListener.cs, OpenWsk.Net.Uring.
using System.Net.Sockets;
using OpenWsk.Ports;

namespace OpenWsk.Net.Host;

/// <summary>A listener of Linux.</summary>
internal abstract class DescriptorListener : SystemListener
{
    private protected readonly int _descriptor;

    private protected DescriptorListener(
        DescriptorStream owner, int descriptor, in ListenSettings settings, IListenEvents events)
        : base(owner, settings, events)
    {
        _descriptor = descriptor;
    }

    private protected sealed override bool TryAcceptNow(
        out SocketError error, out AcceptedConnection connection)
    {
        error = Descriptors.ToSocketError(
            Descriptors.Accept(_descriptor, out var accepted, out var remote));
        connection = new AcceptedConnection(null, accepted, remote);
        return error != SocketError.WouldBlock;
    }

    private protected sealed override void AskAddresses(
        in AcceptedConnection connection, out EndpointAddress local, out EndpointAddress remote)
    {
        local = Descriptors.LocalAddress(connection.Descriptor);
        remote = connection.Remote.Family != 0
            ? connection.Remote
            : Descriptors.RemoteAddress(connection.Descriptor);
    }

    private protected sealed override SafeSocketHandle HandleOf(in AcceptedConnection connection) =>
        new(connection.Descriptor, ownsHandle: false);

    private protected sealed override bool IsGone(in AcceptedConnection connection)
    {
        _ = DescriptorStream.IsFinAcknowledged(connection.Descriptor, out var isGone);
        return isGone;
    }

    private protected sealed override void Reset(in AcceptedConnection connection)
    {
        Descriptors.Reset(connection.Descriptor);
        Descriptors.Close(connection.Descriptor);
    }
}
