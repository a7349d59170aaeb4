// Bounds what reading one image's debug data may cost. Such data is hostile input: a few bytes of it can ask
// for endless work, because units refer to shared tables. It knows nothing about formats.
namespace OpenWsk.Loader;

/// <summary>Steps and characters that may still be spent.</summary>
internal sealed class SymbolBudget
{
    // Ten times what the debug data of a 100 MB driver needs.
    private long _steps = 100_000_000;
    private long _chars = 64 << 20;

    /// <summary>Pays for work in proportion to <paramref name="count"/>.</summary>
    public void Spend(long count = 1)
    {
        _steps -= count;
        if (_steps < 0)
            throw new SymbolFormatException("the debug data asks for more work than any real driver's");
    }

    /// <summary>Pays for a name that is kept.</summary>
    public void SpendText(int chars)
    {
        _chars -= chars;
        if (_chars < 0)
            throw new SymbolFormatException("the debug data has more text than any real driver's");
    }
}
