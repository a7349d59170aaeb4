// One name in the table of a simulated world, with how its look-ups go: time, failure, who may see it.
// It knows nothing about looking up: SimResolver.cs does that.
using OpenWsk.Abi;
using OpenWsk.Ports;

namespace OpenWsk.Net.Sim;

/// <summary>A name; made by <see cref="SimResolver"/>.</summary>
public sealed class SimName
{
    internal SimName(string name) => Name = name;

    /// <summary>The name as it was added.</summary>
    public string Name { get; }

    /// <summary>
    /// How long a look-up takes; null for the resolver's usual time, <see cref="IParker.Never"/> for one that
    /// nobody answers. Units: nanoseconds.
    /// </summary>
    public long? DelayNs { get; set; }

    /// <summary>
    /// What look-ups of the name fail with; null for none. STATUS_RETRY is a server that does not answer.
    /// </summary>
    public NTSTATUS? Failure { get; set; }

    /// <summary>The SID that an account must have to see the name; null for every account.</summary>
    public string? VisibleTo { get; set; }

    /// <summary>The name that this one stands for; null when it has addresses itself.</summary>
    internal string? Target { get; set; }

    internal List<EndpointAddress> Addresses { get; } = [];

    internal bool IsVisibleTo(IReadOnlySet<string> account) =>
        VisibleTo is null || account.Contains(VisibleTo);
}
