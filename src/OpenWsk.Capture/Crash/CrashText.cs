// The crash report for a person: lines of at most 110 columns, the most telling first. It decides nothing and
// reads no guest memory; the report holds everything. Sections are in CrashText.Sections.cs, the JSON form is
// CrashDocument.cs.
using System.Text;
using OpenWsk.Abi;
using OpenWsk.Kernel;

namespace OpenWsk.Capture;

/// <summary>How a report may look.</summary>
/// <param name="ShowVectors">Show xmm0 to xmm15 too.</param>
/// <param name="Bad">Makes text stand out as bad; the identity when null.</param>
/// <param name="Strong">Makes headings stand out; the identity when null.</param>
public sealed record CrashTextStyle(
    bool ShowVectors = false, Func<string, string>? Bad = null, Func<string, string>? Strong = null);

/// <summary>Writes crash reports as text.</summary>
public static partial class CrashText
{
    /// <summary>The widest line.</summary>
    public const int ColumnsMax = 110;

    /// <summary>The whole report, without colour.</summary>
    public static string Render(CrashReport report) => Render(report, new CrashTextStyle());

    /// <summary>The whole report.</summary>
    public static string Render(CrashReport report, CrashTextStyle style)
    {
        var lines = new List<string>();
        Head(report, style, lines);
        Fault(report, lines);
        Code(report, style, lines);
        Registers(report, style, lines);
        Stack(report, style, lines);
        Block(report, style, lines);
        Threads(report, style, lines);
        Drivers(report, style, lines);
        Events(report, style, lines);
        if (report.Command is { } command)
            Section(style, lines, "repeat with", [command]);
        return string.Join('\n', lines) + "\n";
    }

    private static void Head(CrashReport report, CrashTextStyle style, List<string> lines)
    {
        var check = report.Check;
        var bad = style.Bad ?? (static text => text);
        lines.Add(bad($"BUG CHECK 0x{check.Code:X}  {check.Name}"));
        if (check.Detail.Length != 0)
            AddWrapped(lines, "  ", check.Detail);
        var meanings = BugCheckParameters.Meanings(check.Code);
        var values = BugCheckParameters.Values(check);
        for (var i = 0; i < values.Count; i++)
        {
            var meaning = ParameterText(report, i, values[i], meanings[i]);
            AddWrapped(lines, $"  {i + 1}  0x{values[i]:x16}  ", meaning);
        }
    }

    private static string ParameterText(CrashReport report, int index, ulong value, string meaning)
    {
        var more = meaning switch
        {
            "the IRQL at that time" or "the IRQL" => Irql.Name((byte)value),
            "the exception that nobody handled" => ((NTSTATUS)(uint)value).Name(),
            "the instruction that did it" or "where it was raised" =>
                FrameName(report, value) ?? Owner(report, index),
            _ when meaning.StartsWith("0 reading, 2", StringComparison.Ordinal) => Access(value / 2),
            _ when meaning.StartsWith("0 reading, 1", StringComparison.Ordinal) => Access(value),
            _ when value == report.FaultAddress => report.FaultAddressOwner,
            _ => Owner(report, index),
        };
        return more is { Length: > 0 } ? meaning.Length == 0 ? more : $"{meaning}: {more}" : meaning;
    }

    private static string? Owner(CrashReport report, int index) =>
        report.ParameterOwners.ElementAtOrDefault(index);

    private static string? FrameName(CrashReport report, ulong address)
    {
        var frame = report.Stack.FirstOrDefault(f => !f.IsRoutine && f.Address == address);
        return frame is null ? null : Name(frame) + LineOf(frame);
    }

    private static string Access(ulong value) =>
        value switch { 0 => "reading", 1 => "writing", _ => "executing" };

    private static void Fault(CrashReport report, List<string> lines)
    {
        if (report.Check.Snapshot is not { } snapshot)
        {
            lines.Add("no code of a driver was running");
            return;
        }
        if (snapshot.Exception is { } record)
            AddWrapped(lines, "exception  ", ExceptionText(record));
        var name = snapshot.ThreadName.Length == 0 ? "" : $" \"{snapshot.ThreadName}\"";
        lines.Add($"thread     T{snapshot.ThreadId}{name} at {Irql.Name(snapshot.Irql)}");
        if (report.Place is { } place)
            AddWrapped(lines, "at         ", place);
        if (snapshot.Routine is { } routine)
            AddWrapped(lines, "in         ", $"{routine}, which used a pointer that the driver had passed");
        if (report.FaultAddress is { } address)
            AddWrapped(
                lines, "address    ",
                $"0x{address:x}: {report.FaultAddressOwner ?? "nothing that is known"}");
    }

    private static string ExceptionText(in EXCEPTION_RECORD record)
    {
        var text = $"{record.ExceptionCode.Name()} (0x{(uint)record.ExceptionCode:X8})";
        if (record.ExceptionCode == NTSTATUS.STATUS_ACCESS_VIOLATION && record.NumberParameters >= 2)
            return $"{text}, {Access(record.ExceptionInformation[0])} 0x{record.ExceptionInformation[1]:x}";
        var words = new StringBuilder(text);
        for (var i = 0; i < Math.Min(record.NumberParameters, 15); i++)
            words.Append(i == 0 ? " with " : ", ").Append($"0x{record.ExceptionInformation[i]:x}");
        return words.ToString();
    }

    internal static void AddWrapped(List<string> lines, string head, string text)
    {
        var width = ColumnsMax - head.Length;
        var indent = new string(' ', head.Length);
        var rest = text;
        while (rest.Length > width)
        {
            var cut = rest.LastIndexOf(' ', width);
            cut = cut <= 0 ? width : cut;
            lines.Add(head + rest[..cut]);
            rest = rest[cut..].TrimStart();
            head = indent;
        }
        lines.Add((head + rest).TrimEnd());
    }
}
