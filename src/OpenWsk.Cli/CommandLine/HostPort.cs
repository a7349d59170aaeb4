// HOST:PORT as users write it: a name, an IPv4 address, or an IPv6 address in brackets. Names are translated
// by the operating system's resolver until the provider has WskGetAddressInfo. It knows nothing about
// connecting.
using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace OpenWsk.Cli.CommandLine;

/// <summary>A host and a port.</summary>
internal sealed record HostPort(string Host, ushort Port)
{
    /// <summary>Reads the text; a mistake is a usage error.</summary>
    public static HostPort Parse(string verb, string text)
    {
        var colon = text.LastIndexOf(':');
        var host = colon < 0 ? "" : text[..colon];
        if (host.StartsWith('[') && host.EndsWith(']'))
            host = host[1..^1];
        else if (host.Contains(':'))
            throw new UsageException(
                $"{verb}: '{text}' needs brackets around its IPv6 address, such as [::1]:80");
        if (host.Length == 0
            || !ushort.TryParse(
                text[(colon + 1)..], NumberStyles.None, CultureInfo.InvariantCulture, out var port))
            throw new UsageException(
                $"{verb}: '{text}' is no HOST:PORT; write 127.0.0.1:80, [::1]:80 or a name:80");
        return new HostPort(host, port);
    }

    /// <summary>Every address of the host.</summary>
    /// <remarks>Errors: FailureException when the name has none.</remarks>
    public async Task<IReadOnlyList<IPEndPoint>> Resolve()
    {
        if (IPAddress.TryParse(Host, out var literal))
            return [new IPEndPoint(literal, Port)];
        try
        {
            var addresses = await Dns.GetHostAddressesAsync(Host).ConfigureAwait(false);
            return [.. addresses.Select(address => new IPEndPoint(address, Port))];
        }
        catch (SocketException e)
        {
            throw new FailureException(ExitCodes.Findings, $"the name {Host} has no address: {e.Message}");
        }
    }
}
