// Numeric addresses as text: dotted IPv4 with decimal, octal or hexadecimal parts, IPv6 with a scope by
// number or by an interface's name, and ports. It asks nobody but the resolver for an interface.
using System.Buffers;
using System.Globalization;
using System.Net;
using OpenWsk.Ports;

namespace OpenWsk.Provider;

/// <summary>Reads numeric text.</summary>
internal static class NumericAddress
{
    private static readonly SearchValues<char> s_addressCharacters =
        SearchValues.Create("0123456789abcdefABCDEFxX.:");

    /// <summary>Reads a numeric address, port 0; false for anything else.</summary>
    public static bool TryRead(string text, INameResolver names, out EndpointAddress address)
    {
        address = default;
        var percent = text.IndexOf('%', StringComparison.Ordinal);
        var body = percent < 0 ? text : text[..percent];
        // The parser would take more than Windows does: brackets, and ports behind them.
        if (body.AsSpan().ContainsAnyExcept(s_addressCharacters) || !IPAddress.TryParse(body, out var parsed))
            return false;
        address = EndpointAddress.From(parsed, 0);
        if (percent < 0)
            return true;
        if (!address.IsV6 || !TryReadScope(text[(percent + 1)..], names, out var scope))
            return false;
        parsed.ScopeId = scope;
        address = EndpointAddress.From(parsed, 0);
        return true;
    }

    /// <summary>Reads a decimal port; false for anything that is none.</summary>
    public static bool TryReadPort(string text, out ushort port) =>
        ushort.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out port);

    /// <summary>Whether the text is a number, in range or not.</summary>
    public static bool IsNumber(string text) => text.Length != 0 && text.All(char.IsAsciiDigit);

    private static bool TryReadScope(string text, INameResolver names, out uint scope)
    {
        if (uint.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out scope))
            return true;
        scope = text.Length == 0 ? 0 : names.FindInterface(text);
        return scope != 0;
    }
}
