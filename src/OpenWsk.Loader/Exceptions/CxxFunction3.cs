// What __CxxFrameHandler3 gets of a function: tables of numbers at fixed places, one set for the function and
// all its catch blocks. Every number is checked. It knows nothing about frames; see CxxLanguageHandler.cs.
namespace OpenWsk.Loader;

/// <summary>FuncInfo of one function.</summary>
internal sealed class CxxFunction3 : CxxFunction
{
    // The compiler's marks: older ones have no flags at the end.
    private const uint MagicFirst = 0x19930520;
    private const uint MagicFlags = 0x19930522;
    private const uint MagicMask = 0x1FFFFFFF;

    // More than any function has; damaged counts cost no more than this.
    private const uint CountMax = 1 << 16;
    private readonly ImageView _view;
    private readonly uint _stateMap;
    private readonly uint _addressMap;
    private readonly uint _addressCount;
    private uint _catchesLeft = CountMax;

    private CxxFunction3(ImageView view, ReadOnlySpan<uint> words)
    {
        _view = view;
        StateCount = (int)Math.Min(words[1], CountMax);
        _stateMap = words[2];
        _addressCount = Math.Min(words[5], CountMax);
        _addressMap = words[6];
        // Without flags it is code of an old compiler, whose catch (...) takes everything.
        Flags = (words[0] & MagicMask) >= MagicFlags ? words[9] : 0;
        Tries = ReadTries(words[3], words[4]);
    }

    private int StateCount { get; }

    public override IReadOnlyList<CxxTryBlock> Tries { get; }

    private uint Flags { get; }

    public override bool IgnoresOthers => (Flags & 1) != 0;

    public override bool IsNoexcept => (Flags & 4) != 0;

    /// <summary>The information at an RVA; null when it is damaged or of another kind.</summary>
    public static CxxFunction3? Read(ImageView view, uint rva)
    {
        Span<uint> words = stackalloc uint[10];
        // The last word is not there in old ones; what is read then is not used.
        for (var i = 0; i < words.Length; i++)
        {
            if (!view.TryRead((ulong)rva + 4 * (ulong)i, out words[i]) && i < words.Length - 1)
                return null;
        }
        var isKnown = (words[0] & MagicMask) is >= MagicFirst and <= MagicFlags;
        return isKnown ? new CxxFunction3(view, words) : null;
    }

    public override int StateAt(uint rva)
    {
        var state = -1;
        for (uint i = 0; i < _addressCount; i++)
        {
            var at = _addressMap + 8ul * i;
            if (!_view.TryRead(at, out uint begin) || begin > rva
                || !_view.TryRead(at + 4, out uint found))
                break;
            state = (int)found;
        }
        return state < StateCount ? state : -1;
    }

    public override bool TryState(int number, out CxxState state)
    {
        state = default;
        var at = _stateMap + 8 * (ulong)number;
        if (number < 0 || number >= StateCount
            || !_view.TryRead(at, out uint outer) || !_view.TryRead(at + 4, out uint action))
            return false;
        state = new CxxState(Math.Max((int)outer, -1), action);
        return state.Outer < number;
    }

    private List<CxxTryBlock> ReadTries(uint count, uint rva)
    {
        const int entryBytes = 20;
        var tries = new List<CxxTryBlock>();
        Span<int> words = stackalloc int[5];
        for (uint i = 0; i < Math.Min(count, CountMax); i++)
        {
            if (!TryReadWords(rva + entryBytes * (ulong)i, words))
                break;
            var catches = ReadCatches((uint)words[3], (uint)words[4]);
            tries.Add(new CxxTryBlock(words[0], words[1], words[2], catches));
        }
        return tries;
    }

    private List<CxxCatchBlock> ReadCatches(uint count, uint rva)
    {
        const int entryBytes = 20;
        var catches = new List<CxxCatchBlock>();
        Span<int> words = stackalloc int[5];
        for (uint i = 0; i < count && _catchesLeft != 0; i++, _catchesLeft--)
        {
            if (!TryReadWords(rva + entryBytes * (ulong)i, words))
                break;
            catches.Add(new CxxCatchBlock(
                (uint)words[0], (uint)words[1], words[2], (uint)words[3], words[4]));
        }
        return catches;
    }

    private bool TryReadWords(ulong rva, Span<int> words)
    {
        for (var i = 0; i < words.Length; i++)
        {
            if (!_view.TryRead(rva + 4 * (ulong)i, out uint word))
                return false;
            words[i] = (int)word;
        }
        return true;
    }
}
