// The functions of sockets as their calls are judged by: the name for reports, and which categories have the
// function in their dispatch tables. Looked up once for all calls. It knows nothing about what they do.
namespace OpenWsk.Provider;

/// <summary>One member of the sockets' dispatch tables.</summary>
internal sealed class SocketFunction
{
    public static readonly SocketFunction WskControlSocket = new(nameof(WskControlSocket));
    public static readonly SocketFunction WskBind = new(nameof(WskBind));
    public static readonly SocketFunction WskAccept = new(nameof(WskAccept));
    public static readonly SocketFunction WskInspectComplete = new(nameof(WskInspectComplete));
    public static readonly SocketFunction WskGetLocalAddress = new(nameof(WskGetLocalAddress));
    public static readonly SocketFunction WskGetRemoteAddress = new(nameof(WskGetRemoteAddress));
    public static readonly SocketFunction WskSendTo = new(nameof(WskSendTo));
    public static readonly SocketFunction WskReceiveFrom = new(nameof(WskReceiveFrom));
    public static readonly SocketFunction WskRelease = new(nameof(WskRelease));
    public static readonly SocketFunction WskSendMessages = new(nameof(WskSendMessages));
    public static readonly SocketFunction WskConnect = new(nameof(WskConnect));
    public static readonly SocketFunction WskConnectEx = new(nameof(WskConnectEx));
    public static readonly SocketFunction WskListen = new(nameof(WskListen));
    public static readonly SocketFunction WskSend = new(nameof(WskSend));
    public static readonly SocketFunction WskReceive = new(nameof(WskReceive));
    public static readonly SocketFunction WskDisconnect = new(nameof(WskDisconnect));
    private readonly SocketCategories _categories;

    private SocketFunction(string name)
    {
        Name = name;
        _categories = DispatchTables.CategoriesOf(name);
        IsRelease = name == nameof(WskRelease);
    }

    public string Name { get; }

    /// <summary>Whether it gives back what the client must give back all the same (REL-08).</summary>
    public bool IsRelease { get; }

    /// <summary>Whether the table of the category has the function.</summary>
    public bool IsOf(SocketCategories category) => (_categories & category) != 0;
}
