// --stub NAME=STATUS: what a call of a routine that nobody implements returns instead of stopping the driver.
// It knows nothing about imports.
using System.Globalization;
using OpenWsk.Abi;

namespace OpenWsk.Cli.CommandLine;

/// <summary>One answer.</summary>
internal sealed record StubAnswer(string Routine, NTSTATUS Status)
{
    /// <summary>Reads what stands after --stub; a mistake is a usage error.</summary>
    public static StubAnswer Parse(string text)
    {
        var parts = text.Split('=', 2);
        if (parts.Length != 2 || parts[0].Length == 0)
            throw new UsageException(
                $"run: '{text}' is no stub; write --stub NAME=STATUS, such as X=STATUS_SUCCESS");
        if (ParseStatus(parts[1]) is { } status)
            return new StubAnswer(parts[0], status);
        var near = Nearest.Find(parts[1].ToUpperInvariant(), Enum.GetNames<NTSTATUS>());
        throw new UsageException($"run: '{parts[1]}' is no NTSTATUS; "
            + (near is null ? "write a name or a number such as 0xC00000BB" : $"did you mean '{near}'?"));
    }

    private static NTSTATUS? ParseStatus(string text)
    {
        if (text.StartsWith("0x", StringComparison.OrdinalIgnoreCase))
        {
            return uint.TryParse(
                text[2..], NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var hex)
                ? (NTSTATUS)hex
                : null;
        }
        return Enum.TryParse<NTSTATUS>(text, out var named) && Enum.IsDefined(named)
            && !char.IsAsciiDigit(text[0])
            ? named
            : null;
    }
}
