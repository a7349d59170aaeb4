// One row of the compatibility table: a routine, a variable, a control code, an option or an event, and how
// much of it is here. It knows nothing about where the row came from.
namespace OpenWsk.Cli.Compat;

/// <summary>How much of an item is here.</summary>
internal enum CompatLevel
{
    /// <summary>Everything that its documentation says and a driver can see.</summary>
    Full,

    /// <summary>A part; the note says which.</summary>
    Partial,

    /// <summary>The name only: calling it stops the driver or fails as the note says.</summary>
    Stub,

    /// <summary>Nothing: a driver that imports it loads, and is stopped when it calls it.</summary>
    Missing,
}

/// <summary>One item.</summary>
/// <param name="Group">Where it belongs: a library, or a kind of WSK item.</param>
/// <param name="Name">Its Windows name.</param>
/// <param name="Level">How much is here.</param>
/// <param name="Note">What is missing or differs.</param>
internal sealed record CompatItem(string Group, string Name, CompatLevel Level, string Note);
