// What the machine's plain calls cost, beside which ours are judged: C# to a shared library and back, with
// and without a call of C# from there. The library is compiled when the benchmark starts, if a C compiler is
// there. It knows nothing about drivers.
using System.Diagnostics;
using System.Runtime.InteropServices;

namespace OpenWsk.Bench.Hosting;

/// <summary>Calls of a C library.</summary>
internal static unsafe class PlainCalls
{
    private const string Source = """
        typedef unsigned long long u64;
        u64 leaf(u64 value) { return value + 1; }
        u64 round_trip(u64 (*back)(u64), u64 value) { return back(value) + 1; }
        u64 loop(u64 (*back)(u64), u64 rounds)
        {
            u64 sum = 0;
            for (u64 i = 0; i < rounds; i++)
                sum = back(sum + i);
            return sum;
        }
        """;

    private static readonly string[] s_compilers = ["cc", "gcc", "clang", "clang-19"];

    /// <summary>The rows, measured or with the reason why not.</summary>
    public static IEnumerable<Row> Rows()
    {
        const string PInvoke = "plain P/Invoke, C# -> .so -> C#";
        const string Round = "plain round trip, C# -> .so -> C# -> .so -> C#";
        const string Reverse = "plain call of C# from a loop in the .so";
        if (TryBuild() is not { } library)
            return new[] { PInvoke, Round, Reverse }
                .Select(name => new Row(name, null, 0, null, "no C compiler on the path"));
        var leaf = NativeLibrary.GetExport(library, "leaf");
        var roundTrip = NativeLibrary.GetExport(library, "round_trip");
        var loop = NativeLibrary.GetExport(library, "loop");
        return
        [
            new Row(PInvoke, null, 300_000, n => RunLeaf((delegate* unmanaged<ulong, ulong>)leaf, n)),
            new Row(
                Round, null, 300_000,
                n => RunRoundTrip((delegate* unmanaged<nint, ulong, ulong>)roundTrip, n)),
            new Row(Reverse, null, 300_000, n => RunLoop((delegate* unmanaged<nint, ulong, ulong>)loop, n)),
        ];
    }

    private static double RunLeaf(delegate* unmanaged<ulong, ulong> leaf, long operations)
    {
        var start = Stopwatch.GetTimestamp();
        ulong value = 0;
        for (var i = 0L; i < operations; i++)
            value = leaf(value);
        return Stopwatch.GetElapsedTime(start).TotalNanoseconds;
    }

    private static double RunRoundTrip(delegate* unmanaged<nint, ulong, ulong> roundTrip, long operations)
    {
        var back = (nint)(delegate* unmanaged<ulong, ulong>)&Back;
        var start = Stopwatch.GetTimestamp();
        ulong value = 0;
        for (var i = 0L; i < operations; i++)
            value = roundTrip(back, value);
        return Stopwatch.GetElapsedTime(start).TotalNanoseconds;
    }

    private static double RunLoop(delegate* unmanaged<nint, ulong, ulong> loop, long operations)
    {
        var back = (nint)(delegate* unmanaged<ulong, ulong>)&Back;
        var start = Stopwatch.GetTimestamp();
        loop(back, (ulong)operations);
        return Stopwatch.GetElapsedTime(start).TotalNanoseconds;
    }

    [UnmanagedCallersOnly]
    private static ulong Back(ulong value) => value + 1;

    private static nint? TryBuild()
    {
        var folder = Directory.CreateTempSubdirectory("openwsk-bench-");
        try
        {
            var source = Path.Combine(folder.FullName, "plain.c");
            var library = Path.Combine(folder.FullName, "plain.so");
            File.WriteAllText(source, Source);
            string[] options = ["-O2", "-shared", "-fPIC", "-o", library, source];
            return s_compilers.Any(compiler => TryRun(compiler, options))
                ? NativeLibrary.Load(library)
                : null;
        }
        finally
        {
            folder.Delete(true);
        }
    }

    private static bool TryRun(string program, string[] arguments)
    {
        try
        {
            using var process = Process.Start(program, arguments);
            process.WaitForExit();
            return process.ExitCode == 0;
        }
        catch (System.ComponentModel.Win32Exception)
        {
            return false;
        }
    }
}
