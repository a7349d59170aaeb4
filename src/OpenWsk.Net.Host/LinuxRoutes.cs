// Routes as Linux tells them in net/route and net/ipv6_route of /proc: fields in columns, addresses in
// hexadecimal (kernel documentation: Documentation/networking/proc_net_route and fib6). A system without
// these
// files has no routes to tell. It knows nothing about interfaces but their names.
using System.Buffers.Binary;
using System.Globalization;
using OpenWsk.Ports;

namespace OpenWsk.Net.Host;

/// <summary>Reads routes.</summary>
internal static class LinuxRoutes
{
    // RTF_UP, RTF_REJECT, and of IPv6 RTF_ANYCAST and RTF_LOCAL (linux/route.h, linux/ipv6_route.h).
    private const uint IsUp = 0x0001;
    private const uint IsRejecting = 0x0200;
    private const uint IsAnycast = 0x0010_0000;
    private const uint IsLocal = 0x8000_0000;

    public static IReadOnlyList<InterfaceRoute> List(IReadOnlyDictionary<string, uint> indexes) =>
    [
        .. Lines("/proc/thread-self/net/route").Skip(1).Select(line => ReadV4(line,
            indexes)).OfType<InterfaceRoute>(),
        .. Lines("/proc/thread-self/net/ipv6_route").Select(line => ReadV6(line,
            indexes)).OfType<InterfaceRoute>(),
    ];

    /// <summary>Iface, Destination, Gateway, Flags, RefCnt, Use, Metric, Mask, …; words are in host
    /// order.</summary>
    internal static InterfaceRoute? ReadV4(string line, IReadOnlyDictionary<string, uint> indexes)
    {
        var fields = line.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries);
        if (fields.Length < 8 || !indexes.TryGetValue(fields[0], out var index)
            || !TryHex(fields[1], out var destination) || !TryHex(fields[2], out var gateway)
            || !TryHex(fields[3], out var flags) || !TryHex(fields[7], out var mask)
            || !uint.TryParse(fields[6], CultureInfo.InvariantCulture, out var metric)
            || (flags & IsUp) == 0 || (flags & IsRejecting) != 0)
            return null;
        return new InterfaceRoute(
            index, AddressV4(destination), (byte)System.Numerics.BitOperations.PopCount(mask),
            AddressV4(gateway), metric);
    }

    /// <summary>Destination, its prefix, source, its prefix, gateway, metric, RefCnt, Use, Flags,
    /// Iface.</summary>
    internal static InterfaceRoute? ReadV6(string line, IReadOnlyDictionary<string, uint> indexes)
    {
        var fields = line.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries);
        if (fields.Length < 10 || !indexes.TryGetValue(fields[9], out var index)
            || fields[0].Length != 32 || fields[4].Length != 32
            || !TryHex(fields[1], out var prefixLength) || prefixLength > 128
            || !TryHex(fields[5], out var metric) || !TryHex(fields[8], out var flags)
            || (flags & IsUp) == 0 || (flags & (IsRejecting | IsAnycast | IsLocal)) != 0)
            return null;
        // Groups have a route of their own, which unicast tables do not show.
        if (fields[0].StartsWith("ff", StringComparison.OrdinalIgnoreCase))
            return null;
        return new InterfaceRoute(
            index, AddressV6(fields[0]), (byte)prefixLength, AddressV6(fields[4]), metric);
    }

    private static EndpointAddress AddressV4(uint word)
    {
        Span<byte> bytes = stackalloc byte[4];
        BinaryPrimitives.WriteUInt32LittleEndian(bytes, word);
        return EndpointAddress.From(bytes);
    }

    private static EndpointAddress AddressV6(string hex) =>
        EndpointAddress.From(Convert.FromHexString(hex));

    private static bool TryHex(string text, out uint value) =>
        uint.TryParse(text, NumberStyles.HexNumber, CultureInfo.InvariantCulture, out value);

    private static string[] Lines(string path) => File.Exists(path) ? File.ReadAllLines(path) : [];
}
