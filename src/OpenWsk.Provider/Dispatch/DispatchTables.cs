// The provider's dispatch tables in guest memory: filled once with the code addresses of the [Export]
// routines of the same names and never changed. Behind a table's last member come entries that report a call,
// for a driver that takes a socket for one of another category. It knows nothing about what the functions do.
using System.Runtime.CompilerServices;
using OpenWsk.Abi;
using OpenWsk.Kernel;

namespace OpenWsk.Provider;

/// <summary>The constant tables that sockets and captures point to.</summary>
internal sealed class DispatchTables : IDisposable
{
    // The longest table, with room to spare.
    private const int Slots = 20;

    private static readonly string[] s_basic = ["WskControlSocket", "WskCloseSocket"];

    private static readonly string[] s_listen =
        [.. s_basic, "WskBind", "WskAccept", "WskInspectComplete", "WskGetLocalAddress"];

    private static readonly string[] s_datagram =
    [
        .. s_basic, "WskBind", "WskSendTo", "WskReceiveFrom", "WskRelease", "WskGetLocalAddress",
        "WskSendMessages",
    ];

    private static readonly string[] s_connection =
    [
        .. s_basic, "WskBind", "WskConnect", "WskGetLocalAddress", "WskGetRemoteAddress", "WskSend",
        "WskReceive", "WskDisconnect", "WskRelease", "WskConnectEx", "WskSendEx", "WskReceiveEx",
    ];

    private static readonly string[] s_stream =
    [
        .. s_basic, "WskBind", "WskAccept", "WskConnect", "WskListen", "WskSend", "WskReceive",
        "WskDisconnect", "WskRelease", "WskGetLocalAddress", "WskGetRemoteAddress", "WskConnectEx",
        "WskSendEx", "WskReceiveEx",
    ];

    private static readonly (SocketCategories Category, string[] Members)[] s_members =
    [
        (SocketCategories.Basic, s_basic),
        (SocketCategories.Listen, s_listen),
        (SocketCategories.Datagram, s_datagram),
        (SocketCategories.Connection, s_connection),
        (SocketCategories.Stream, s_stream),
    ];

    private readonly Executive _executive;
    private readonly Dictionary<SocketCategories, nuint> _tables = [];

    public DispatchTables(Executive executive)
    {
        _executive = executive;
        Provider = new(executive.Heap.Allocate(
            Unsafe.SizeOf<WSK_PROVIDER_DISPATCH>()));
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
        foreach (var (category, members) in s_members)
            _tables.Add(category, Fill(members));
    }

    public GuestPtr<WSK_PROVIDER_DISPATCH> Provider { get; }

    /// <summary>Makes what the tables of all worlds share.</summary>
    public static void Prepare() => RuntimeHelpers.RunClassConstructor(typeof(SocketFunction).TypeHandle);

    /// <summary>The categories whose tables have the function; asked once for each.</summary>
    public static SocketCategories CategoriesOf(string function)
    {
        var categories = SocketCategories.None;
        foreach (var (category, members) in s_members)
            categories |= members.Contains(function) ? category : SocketCategories.None;
        return categories;
    }

    /// <summary>The table of one category.</summary>
    public nuint Of(SocketCategories category) => _tables[category];

    public void Dispose()
    {
        if (_executive.IsDisposed)
            return;
        _executive.Heap.Free(Provider.Address);
        foreach (var table in _tables.Values)
            _executive.Heap.Free(table);
    }

    private nuint Fill(string[] members)
    {
        var table = _executive.Heap.Allocate(Slots * sizeof(ulong));
        var beyond = _executive.Code.AddressOf(
            _executive.Routines.Get(Libraries.Internal, nameof(BeyondTableRoutine.WskpBeyondTable)));
        for (var i = 0; i < Slots; i++)
        {
            var member = i < members.Length ? Code(members[i]) : beyond;
            GuestMemory.Write(table + (nuint)(i * sizeof(ulong)), (ulong)member);
        }
        return table;
    }

    private nuint Code(string name) =>
        _executive.Code.AddressOf(_executive.Routines.Get(Libraries.Wsk, name));
}
