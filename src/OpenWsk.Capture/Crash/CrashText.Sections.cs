// The sections of a crash report's text behind its head: code, registers, stack, threads, drivers, events. It
// knows nothing about where they came from. Next: CrashText.cs.
using OpenWsk.Abi;
using OpenWsk.Kernel;

namespace OpenWsk.Capture;

public static partial class CrashText
{
    private const int BytesShown = 10;
    private const int FramesOfOthers = 4;

    /// <summary>A frame's function, or the module's offset, or the bare address.</summary>
    internal static string Name(CrashFrame frame)
    {
        var place = frame.Module is null ? $"0x{frame.Address:x}"
            : $"{frame.Module}+0x{frame.ModuleOffset:x}";
        return frame.IsRoutine ? frame.Function ?? "a routine"
            : frame.Function is null ? place
            : $"{frame.Function}{Offset(frame.FunctionOffset)} ({place})";
    }

    private static string Offset(ulong offset) => offset == 0 ? "" : $"+0x{offset:x}";

    private static string LineOf(CrashFrame frame) =>
        frame.File is null ? "" : $", {Path.GetFileName(frame.File.Replace('\\', '/'))}:{frame.Line}";

    /// <summary>What a thread was doing, in one line.</summary>
    public static string Line(CrashThread thread)
    {
        var caller = thread.Stack.FirstOrDefault(frame => !frame.IsRoutine);
        var from = caller is null ? "" : $", called from {Name(caller)}{LineOf(caller)}";
        return $"thread T{thread.Id} {thread.State}{from}";
    }

    private static void Section(
        CrashTextStyle style, List<string> lines, string heading, IEnumerable<string> body)
    {
        lines.Add((style.Strong ?? (static text => text))(heading));
        foreach (var line in body)
            AddWrapped(lines, "  ", line);
    }

    private static void Code(CrashReport report, CrashTextStyle style, List<string> lines)
    {
        if (report.Instructions.Count == 0)
            return;
        var listing = new List<string>();
        foreach (var instruction in report.Instructions)
        {
            if (instruction.Place is { Length: > 0 } place)
                listing.Add($"   {place}");
            var bytes = Convert.ToHexStringLower([.. instruction.Bytes.Take(BytesShown)]);
            var mark = instruction.IsFault ? "=> " : "   ";
            listing.Add($"{mark}{instruction.Address:x12}  {bytes,-20}  {instruction.Text}");
        }
        Section(style, lines, "code", []);
        lines.AddRange(listing.Select(line => Cut($"  {line}")));
        if (report.Operand is { } operand)
            AddWrapped(lines, "     operand  ", operand);
    }

    private static string Cut(string line) =>
        line.Length <= ColumnsMax ? line : line[..(ColumnsMax - 3)] + "...";

    private static void Registers(CrashReport report, CrashTextStyle style, List<string> lines)
    {
        if (report.Check.Snapshot is not { } snapshot)
            return;
        var c = snapshot.Context;
        Section(style, lines, "registers", []);
        lines.Add($"  rax {c.Rax:x16}  rbx {c.Rbx:x16}  rcx {c.Rcx:x16}  rdx {c.Rdx:x16}");
        lines.Add($"  rsi {c.Rsi:x16}  rdi {c.Rdi:x16}  rbp {c.Rbp:x16}  rsp {c.Rsp:x16}");
        lines.Add($"  r8  {c.R8:x16}  r9  {c.R9:x16}  r10 {c.R10:x16}  r11 {c.R11:x16}");
        lines.Add($"  r12 {c.R12:x16}  r13 {c.R13:x16}  r14 {c.R14:x16}  r15 {c.R15:x16}");
        lines.Add($"  rip {c.Rip:x16}  flags {c.EFlags:x8} {Flags(c.EFlags)}");
        if (style.ShowVectors)
            Vectors(c, lines);
        foreach (var register in report.Registers)
            AddWrapped(lines, $"  {register.Name,-3} -> ", register.PointsTo);
    }

    private static void Vectors(in CONTEXT context, List<string> lines)
    {
        for (var i = 0; i < 16; i += 2)
        {
            var (low, high) = (context.Xmm[i], context.Xmm[i + 1]);
            lines.Add(
                $"  xmm{i,-2} {low.High:x16}_{low.Low:x16}  xmm{i + 1,-2} {high.High:x16}_{high.Low:x16}");
        }
    }

    private static string Flags(uint flags)
    {
        (int Bit, string Name)[] names =
            [(0, "CF"), (2, "PF"), (4, "AF"), (6, "ZF"), (7, "SF"), (9, "IF"), (10, "DF"), (11, "OF")];
        return string.Join(' ', names.Where(f => (flags >> f.Bit & 1) != 0).Select(f => f.Name));
    }

    private static void Stack(CrashReport report, CrashTextStyle style, List<string> lines)
    {
        if (report.Stack.Count != 0)
            Section(style, lines, "stack", report.Stack.Select(FrameText));
    }

    // Where only one frame was kept, the line of the address has it already.
    private static void Block(CrashReport report, CrashTextStyle style, List<string> lines)
    {
        if (report.BlockMade.Count > 1)
            Section(style, lines, "the block was made at", report.BlockMade.Select(FrameText));
        if (report.BlockFreed.Count > 1)
            Section(style, lines, "the block was freed at", report.BlockFreed.Select(FrameText));
    }

    private static string FrameText(CrashFrame frame, int index) =>
        $"{index,2}  {Name(frame)}{(frame.IsRoutine ? "  [OpenWsk]" : LineOf(frame))}";

    private static void Threads(CrashReport report, CrashTextStyle style, List<string> lines)
    {
        if (report.Threads.Count == 0)
            return;
        Section(style, lines, "threads in drivers", []);
        foreach (var thread in report.Threads)
        {
            var name = thread.Name.Length == 0 ? "" : $" \"{thread.Name}\"";
            AddWrapped(lines, "  ", $"T{thread.Id}{name} at {Irql.Name(thread.Irql)}: {thread.State}");
            if (thread.Id == report.Check.Snapshot?.ThreadId)
                continue;
            foreach (var frame in thread.Stack.Where(f => !f.IsRoutine).Take(FramesOfOthers))
                AddWrapped(lines, "      ", Name(frame) + LineOf(frame));
        }
    }

    private static void Drivers(CrashReport report, CrashTextStyle style, List<string> lines)
    {
        Section(style, lines, "drivers", []);
        foreach (var module in report.Modules)
        {
            AddWrapped(lines, "  ", $"{module.Name} at 0x{module.Start:x}, {module.SizeBytes} bytes, "
                + $"time stamp 0x{module.TimeStamp:x8}, checksum 0x{module.CheckSum:x}");
            if (module.PdbIdentity is { } pdb)
                AddWrapped(lines, "      ", $"PDB {pdb}");
            var symbols = module.Symbols.Count == 0 ? "none" : string.Join(", ", module.Symbols);
            AddWrapped(lines, "      ", $"symbols: {symbols}");
            foreach (var note in module.SymbolNotes)
                AddWrapped(lines, "      ", $"note: {note}");
        }
    }

    private static void Events(CrashReport report, CrashTextStyle style, List<string> lines)
    {
        if (report.Events.Count == 0)
            return;
        Section(style, lines, "last events (seconds, thread, IRQL)", []);
        lines.AddRange(report.Events.Select(line => Cut($"  {line}")));
    }
}
