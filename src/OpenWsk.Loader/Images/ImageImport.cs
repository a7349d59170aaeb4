// What an image's import table says, before anybody looks for the names.
// Next: Imports/ImportResolver.cs.
namespace OpenWsk.Loader;

/// <summary>One imported name and the slot that receives its address.</summary>
public sealed record ImageImport(string Library, string Name, uint SlotRva)
{
    public override string ToString() => $"{Library}!{Name}";
}
