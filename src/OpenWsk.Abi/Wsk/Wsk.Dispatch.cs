// The dispatch tables of wsk.h at their x64 layout. Members are code addresses: the provider's in the
// provider tables, the client's in the client tables. It knows nothing about what the functions do.
namespace OpenWsk.Abi;

/// <summary>The client's version and its client-wide callback. 16 bytes.</summary>
public struct WSK_CLIENT_DISPATCH
{
    public ushort Version;
    public ushort Reserved;
    public nuint WskClientEvent;
}

/// <summary>Callbacks of a listening socket. 24 bytes.</summary>
public struct WSK_CLIENT_LISTEN_DISPATCH
{
    public nuint WskAcceptEvent;
    public nuint WskInspectEvent;
    public nuint WskAbortEvent;
}

/// <summary>Callbacks of a datagram socket. 8 bytes.</summary>
public struct WSK_CLIENT_DATAGRAM_DISPATCH
{
    public nuint WskReceiveFromEvent;
}

/// <summary>Callbacks of a connection-oriented socket. 24 bytes.</summary>
public struct WSK_CLIENT_CONNECTION_DISPATCH
{
    public nuint WskReceiveEvent;
    public nuint WskDisconnectEvent;
    public nuint WskSendBacklogEvent;
}

/// <summary>The two callback tables of a stream socket, one for each role. 16 bytes.</summary>
public struct WSK_CLIENT_STREAM_DISPATCH
{
    public GuestPtr<WSK_CLIENT_LISTEN_DISPATCH> Listen;
    public GuestPtr<WSK_CLIENT_CONNECTION_DISPATCH> Connect;
}

/// <summary>The provider's client-level functions. 56 bytes.</summary>
public struct WSK_PROVIDER_DISPATCH
{
    public ushort Version;
    public ushort Reserved;
    public nuint WskSocket;
    public nuint WskSocketConnect;
    public nuint WskControlClient;
    public nuint WskGetAddressInfo;
    public nuint WskFreeAddressInfo;
    public nuint WskGetNameInfo;
}

/// <summary>The functions that every socket has; the first two members of every table. 16 bytes.</summary>
public struct WSK_PROVIDER_BASIC_DISPATCH
{
    public nuint WskControlSocket;
    public nuint WskCloseSocket;
}

/// <summary>Functions of a listening socket. 48 bytes.</summary>
public struct WSK_PROVIDER_LISTEN_DISPATCH
{
    public WSK_PROVIDER_BASIC_DISPATCH Basic;
    public nuint WskBind;
    public nuint WskAccept;
    public nuint WskInspectComplete;
    public nuint WskGetLocalAddress;
}

/// <summary>Functions of a datagram socket. 64 bytes.</summary>
public struct WSK_PROVIDER_DATAGRAM_DISPATCH
{
    public WSK_PROVIDER_BASIC_DISPATCH Basic;
    public nuint WskBind;
    public nuint WskSendTo;
    public nuint WskReceiveFrom;
    public nuint WskRelease;
    public nuint WskGetLocalAddress;
    public nuint WskSendMessages;
}

/// <summary>Functions of a connection-oriented socket. 104 bytes.</summary>
public struct WSK_PROVIDER_CONNECTION_DISPATCH
{
    public WSK_PROVIDER_BASIC_DISPATCH Basic;
    public nuint WskBind;
    public nuint WskConnect;
    public nuint WskGetLocalAddress;
    public nuint WskGetRemoteAddress;
    public nuint WskSend;
    public nuint WskReceive;
    public nuint WskDisconnect;
    public nuint WskRelease;
    public nuint WskConnectEx;
    public nuint WskSendEx;
    public nuint WskReceiveEx;
}

/// <summary>Functions of a stream socket. 120 bytes.</summary>
public struct WSK_PROVIDER_STREAM_DISPATCH
{
    public WSK_PROVIDER_BASIC_DISPATCH Basic;
    public nuint WskBind;
    public nuint WskAccept;
    public nuint WskConnect;
    public nuint WskListen;
    public nuint WskSend;
    public nuint WskReceive;
    public nuint WskDisconnect;
    public nuint WskRelease;
    public nuint WskGetLocalAddress;
    public nuint WskGetRemoteAddress;
    public nuint WskConnectEx;
    public nuint WskSendEx;
    public nuint WskReceiveEx;
}
