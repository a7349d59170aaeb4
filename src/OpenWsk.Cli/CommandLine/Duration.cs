// Spans of time on the command line: a number with a unit, such as 20s or 500ms. A bare number is an error
// unless the option's own name says the unit. It knows nothing about which option it is.
using System.Globalization;

namespace OpenWsk.Cli.CommandLine;

/// <summary>Reads spans of time.</summary>
internal static class Duration
{
    private static readonly (string Unit, double Seconds)[] Units =
        [("ms", 0.001), ("us", 0.000001), ("ns", 0.000000001), ("s", 1), ("min", 60), ("m", 60), ("h", 3600)];

    /// <summary>The span, or null when the text is none.</summary>
    /// <param name="text">What the user wrote.</param>
    /// <param name="bareUnit">The unit of a bare number; null when a unit is required.</param>
    public static TimeSpan? TryParse(string text, string? bareUnit = null)
    {
        var digits = text.AsSpan().TrimEnd("abcdefghijklmnopqrstuvwxyz");
        var unit = digits.Length == text.Length ? bareUnit : text[digits.Length..];
        var factor = Units.FirstOrDefault(u => u.Unit == unit).Seconds;
        if (factor == 0
            || !double.TryParse(
                digits, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var number)
            || number * factor > TimeSpan.MaxValue.TotalSeconds / 2)
        {
            return null;
        }
        return TimeSpan.FromSeconds(number * factor);
    }
}
