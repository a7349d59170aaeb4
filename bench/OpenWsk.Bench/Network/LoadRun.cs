// One run of whoever makes the operations, as a line of JSON, and the sample that comes of it.
// It knows nothing about processes.
using System.Text.Json;

namespace OpenWsk.Bench.Network;

/// <summary>What a run gave.</summary>
/// <param name="Operations">In the measured time.</param>
/// <param name="Ns">The measured time. Units: nanoseconds.</param>
/// <param name="SubjectNs">Processor time of what is measured in it.</param>
/// <param name="LoadNs">Processor time of the load in it.</param>
/// <param name="All">Operations with those before and after it.</param>
/// <param name="Failed">Operations that failed or were lost.</param>
internal sealed record LoadRun(long Operations, long Ns, long SubjectNs, long LoadNs, long All, long Failed)
{
    private static readonly JsonSerializerOptions s_options = new(JsonSerializerDefaults.Web);

    /// <summary>Reads the line.</summary>
    /// <remarks>Errors: BenchFailureException when it is none.</remarks>
    public static LoadRun Parse(string line)
    {
        try
        {
            return JsonSerializer.Deserialize<LoadRun>(line, s_options)!;
        }
        catch (JsonException)
        {
            throw new BenchFailureException($"no result: {line}");
        }
    }

    /// <summary>Operations in a second, and what each cost.</summary>
    /// <param name="scale">What one operation counts: 1, or its bytes.</param>
    /// <param name="before">Counters before the run.</param>
    /// <param name="after">Counters behind it.</param>
    /// <param name="hasLoad">Whether the load is another process than what is measured.</param>
    public Sample ToSample(double scale, Counters? before, Counters? after, bool hasLoad)
    {
        if (Operations == 0)
            throw new BenchFailureException("not one operation came back");
        return new Sample(Operations * scale * 1e9 / Ns)
        {
            CpuNs = SubjectNs == 0 ? null : (double)SubjectNs / Operations,
            LoadBusy = hasLoad ? (double)LoadNs / Ns : null,
            AllocatedBytes = before is null || after is null
                ? null
                : (double)(after.AllocatedBytes - before.AllocatedAfterBytes) / All,
        };
    }
}
