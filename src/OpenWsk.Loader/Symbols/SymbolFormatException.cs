// Debug data that does not hold together. It never leaves this folder: ImageSymbols.cs turns it into "no
// symbols", with its message as the reason. It is an exception because readers of such formats are deep and
// nothing in them can go on.
namespace OpenWsk.Loader;

/// <summary>Debug data is damaged, or larger than anything real.</summary>
internal sealed class SymbolFormatException(string message) : Exception(message);
