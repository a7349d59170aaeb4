// The benchmarks as a program: `OpenWsk.Bench [NAME ...] [--json] [--quick] [--only=TEXT]`, started by
// `openwsk bench`; only rows whose name holds the text are measured. It must be run from the source tree.
// `OpenWsk.Bench serve ...` is a measured process instead: Serving/. It knows nothing about what is measured.
using OpenWsk.Bench.Results;
using OpenWsk.Bench.Serving;

namespace OpenWsk.Bench;

/// <summary>The entry point.</summary>
internal static class Program
{
    private const int Usage = 2;
    private const int Failed = 1;
    private const string Only = "--only=";

    /// <summary>Runs the benchmarks that are named, or all.</summary>
    public static int Main(string[] words)
    {
        if (words is ["serve", .. var server])
            return Servers.Run(server);
        var names = words.Where(word => !word.StartsWith("--", StringComparison.Ordinal)).ToList();
        var options = words.Except(names).ToList();
        var only = options.FirstOrDefault(word => word.StartsWith(Only, StringComparison.Ordinal));
        var known = Benchmarks.All.Select(bench => bench.Name).ToList();
        if (names.Except(known).Any() || options.Except(["--json", "--quick", only]).Any())
        {
            Console.Error.WriteLine($"bench: name some of {string.Join(", ", known)}, or none for all; "
                + "[--json] [--quick] [--only=TEXT]");
            return Usage;
        }
        using var context = new BenchContext
        {
            IsQuick = options.Contains("--quick"),
            Only = only?[Only.Length..] ?? "",
        };
        var isJson = options.Contains("--json");
        var chosen = Benchmarks.All.Where(bench => names.Count == 0 || names.Contains(bench.Name)).ToList();
        var results = Run(context, chosen, isJson ? TextWriter.Null : Console.Out);
        var files = ResultFiles.Write(results, context.PathOf("bench", "results"), names);
        if (isJson)
            Console.Out.Write(File.ReadAllText(files.Json));
        else
            Console.Out.WriteLine($"written: {files.Json}, {files.Page}, {files.Text}");
        return results.Failures.Any() ? Failed : 0;
    }

    private static RunResults Run(
        BenchContext context, IReadOnlyList<Benchmark> benchmarks, TextWriter output)
    {
        var results = new RunResults(context.IsQuick);
        foreach (var benchmark in benchmarks)
        {
            foreach (var stage in benchmark.Stages(context))
            {
                using (stage)
                {
                    (stage.Schedule ?? (context.IsQuick ? benchmark.Quick : benchmark.Full)).Run(stage.Rows);
                    results.Add(benchmark.Name, stage);
                    Report.WriteTable(output, stage);
                    output.Flush();
                }
            }
        }
        Report.WriteGoals(output, results.Judge());
        return results;
    }
}
