// Names of C++ functions as their authors write them: gcc and clang put namespace, class and function into
// one symbol (Itanium C++ ABI, section 5.1, "Name mangling"). Only the name is read, not the parameters, and
// what stands in angle brackets is shown as <...>; a symbol that has more in it stays as it is. It knows
// nothing about where symbols come from.
using System.Globalization;

namespace OpenWsk.Loader;

/// <summary>Reads mangled names.</summary>
internal static class CxxNames
{
    private const int PartsMax = 32;

    private static readonly Dictionary<string, string> s_operators = new(StringComparer.Ordinal)
    {
        ["nw"] = "operator new",
        ["na"] = "operator new[]",
        ["dl"] = "operator delete",
        ["da"] = "operator delete[]",
        ["aS"] = "operator=",
        ["eq"] = "operator==",
        ["ne"] = "operator!=",
        ["ix"] = "operator[]",
        ["cl"] = "operator()",
        ["pt"] = "operator->",
    };

    /// <summary>
    /// The name without its coding, or the symbol itself when it is none or an unusual one.
    /// </summary>
    public static string Readable(string symbol)
    {
        if (!symbol.StartsWith("_Z", StringComparison.Ordinal))
            return symbol;
        var parts = new List<string>();
        var at = 2;
        var isNested = symbol.AsSpan(at).StartsWith("N");
        if (isNested)
            at = SkipQualifiers(symbol, at + 1);
        while (parts.Count < PartsMax && at < symbol.Length)
        {
            if (isNested && symbol[at] == 'E')
                return parts.Count == 0 ? symbol : string.Join("::", parts);
            if (!TryReadPart(symbol, ref at, parts))
                return symbol;
            if (!isNested)
                return parts[0];
        }
        return symbol;
    }

    // const, volatile, restrict and what a member may be called on.
    private static int SkipQualifiers(string symbol, int at)
    {
        while (at < symbol.Length && symbol[at] is 'r' or 'V' or 'K' or 'R' or 'O')
            at++;
        return at;
    }

    private static bool TryReadPart(string symbol, ref int at, List<string> parts)
    {
        if (char.IsAsciiDigit(symbol[at]))
        {
            if (!TryReadName(symbol, ref at, out var name))
                return false;
            parts.Add(name);
            return true;
        }
        if (at + 2 > symbol.Length)
            return false;
        var two = symbol.Substring(at, 2);
        if (two[0] == 'I' && parts.Count != 0)
        {
            parts[^1] += "<...>";
            return TrySkipArguments(symbol, ref at);
        }
        if (two[0] is 'C' or 'D' && char.IsAsciiDigit(two[1]) && parts.Count != 0)
            parts.Add((two[0] == 'C' ? "" : "~") + parts[^1].Replace("<...>", "", StringComparison.Ordinal));
        else if (two == "St")
            parts.Add("std");
        else if (s_operators.TryGetValue(two, out var name))
            parts.Add(name);
        else
            return false;
        at += 2;
        return true;
    }

    private static bool TryReadName(string symbol, ref int at, out string name)
    {
        name = "";
        var digits = at;
        while (digits < symbol.Length && char.IsAsciiDigit(symbol[digits]))
            digits++;
        if (!int.TryParse(symbol.AsSpan(at, digits - at), NumberStyles.None, CultureInfo.InvariantCulture,
                out var length)
            || length == 0 || length > symbol.Length - digits)
            return false;
        name = symbol.Substring(digits, length);
        at = digits + length;
        return true;
    }

    // To the end that belongs to the I: names are skipped as wholes, so that no letter of one counts, and
    // what has digits that are no lengths, or an end of its own (literals, arrays, lambdas, decltype), is not
    // understood.
    private static bool TrySkipArguments(string symbol, ref int at)
    {
        var depth = 0;
        while (at < symbol.Length)
        {
            var c = symbol[at];
            if (char.IsAsciiDigit(c))
            {
                if (!TryReadName(symbol, ref at, out _))
                    return false;
                continue;
            }
            if (c is 'L' or 'X' or 'A' or 'U' or 'Y' or 'D')
                return false;
            if (c is 'S' or 'T')
            {
                // A piece that was named before: S_, S0_, St, Sa, T_, T0_.
                at++;
                while (at < symbol.Length && symbol[at] is (>= '0' and <= '9') or (>= 'A' and <= 'Z'))
                    at++;
            }
            else if (c is 'I' or 'N' or 'F' or 'J')
                depth++;
            else if (c == 'E' && --depth == 0)
            {
                at++;
                return true;
            }
            at++;
        }
        return false;
    }
}
