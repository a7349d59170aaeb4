// The provider's dispatch tables in guest memory: filled once with the code addresses of the [Export]
// routines of the same names and never changed. Categories whose functions are not built yet have no table.
// It knows nothing about what the functions do.
using OpenWsk.Abi;
using OpenWsk.Kernel;

namespace OpenWsk.Provider;

/// <summary>The constant tables that sockets and captures point to.</summary>
internal sealed class DispatchTables : IDisposable
{
    private readonly Executive _executive;

    public DispatchTables(Executive executive)
    {
        _executive = executive;
        Provider = Allocate<WSK_PROVIDER_DISPATCH>();
        Provider.Value = new WSK_PROVIDER_DISPATCH
        {
            Version = WskSettings.Version,
            WskSocket = Code("WskSocket"),
            WskSocketConnect = Code("WskSocketConnect"),
            WskControlClient = Code("WskControlClient"),
            WskGetAddressInfo = Code("WskGetAddressInfo"),
            WskFreeAddressInfo = Code("WskFreeAddressInfo"),
            WskGetNameInfo = Code("WskGetNameInfo"),
        };
        Connection = Allocate<WSK_PROVIDER_CONNECTION_DISPATCH>();
        Connection.Value = new WSK_PROVIDER_CONNECTION_DISPATCH
        {
            Basic = new WSK_PROVIDER_BASIC_DISPATCH
            {
                WskControlSocket = Code("WskControlSocket"),
                WskCloseSocket = Code("WskCloseSocket"),
            },
            WskBind = Code("WskBind"),
            WskConnect = Code("WskConnect"),
            WskGetLocalAddress = Code("WskGetLocalAddress"),
            WskGetRemoteAddress = Code("WskGetRemoteAddress"),
            WskSend = Code("WskSend"),
            WskReceive = Code("WskReceive"),
            WskDisconnect = Code("WskDisconnect"),
            WskRelease = Code("WskRelease"),
            WskConnectEx = Code("WskConnectEx"),
            WskSendEx = Code("WskSendEx"),
            WskReceiveEx = Code("WskReceiveEx"),
        };
    }

    public GuestPtr<WSK_PROVIDER_DISPATCH> Provider { get; }

    public GuestPtr<WSK_PROVIDER_CONNECTION_DISPATCH> Connection { get; }

    public void Dispose()
    {
        if (_executive.IsDisposed)
            return;
        _executive.Heap.Free(Provider.Address);
        _executive.Heap.Free(Connection.Address);
    }

    private nuint Code(string name) =>
        _executive.Code.AddressOf(_executive.Routines.Get(Libraries.Wsk, name));

    private GuestPtr<T> Allocate<T>() where T : unmanaged =>
        new(_executive.Heap.Allocate(System.Runtime.CompilerServices.Unsafe.SizeOf<T>()));
}
