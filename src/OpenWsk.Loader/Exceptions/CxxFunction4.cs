// What __CxxFrameHandler4 gets of a function: the same as the older handler, in numbers of variable length,
// with addresses relative to the function, and one set for each catch block too. The layout is that of the
// FH4 data of Microsoft's compilers since 2019. Every number is checked. It knows nothing about frames; see
// CxxLanguageHandler.cs, and CxxNumbers.cs for the numbers.
namespace OpenWsk.Loader;

/// <summary>FuncInfo4 of one function or of one catch block.</summary>
internal sealed class CxxFunction4 : CxxFunction
{
    // More than any function has; damaged counts cost no more than this.
    private const uint CountMax = 1 << 16;
    private const byte IsCatch = 0x01;
    private const byte IsSeparated = 0x02;
    private const byte HasBlockFlags = 0x04;
    private const byte HasStates = 0x08;
    private const byte HasTries = 0x10;
    private const byte OnlyCxx = 0x20;
    private const byte Noexcept = 0x40;
    private const byte Reserved = 0x80;
    private readonly List<CxxState> _states = [];
    private readonly List<(uint Rva, int State)> _addresses = [];
    private readonly List<CxxTryBlock> _tries = [];
    private readonly byte _flags;
    private readonly int _frameOffset;
    private uint _catchesLeft = CountMax;

    private CxxFunction4(CxxNumbers numbers, byte flags, uint begin, uint piece)
    {
        _flags = flags;
        if (Has(HasBlockFlags))
            numbers.Next();
        var states = Has(HasStates) ? numbers.NextRva() : 0;
        var tries = Has(HasTries) ? numbers.NextRva() : 0;
        var addresses = numbers.NextRva();
        _frameOffset = Has(IsCatch) ? (int)numbers.Next() : 0;
        if (Has(IsSeparated))
            (addresses, begin) = (FindPiece(numbers.At(addresses), piece), piece);
        ReadStates(numbers.At(states));
        ReadAddresses(numbers.At(addresses), begin);
        ReadTries(numbers.At(tries), begin);
    }

    public override IReadOnlyList<CxxTryBlock> Tries => _tries;

    public override bool IgnoresOthers => Has(OnlyCxx);

    public override bool IsNoexcept => Has(Noexcept) && !Has(IsCatch);

    /// <summary>The information at an RVA; null when it is damaged or of another kind.</summary>
    /// <param name="begin">Where the function begins whose code was running.</param>
    /// <param name="piece">Where the piece of it begins, when the compiler has cut it.</param>
    public static CxxFunction4? Read(ImageView view, uint rva, uint begin, uint piece)
    {
        var numbers = new CxxNumbers(view, rva);
        var flags = numbers.NextByte();
        return numbers.IsGood && (flags & Reserved) == 0
            ? new CxxFunction4(numbers, flags, begin, piece)
            : null;
    }

    public override int StateAt(uint rva)
    {
        var state = -1;
        foreach (var entry in _addresses)
        {
            if (entry.Rva > rva)
                break;
            state = entry.State;
        }
        return state < _states.Count ? state : -1;
    }

    public override bool TryState(int number, out CxxState state)
    {
        var isThere = number >= 0 && number < _states.Count;
        state = isThere ? _states[number] : default;
        return isThere && state.Outer < number;
    }

    private bool Has(byte flag) => (_flags & flag) != 0;

    // A piece that is not listed has no states.
    private static uint FindPiece(CxxNumbers numbers, uint piece)
    {
        var count = Math.Min(numbers.Next(), CountMax);
        for (uint i = 0; i < count && numbers.IsGood; i++)
        {
            var begin = numbers.NextRva();
            var addresses = numbers.NextRva();
            if (begin == piece && numbers.IsGood)
                return addresses;
        }
        return 0;
    }

    // An entry names the one outside it by the distance of their bytes; one before the first is none.
    private void ReadStates(CxxNumbers numbers)
    {
        var count = Math.Min(numbers.Next(), CountMax);
        var begins = new Dictionary<uint, int>();
        var start = numbers.Rva;
        for (var i = 0; i < count; i++)
        {
            var at = numbers.Rva;
            var word = numbers.Next();
            var kind = (CxxCleanUp)0;
            var action = (word & 3) == 0 ? 0 : numbers.NextRva();
            var offset = 0;
            if ((word & 3) is 1 or 2)
            {
                kind = (word & 3) == 1 ? CxxCleanUp.Object : CxxCleanUp.Pointer;
                offset = (int)numbers.Next();
            }
            if (!numbers.IsGood)
                break;
            begins[at] = i;
            // A distance of nothing, or one into an entry, is damage: such a state leads nowhere.
            var distance = word >> 2;
            var outer = distance > at - start ? -1
                : begins.TryGetValue(at - distance, out var found) ? found
                : i;
            _states.Add(new CxxState(outer, action, kind, offset));
        }
    }

    private void ReadAddresses(CxxNumbers numbers, uint begin)
    {
        var count = Math.Min(numbers.Next(), CountMax);
        var rva = begin;
        for (uint i = 0; i < count; i++)
        {
            rva += numbers.Next();
            var state = (int)numbers.Next() - 1;
            if (!numbers.IsGood)
                break;
            _addresses.Add((rva, state));
        }
    }

    private void ReadTries(CxxNumbers numbers, uint begin)
    {
        var count = Math.Min(numbers.Next(), CountMax);
        for (uint i = 0; i < count; i++)
        {
            var (low, high, catchHigh) = ((int)numbers.Next(), (int)numbers.Next(), (int)numbers.Next());
            var catches = ReadCatches(numbers.At(numbers.NextRva()), begin);
            if (!numbers.IsGood)
                break;
            _tries.Add(new CxxTryBlock(low, high, catchHigh, catches));
        }
    }

    private List<CxxCatchBlock> ReadCatches(CxxNumbers numbers, uint begin)
    {
        const byte adjectives = 0x01, type = 0x02, variable = 0x04, isRva = 0x08;
        var catches = new List<CxxCatchBlock>();
        var count = numbers.Next();
        for (uint i = 0; i < count && _catchesLeft != 0; i++, _catchesLeft--)
        {
            var flags = numbers.NextByte();
            var how = (flags & adjectives) != 0 ? numbers.Next() : 0;
            var what = (flags & type) != 0 ? numbers.NextRva() : 0;
            var where = (flags & variable) != 0 ? (int)numbers.Next() : 0;
            var code = numbers.NextRva();
            var places = (flags >> 4) & 3;
            var first = places >= 1 ? Place() : 0;
            var second = places >= 2 ? Place() : 0;
            if (!numbers.IsGood || places > 2)
                break;
            catches.Add(new CxxCatchBlock(
                how, what, where, code, _frameOffset, new CxxContinuation(first, second)));

            uint Place() => (flags & isRva) != 0 ? numbers.NextRva() : begin + numbers.Next();
        }
        return catches;
    }
}
