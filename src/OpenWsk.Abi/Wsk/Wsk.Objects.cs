// Objects, buffers and indications of wsk.h at their x64 layout. It knows nothing about sockets' behaviour.
// Pages: ns-wsk-_wsk_* of the Windows driver documentation.
using System.Runtime.InteropServices;

namespace OpenWsk.Abi;

/// <summary>A socket as the client sees it: the dispatch table of its category. 8 bytes.</summary>
public struct WSK_SOCKET
{
    public nuint Dispatch;
}

/// <summary>A client as the provider knows it; opaque to the client.</summary>
public struct WSK_CLIENT
{
    public nuint Opaque;
}

/// <summary>Data to send or room to receive: MDLs, an offset, a length in bytes. 24 bytes.</summary>
public struct WSK_BUF
{
    public GuestPtr<MDL> Mdl;
    public uint Offset;
    public nuint Length;
}

/// <summary>A list of buffers, one datagram each. 32 bytes.</summary>
public struct WSK_BUF_LIST
{
    public GuestPtr<WSK_BUF_LIST> Next;
    public WSK_BUF Buffer;
}

/// <summary>Received stream data that is shown to the client. 32 bytes.</summary>
public struct WSK_DATA_INDICATION
{
    public GuestPtr<WSK_DATA_INDICATION> Next;
    public WSK_BUF Buffer;
}

/// <summary>A received datagram that is shown to the client. 56 bytes.</summary>
public struct WSK_DATAGRAM_INDICATION
{
    public GuestPtr<WSK_DATAGRAM_INDICATION> Next;
    public WSK_BUF Buffer;
    public GuestPtr<CMSGHDR> ControlInfo;
    public uint ControlInfoLength;
    public GuestPtr<SOCKADDR> RemoteAddress;
}

/// <summary>Names one connection request under conditional accept. 16 bytes.</summary>
public struct WSK_INSPECT_ID
{
    public nuint Key;
    public uint SerialNumber;
}

/// <summary>A combination of type, protocol and family that sockets can be made of. 28 bytes.</summary>
public struct WSK_TRANSPORT
{
    public ushort Version;
    public ushort SocketType;
    public uint Protocol;
    public ushort AddressFamily;
    public Guid ProviderId;
}

/// <summary>Which event callbacks to enable or disable, and of which interface. 16 bytes.</summary>
public struct WSK_EVENT_CALLBACK_CONTROL
{
    public GuestPtr<Guid> NpiId;
    public uint EventMask;
}

/// <summary>One TDI device name of WSK_TDI_MAP_INFO. 16 bytes.</summary>
public struct WSK_TDI_MAP
{
    public ushort SocketType;
    public ushort AddressFamily;
    public uint Protocol;
    public nuint TdiDeviceName;
}

/// <summary>Input of WSK_TDI_DEVICENAME_MAPPING. 16 bytes.</summary>
public struct WSK_TDI_MAP_INFO
{
    public uint ElementCount;
    public GuestPtr<WSK_TDI_MAP> Map;
}

/// <summary>Input of SIO_WSK_REGISTER_EXTENSION. 24 bytes.</summary>
public struct WSK_EXTENSION_CONTROL_IN
{
    public GuestPtr<Guid> NpiId;
    public nuint ClientContext;
    public nuint ClientDispatch;
}

/// <summary>Output of SIO_WSK_REGISTER_EXTENSION. 16 bytes.</summary>
public struct WSK_EXTENSION_CONTROL_OUT
{
    public nuint ProviderContext;
    public nuint ProviderDispatch;
}

/// <summary>RequestType of WskControlSocket.</summary>
public enum WSK_CONTROL_SOCKET_TYPE
{
    WskSetOption = 0,
    WskGetOption = 1,
    WskIoctl = 2,
    WskControlMax = 3,
}

/// <summary>Answer to an inspected connection request.</summary>
public enum WSK_INSPECT_ACTION
{
    WskInspectReject = 0,
    WskInspectAccept = 1,
    WskInspectPend = 2,
    WskInspectMax = 3,
}
