// What an image's import table says, before anybody looks for the names.
// Next: Imports/ImportResolver.cs.
namespace OpenWsk.Loader;

/// <summary>One imported name, or #number, and the slot that receives its address.</summary>
public sealed record ImageImport(string Library, string Name, uint SlotRva)
{
    /// <summary>The number, when it is imported by that; its name is # and the number then.</summary>
    public uint? Ordinal { get; init; }

    public override string ToString() => $"{Library}!{Name}";
}
