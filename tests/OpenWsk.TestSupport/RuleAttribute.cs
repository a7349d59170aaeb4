// The link from a test to the rules it proves. The record of proof (docs/internals/proof.md) is built from
// these attributes and the outcome of the run; the attribute itself does nothing when the test runs.
using OpenWsk.Contract;

namespace OpenWsk.TestSupport;

/// <summary>
/// Cites a rule, or a DIFF, OPEN or OBS entry, that the test shows. Ids are written literally, so that a
/// search finds them. On a class it holds for every test of the class.
/// </summary>
/// <remarks>
/// A client rule needs two tests: one breaks it (<see cref="Twin.Violated"/>, the verifier reports this id),
/// one obeys it (<see cref="Twin.Obeyed"/>, no finding).
/// </remarks>
[AttributeUsage(AttributeTargets.Method | AttributeTargets.Class, AllowMultiple = true)]
public sealed class RuleAttribute(string id, Twin twin = Twin.None) : Attribute
{
    /// <summary>The cited id.</summary>
    public string Id { get; } = id;

    /// <summary>Which half of a client rule this test is.</summary>
    public Twin Twin { get; } = twin;
}
