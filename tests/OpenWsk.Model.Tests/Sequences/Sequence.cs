// A random sequence of calls from a seed: steps of one to three calls that are made at the same time by as
// many threads. The seed is all that is needed to get the same sequence again. Most calls are drawn by a
// Draft, so that sockets get somewhere; the others are any calls on any slots. It knows nothing about
// outcomes.
using OpenWsk.Simulation;

namespace OpenWsk.Model.Tests;

/// <summary>Calls that are made at the same time.</summary>
public sealed record Step(IReadOnlyList<Operation> Calls)
{
    public override string ToString() => string.Join("  ||  ", Calls);
}

/// <summary>A sequence, and how its world is set.</summary>
/// <param name="CompletesInline">WskSettings.Completion is Inline.</param>
public sealed record Sequence(ulong Seed, bool CompletesInline, IReadOnlyList<Step> Steps)
{
    /// <summary>Slots for sockets.</summary>
    public const int Slots = 7;

    private const int StepsMax = 24;
    private const int CallsMax = 3;

    // How often each kind is drawn, in parts of the sum.
    private static readonly (OperationKind Kind, int Weight)[] s_weights =
    [
        (OperationKind.Open, 18), (OperationKind.OpenWrongly, 2), (OperationKind.Bind, 20),
        (OperationKind.Listen, 4), (OperationKind.Accept, 14), (OperationKind.Connect, 16),
        (OperationKind.SocketConnect, 8), (OperationKind.Send, 12), (OperationKind.Receive, 14),
        (OperationKind.Disconnect, 6), (OperationKind.Abort, 3), (OperationKind.SendTo, 8),
        (OperationKind.ReceiveFrom, 8), (OperationKind.LocalAddress, 3), (OperationKind.RemoteAddress, 3),
        (OperationKind.SetReuse, 2), (OperationKind.SetExclusive, 2), (OperationKind.Cancel, 5),
        (OperationKind.Close, 9), (OperationKind.WrongTable, 2), (OperationKind.WithoutIrp, 1),
        (OperationKind.AfterClose, 1),
    ];

    private static readonly int s_sum = s_weights.Sum(w => w.Weight);

    public static Sequence From(ulong seed)
    {
        var random = new SimEntropy(seed, "model");
        var draft = new Draft(random);
        var steps = new List<Step>();
        var count = 4 + random.Below(StepsMax - 4);
        for (var i = 0; i < count; i++)
        {
            var calls = random.Below(3) == 0 ? 1 + random.Below(CallsMax) : 1;
            var drawn = Enumerable.Range(0, calls)
                .Select(_ => random.Below(6) == 0 ? Any(random) : draft.Draw());
            steps.Add(new Step([.. drawn]));
        }
        return new Sequence(seed, random.Below(3) == 0, steps);
    }

    public override string ToString() =>
        $"{(CompletesInline ? "inline" : "pended")} completions"
        + string.Concat(Steps.Select((step, i) => $"{Environment.NewLine}  {i + 1}. {step}"));

    private static Operation Any(SimEntropy random)
    {
        var at = random.Below(s_sum);
        var kind = s_weights.First(w => (at -= w.Weight) < 0).Kind;
        return new Operation(
            kind,
            random.Below(Slots),
            random.Below(Slots),
            Amount(random),
            random.Below(256),
            random.Below(4) == 0);
    }

    /// <summary>A number of bytes, mostly few.</summary>
    internal static int Amount(SimEntropy random) => random.Below(8) switch
    {
        0 => 0,
        1 => 1,
        2 => 1 + random.Below(3000),
        _ => 1 + random.Below(64),
    };
}
