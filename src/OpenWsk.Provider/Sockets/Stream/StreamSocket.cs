// A stream socket: neither listening nor connected when made, it becomes either (group STREAM). In its
// connection role it is a ConnectionSocket. It knows nothing about argument checks (Dispatch/).
using OpenWsk.Abi;

namespace OpenWsk.Provider;

/// <summary>A socket of WSK_FLAG_STREAM_SOCKET.</summary>
internal sealed class StreamSocket(WskProvider provider, SocketIdentity identity, SecurityDescriptor? descriptor)
    : ConnectionSocket(provider, identity, descriptor)
{
    public override SocketCategories Category => SocketCategories.Stream;

    protected override GuestPtr<WSK_CLIENT_CONNECTION_DISPATCH> ConnectionTable =>
        ClientTable == 0 ? default : new GuestPtr<WSK_CLIENT_STREAM_DISPATCH>(ClientTable).Value.Connect;
}
