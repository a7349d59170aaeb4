// The benchmarks as a program: `OpenWsk.Bench hosting [--json] [--quick] [--only=TEXT]`, started by
// `openwsk bench`; only rows whose name holds the text are measured. It must be run from the source tree,
// where its drivers are. It knows nothing about what is measured.
namespace OpenWsk.Bench;

/// <summary>The entry point.</summary>
internal static class Program
{
    private const int Usage = 2;
    private const string Only = "--only=";

    /// <summary>Runs the benchmark that the first word names.</summary>
    public static int Main(string[] words)
    {
        var only = words.FirstOrDefault(word => word.StartsWith(Only, StringComparison.Ordinal));
        if (words is not ["hosting", ..] || words.Skip(1).Except(["--json", "--quick", only]).Any())
        {
            Console.Error.WriteLine("bench: name a benchmark: hosting [--json] [--quick] [--only=TEXT]");
            return Usage;
        }
        var root = FindRoot();
        var driver = Path.Combine(root, "bench", "driver", "bench.sys");
        var image = Path.Combine(root, "samples", "echo-events", "echo-events.sys");
        var cold = HostingBench.LoadCold(driver);
        using var bench = new HostingBench(driver, image);
        var text = only?[Only.Length..] ?? "";
        IReadOnlyList<Row> rows =
            [.. bench.Rows().Append(cold).Where(row => row.Name.Contains(text, StringComparison.Ordinal))];
        (words.Contains("--quick") ? Schedule.Quick : Schedule.Full).Run(rows);
        if (!words.Contains("--json"))
        {
            Report.WriteTable(Console.Out, rows);
            return 0;
        }
        var results = Directory.CreateDirectory(Path.Combine(root, "bench", "results")).FullName;
        var document = Report.ToJson(rows);
        File.WriteAllText(Path.Combine(results, "hosting.json"), document);
        Console.Out.Write(document);
        return 0;
    }

    private static string FindRoot()
    {
        var start = AppContext.BaseDirectory;
        for (var folder = start; folder is not null; folder = Path.GetDirectoryName(folder))
        {
            if (File.Exists(Path.Combine(folder, "OpenWsk.slnx")))
                return folder;
        }
        throw new InvalidOperationException("the benchmarks run from the source tree only");
    }
}
