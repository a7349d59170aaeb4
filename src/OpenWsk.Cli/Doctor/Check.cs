// One thing that the machine should have, and what follows where it does not.
// It knows nothing about how it is printed: that is DoctorVerb.
namespace OpenWsk.Cli.Doctor;

/// <summary>How much hangs on a check.</summary>
internal enum Need
{
    /// <summary>Without it no driver runs.</summary>
    Required,

    /// <summary>Without it something named does not work.</summary>
    Optional,
}

/// <summary>The outcome of one check.</summary>
/// <param name="Name">What was looked for.</param>
/// <param name="Need">How much hangs on it.</param>
/// <param name="IsThere">Whether it is there.</param>
/// <param name="Found">What was found, or why it is missing.</param>
/// <param name="Follows">What follows when it is missing; empty when it is there.</param>
internal sealed record Check(string Name, Need Need, bool IsThere, string Found, string Follows);
