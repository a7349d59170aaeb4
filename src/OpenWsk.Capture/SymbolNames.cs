// Names for numbers: what WSK and the kernel call the values of a parameter. The same number means different
// things in different calls (WSK_FLAG_OOB and WSK_FLAG_ABORTIVE are both 1), so names are found by routine
// and parameter. It knows nothing about guest memory.
using System.Text;
using static OpenWsk.Abi.WskConstants;

namespace OpenWsk.Capture;

/// <summary>Symbolic values by routine and parameter.</summary>
internal static class SymbolNames
{
    private static readonly (ulong Value, string Name)[] Families =
        [(AF_UNSPEC, "AF_UNSPEC"), (AF_INET, "AF_INET"), (AF_INET6, "AF_INET6")];

    private static readonly (ulong Value, string Name)[] SocketTypes =
        [(SOCK_STREAM, "SOCK_STREAM"), (SOCK_DGRAM, "SOCK_DGRAM"), (SOCK_RAW, "SOCK_RAW")];

    private static readonly (ulong Value, string Name)[] Protocols =
    [
        (IPPROTO_TCP, "IPPROTO_TCP"), (IPPROTO_UDP, "IPPROTO_UDP"), (IPPROTO_ICMP, "IPPROTO_ICMP"),
        (IPPROTO_ICMPV6, "IPPROTO_ICMPV6"), (IPPROTO_RAW, "IPPROTO_RAW"),
    ];

    private static readonly (ulong Value, string Name)[] Waits =
        [(WSK_NO_WAIT, "WSK_NO_WAIT"), (WSK_INFINITE_WAIT, "WSK_INFINITE_WAIT")];

    private static readonly (ulong Value, string Name)[] Levels =
        [(0, "PASSIVE_LEVEL"), (1, "APC_LEVEL"), (2, "DISPATCH_LEVEL"), (15, "HIGH_LEVEL")];

    private static readonly (ulong Value, string Name)[] ClientControls =
    [
        (WSK_TRANSPORT_LIST_QUERY, "WSK_TRANSPORT_LIST_QUERY"),
        (WSK_TRANSPORT_LIST_CHANGE, "WSK_TRANSPORT_LIST_CHANGE"),
        (WSK_CACHE_SD, "WSK_CACHE_SD"),
        (WSK_RELEASE_SD, "WSK_RELEASE_SD"),
        (WSK_TDI_DEVICENAME_MAPPING, "WSK_TDI_DEVICENAME_MAPPING"),
        (WSK_SET_STATIC_EVENT_CALLBACKS, "WSK_SET_STATIC_EVENT_CALLBACKS"),
        (WSK_TDI_BEHAVIOR, "WSK_TDI_BEHAVIOR"),
    ];

    private static readonly (ulong Value, string Name)[] SocketControls =
    [
        (SO_WSK_SECURITY, "SO_WSK_SECURITY"), (SO_WSK_EVENT_CALLBACK, "SO_WSK_EVENT_CALLBACK"),
        (SO_REUSEADDR, "SO_REUSEADDR"), (SO_KEEPALIVE, "SO_KEEPALIVE"), (SO_BROADCAST, "SO_BROADCAST"),
        (SO_EXCLUSIVEADDRUSE, "SO_EXCLUSIVEADDRUSE"), (SO_RCVBUF, "SO_RCVBUF"), (SO_SNDBUF, "SO_SNDBUF"),
        (SO_CONDITIONAL_ACCEPT, "SO_CONDITIONAL_ACCEPT"),
        (SIO_WSK_SET_REMOTE_ADDRESS, "SIO_WSK_SET_REMOTE_ADDRESS"),
        (SIO_WSK_REGISTER_EXTENSION, "SIO_WSK_REGISTER_EXTENSION"),
        (SIO_WSK_QUERY_IDEAL_SEND_BACKLOG, "SIO_WSK_QUERY_IDEAL_SEND_BACKLOG"),
        (SIO_WSK_QUERY_RECEIVE_BACKLOG, "SIO_WSK_QUERY_RECEIVE_BACKLOG"),
        (SIO_WSK_QUERY_INSPECT_ID, "SIO_WSK_QUERY_INSPECT_ID"),
        (SIO_WSK_SET_SENDTO_ADDRESS, "SIO_WSK_SET_SENDTO_ADDRESS"),
        (SIO_WSK_SET_TCP_SILENT_MODE, "SIO_WSK_SET_TCP_SILENT_MODE"),
        (SIO_ADDRESS_LIST_QUERY, "SIO_ADDRESS_LIST_QUERY"),
        (SIO_ADDRESS_LIST_CHANGE, "SIO_ADDRESS_LIST_CHANGE"),
    ];

    private static readonly (ulong Bit, string Name)[] Categories =
    [
        (WSK_FLAG_LISTEN_SOCKET, "WSK_FLAG_LISTEN_SOCKET"),
        (WSK_FLAG_CONNECTION_SOCKET, "WSK_FLAG_CONNECTION_SOCKET"),
        (WSK_FLAG_DATAGRAM_SOCKET, "WSK_FLAG_DATAGRAM_SOCKET"),
        (WSK_FLAG_STREAM_SOCKET, "WSK_FLAG_STREAM_SOCKET"),
    ];

    // Bits of POOL_FLAGS (wdm.h, page nf-wdm-exallocatepool2).
    private static readonly (ulong Bit, string Name)[] PoolFlags =
    [
        (0x01, "POOL_FLAG_USE_QUOTA"), (0x02, "POOL_FLAG_UNINITIALIZED"), (0x04, "POOL_FLAG_SESSION"),
        (0x08, "POOL_FLAG_CACHE_ALIGNED"), (0x20, "POOL_FLAG_RAISE_ON_FAILURE"),
        (0x40, "POOL_FLAG_NON_PAGED"),
        (0x80, "POOL_FLAG_NON_PAGED_EXECUTE"), (0x100, "POOL_FLAG_PAGED"),
    ];

    /// <summary>The symbolic form of a value, or null when the parameter has none.</summary>
    internal static string? Find(string routine, string parameter, ulong value) => (routine, parameter) switch
    {
        (_, "AddressFamily") => Value(Families, (ushort)value),
        (_, "SocketType") => Value(SocketTypes, (ushort)value),
        (_, "Protocol") => Value(Protocols, (uint)value),
        ("WskCaptureProviderNPI", "WaitTimeout") => Value(Waits, (uint)value),
        ("WskSocket", "Flags") => (uint)value == 0 ? "WSK_FLAG_BASIC_SOCKET" : Bits(Categories, (uint)value),
        ("WskSend", "Flags") =>
            Bits([(WSK_FLAG_OOB, "WSK_FLAG_OOB"), (WSK_FLAG_NODELAY, "WSK_FLAG_NODELAY")], (uint)value),
        ("WskReceive", "Flags") =>
            Bits([(WSK_FLAG_WAITALL, "WSK_FLAG_WAITALL"), (WSK_FLAG_DRAIN, "WSK_FLAG_DRAIN")], (uint)value),
        ("WskDisconnect", "Flags") => Bits([(WSK_FLAG_ABORTIVE, "WSK_FLAG_ABORTIVE")], (uint)value),
        ("WskControlClient", "ControlCode") => Value(ClientControls, (uint)value),
        ("WskControlSocket", "ControlCode") => Value(SocketControls, (uint)value),
        ("WskControlSocket", "Level") => (uint)value == SOL_SOCKET ? "SOL_SOCKET"
            : Value(Protocols, (uint)value),
        ("ExAllocatePool2" or "ExAllocatePool3", "Flags") => Bits(PoolFlags, value),
        (_, "NewIrql" or "OldIrql") => Value(Levels, (byte)value),
        (_, "Tag" or "PoolTag") => PoolTag((uint)value),
        _ => null,
    };

    /// <summary>A pool tag as the four characters that stand in the driver's source.</summary>
    internal static string? PoolTag(uint tag)
    {
        Span<char> text = stackalloc char[4];
        for (var i = 0; i < 4; i++)
        {
            var unit = (char)(byte)(tag >> (8 * i));
            if (unit is < ' ' or > '~')
                return null;
            text[i] = unit;
        }
        return $"'{text}'";
    }

    private static string? Value((ulong Value, string Name)[] names, ulong value)
    {
        foreach (var (known, name) in names)
        {
            if (known == value)
                return name;
        }
        return null;
    }

    private static string? Bits(ReadOnlySpan<(ulong Bit, string Name)> names, ulong value)
    {
        if (value == 0)
            return null;
        var text = new StringBuilder();
        foreach (var (bit, name) in names)
        {
            if ((value & bit) == 0)
                continue;
            text.Append(text.Length == 0 ? "" : "|").Append(name);
            value &= ~bit;
        }
        if (value != 0)
            text.Append(text.Length == 0 ? "" : "|").Append($"0x{value:x}");
        return text.ToString();
    }
}
