// One numbered rule of the contract, and the small vocabulary it uses: whom it binds and what it rests on.
// It does not know where the rows come from (ContractTable) nor whether a test proves it (ContractReport).
namespace OpenWsk.Contract;

/// <summary>Whom a rule binds.</summary>
public enum RuleBinding
{
    /// <summary>The implementation of WSK: a test makes the call and checks the result.</summary>
    Provider,

    /// <summary>
    /// The driver: the verifier reports a violation; one test breaks the rule, another obeys it.
    /// </summary>
    Client,
}

/// <summary>What a rule rests on, hardest first.</summary>
public enum RuleBasis
{
    /// <summary>A documentation page says so.</summary>
    Doc,

    /// <summary>Only the public header says so.</summary>
    Header,

    /// <summary>Public drivers depend on it.</summary>
    Usage,

    /// <summary>It follows from documented rules; an observation may overturn it.</summary>
    Inferred,
}

/// <summary>One rule of the contract.</summary>
/// <param name="Id">GROUP-nn; never renumbered, never reused.</param>
/// <param name="Group">The part of the id before the dash.</param>
/// <param name="Binds">Whom it binds.</param>
/// <param name="Basis">What it rests on.</param>
/// <param name="Text">The rule in one sentence.</param>
/// <param name="Source">Documentation pages by file name, headers or public code.</param>
public sealed record Rule(
    string Id, string Group, RuleBinding Binds, RuleBasis Basis, string Text, string Source)
{
    /// <summary>A dropped rule keeps its row with this text; it needs no proof.</summary>
    public bool IsWithdrawn => Text == "withdrawn";
}

/// <summary>The rules that share a subject, in the order of their numbers.</summary>
/// <param name="Id">SCONN, IRP, ...</param>
/// <param name="Subject">What the group is about.</param>
/// <param name="Rules">The rules, withdrawn ones included.</param>
public sealed record RuleGroup(string Id, string Subject, IReadOnlyList<Rule> Rules);

/// <summary>
/// What is known beside the rules: DIFF-nn where sources disagree, OPEN-nn where they are silent, OBS-nn what
/// Windows was seen to do. Tests and comments cite these ids like rules; none of them asks for proof by
/// itself.
/// </summary>
/// <param name="Id">DIFF-nn, OPEN-nn or OBS-nn.</param>
/// <param name="Subject">The subject or question; empty for an observation.</param>
/// <param name="Evidence">What the sources say, or what was seen.</param>
/// <param name="Choice">What to build; empty for an observation.</param>
public sealed record Note(string Id, string Subject, string Evidence, string Choice);
