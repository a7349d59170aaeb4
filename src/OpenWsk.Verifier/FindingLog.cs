// Keeps what a run breaks: one finding for each rule and account, with a count. It listens to the world's
// events and asks nothing; the subjects notice breaches themselves, because they must answer them with a
// status anyway. It knows nothing about exit codes or formats.
using OpenWsk.Contract;
using OpenWsk.Ports;

namespace OpenWsk.Verifier;

/// <summary>Collects the breaches of a world.</summary>
public sealed class FindingLog : IEventSink
{
    // A driver that breaks a rule in a loop with a changing account must not fill our memory.
    private const int FindingsMax = 1000;
    private readonly Lock _lock = new();
    private readonly Dictionary<(string Rule, string Detail), Finding> _findings = [];
    private readonly List<(string Rule, string Detail)> _order = [];

    /// <summary>The findings in the order of their first breach.</summary>
    public IReadOnlyList<Finding> Findings
    {
        get
        {
            lock (_lock)
                return [.. _order.Select(key => _findings[key])];
        }
    }

    /// <summary>Breaches beyond the number that is kept.</summary>
    public int Dropped { get; private set; }

    /// <inheritdoc/>
    public bool Wants(KernelEventKind kind) => kind == KernelEventKind.Breach;

    /// <summary>Takes one event.</summary>
    public void OnEvent(in KernelEvent e)
    {
        if (e.Kind != KernelEventKind.Breach)
            return;
        var key = (e.Text ?? "", e.Detail ?? "");
        lock (_lock)
        {
            if (_findings.TryGetValue(key, out var known))
            {
                _findings[key] = known with { Count = known.Count + 1 };
                return;
            }
            if (_order.Count == FindingsMax)
            {
                Dropped++;
                return;
            }
            _findings[key] =
                new Finding(key.Item1, Catalogue.Find(key.Item1), key.Item2, e.ThreadId, e.TimeNs, 1)
                {
                    StackNumber = (int)e.Value,
                };
            _order.Add(key);
        }
    }
}
