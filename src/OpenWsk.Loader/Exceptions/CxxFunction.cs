// What a C++ compiler says of one function for its exceptions: states that its code is in, what to destroy on
// the way from each to the next outer one, and its try blocks. Read from the image's file, so the guest
// cannot change it, and checked. It knows nothing about frames; see CxxLanguageHandler.cs.
namespace OpenWsk.Loader;

/// <summary>One state: the state outside it, and the code that cleans up on the way there, or 0.</summary>
internal readonly record struct CxxState(int Outer, uint CleanUp);

/// <summary>One catch block.</summary>
/// <param name="TypeRva">Its type's descriptor; 0 catches everything.</param>
/// <param name="ObjectOffset">Where the function's frame has the variable; 0 when there is none.</param>
/// <param name="CodeRva">The block's code: a function of its own.</param>
/// <param name="FrameOffset">Where the block's own frame keeps the address of the function's.</param>
internal readonly record struct CxxCatchBlock(
    uint Adjectives, uint TypeRva, int ObjectOffset, uint CodeRva, int FrameOffset);

/// <summary>A try block by its states, and its catch blocks with theirs.</summary>
internal sealed record CxxTryBlock(int Low, int High, int CatchHigh, IReadOnlyList<CxxCatchBlock> Catches)
{
    public bool Contains(int state) => state >= Low && state <= High;

    /// <summary>Whether the other one lies in a catch block of this one.</summary>
    public bool HasInCatch(CxxTryBlock other) => other.Low > High && other.High <= CatchHigh;
}

/// <summary>FuncInfo of one function, as __CxxFrameHandler3 gets it.</summary>
internal sealed class CxxFunction
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

    private CxxFunction(ImageView view, ReadOnlySpan<uint> words)
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

    public int StateCount { get; }

    /// <summary>Try blocks, inner ones before those around them.</summary>
    public IReadOnlyList<CxxTryBlock> Tries { get; }

    private uint Flags { get; }

    /// <summary>Whether the code was compiled for C++ exceptions only.</summary>
    public bool IgnoresOthers => (Flags & 1) != 0;

    /// <summary>Whether an exception that leaves the function ends the program.</summary>
    public bool IsNoexcept => (Flags & 4) != 0;

    /// <summary>The information at an RVA; null when it is damaged or of another kind.</summary>
    public static CxxFunction? Read(ImageView view, uint rva)
    {
        Span<uint> words = stackalloc uint[10];
        // The last word is not there in old ones; what is read then is not used.
        for (var i = 0; i < words.Length; i++)
        {
            if (!view.TryRead((ulong)rva + 4 * (ulong)i, out words[i]) && i < words.Length - 1)
                return null;
        }
        var isKnown = (words[0] & MagicMask) is >= MagicFirst and <= MagicFlags;
        return isKnown ? new CxxFunction(view, words) : null;
    }

    /// <summary>The state of the code at an RVA; -1 where nothing is to be done.</summary>
    public int StateAt(uint rva)
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

    /// <summary>One state; false when there is none, or it does not lead outwards.</summary>
    public bool TryState(int number, out CxxState state)
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
        for (uint i = 0; i < Math.Min(count, CountMax); i++)
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
