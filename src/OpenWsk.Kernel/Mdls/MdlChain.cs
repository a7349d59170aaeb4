// The data of a WSK_BUF: a window of Length bytes that begins at Offset in the first MDL of a chain.
// Enumerating gives the pieces in order; nothing is allocated and nothing outside the window is ever named.
// It knows nothing about who owns the chain or about IRPs.
using OpenWsk.Abi;
using static OpenWsk.Abi.WskConstants;

namespace OpenWsk.Kernel;

/// <summary>What is wrong with a WSK_BUF.</summary>
public enum MdlProblem
{
    None,

    /// <summary>Length is not zero and there is no MDL.</summary>
    NoMdl,

    /// <summary>Offset lies outside the first MDL.</summary>
    OffsetOutside,

    /// <summary>The chain is shorter than Offset plus Length.</summary>
    TooShort,

    /// <summary>
    /// An MDL describes memory that is neither locked nor nonpaged pool, or none at all: address 0.
    /// </summary>
    NotLocked,
}

/// <summary>One contiguous piece of guest memory.</summary>
public readonly record struct MdlWindow(nuint Address, int LengthBytes)
{
    public Span<byte> Span => GuestMemory.Span(Address, LengthBytes);
}

/// <summary>The bytes that a WSK_BUF names.</summary>
/// <remarks>
/// Preconditions: <see cref="FindProblem"/> gave None before windows are enumerated or bytes are copied.
/// Rules: MDL-01, MDL-02, MDL-04, MDL-10.
/// </remarks>
public readonly struct MdlChain(in WSK_BUF buffer)
{
    // One window is at most this long, so that lengths are ints; an MDL can describe almost 4 GB.
    private const uint WindowMax = 1u << 30;

    private const short Usable = MDL_PAGES_LOCKED | MDL_SOURCE_IS_NONPAGED_POOL | MDL_PARTIAL;

    // No sane chain is longer; a chain that is linked in a circle is.
    private const int LinksMax = 1 << 20;

    public GuestPtr<MDL> First { get; } = buffer.Mdl;

    public uint Offset { get; } = buffer.Offset;

    /// <summary>Units: bytes.</summary>
    public nuint Length { get; } = buffer.Length;

    /// <summary>The rule that a problem breaks.</summary>
    public static string RuleOf(MdlProblem problem) => problem switch
    {
        MdlProblem.OffsetOutside => "MDL-03",
        MdlProblem.NoMdl or MdlProblem.TooShort => "MDL-07",
        MdlProblem.NotLocked => "MDL-06",
        _ => throw new ArgumentOutOfRangeException(nameof(problem)),
    };

    /// <summary>
    /// The one piece of a buffer that lies in one MDL; false for every other, good or bad.
    /// </summary>
    public static bool TryGetOnly(in WSK_BUF buffer, out MdlWindow window)
    {
        window = default;
        if (buffer.Mdl.IsNull || buffer.Length - 1 >= WindowMax)
            return false;
        ref var mdl = ref buffer.Mdl.Value;
        var bytes = (nuint)mdl.ByteCount;
        if (buffer.Offset >= bytes || buffer.Length > bytes - buffer.Offset || (mdl.MdlFlags & Usable) == 0)
            return false;
        var address = AddressOf(buffer.Mdl);
        window = new MdlWindow(address + buffer.Offset, (int)buffer.Length);
        return address != 0;
    }

    /// <summary>Checks the chain without touching the data.</summary>
    public MdlProblem FindProblem()
    {
        if (Length == 0)
            return MdlProblem.None;
        if (First.IsNull)
            return MdlProblem.NoMdl;
        if (Offset >= First.Value.ByteCount)
            return MdlProblem.OffsetOutside;
        var left = Length;
        var skip = (nuint)Offset;
        var links = 0;
        for (var mdl = First; left > 0; mdl = mdl.Value.Next)
        {
            if (mdl.IsNull || ++links > LinksMax)
                return MdlProblem.TooShort;
            if ((mdl.Value.MdlFlags & Usable) == 0 || AddressOf(mdl) == 0)
                return MdlProblem.NotLocked;
            var here = mdl.Value.ByteCount - skip;
            left -= nuint.Min(left, here);
            skip = 0;
        }
        return MdlProblem.None;
    }

    /// <summary>The pieces in order; none is empty.</summary>
    public Enumerator GetEnumerator() => new(this, 0);

    /// <summary>The pieces behind the first <paramref name="skipBytes"/> bytes.</summary>
    public Enumerator From(nuint skipBytes) => new(this, skipBytes);

    /// <summary>Copies bytes into the window from a place in it on; returns how many fitted.</summary>
    public int CopyFrom(ReadOnlySpan<byte> source, nuint at = 0)
    {
        var copied = 0;
        for (var pieces = From(at); copied < source.Length && pieces.MoveNext();)
        {
            var count = Math.Min(pieces.Current.LengthBytes, source.Length - copied);
            source.Slice(copied, count).CopyToGuest(pieces.Current.Span);
            copied += count;
        }
        return copied;
    }

    /// <summary>Copies bytes out of the window from a place in it on; returns how many there were.</summary>
    public int CopyTo(Span<byte> target, nuint at = 0)
    {
        var copied = 0;
        for (var pieces = From(at); copied < target.Length && pieces.MoveNext();)
        {
            var count = Math.Min(pieces.Current.LengthBytes, target.Length - copied);
            pieces.Current.Span[..count].CopyToGuest(target[copied..]);
            copied += count;
        }
        return copied;
    }

    /// <summary>Where an MDL's bytes are.</summary>
    public static nuint AddressOf(GuestPtr<MDL> mdl)
    {
        ref var m = ref mdl.Value;
        const short mapped = MDL_MAPPED_TO_SYSTEM_VA | MDL_SOURCE_IS_NONPAGED_POOL;
        return (m.MdlFlags & mapped) != 0 ? m.MappedSystemVa : m.StartVa + m.ByteOffset;
    }

    /// <summary>Walks the pieces.</summary>
    public struct Enumerator
    {
        private GuestPtr<MDL> _mdl;
        private nuint _skip;
        private nuint _left;

        internal Enumerator(in MdlChain chain, nuint skipBytes)
        {
            _mdl = chain.First;
            _left = skipBytes < chain.Length ? chain.Length - skipBytes : 0;
            _skip = chain.Offset + skipBytes;
        }

        public MdlWindow Current { get; private set; }

        public bool MoveNext()
        {
            while (_left > 0 && !_mdl.IsNull && _skip >= _mdl.Value.ByteCount)
            {
                _skip -= _mdl.Value.ByteCount;
                _mdl = _mdl.Value.Next;
            }
            if (_left == 0 || _mdl.IsNull)
                return false;
            var length = nuint.Min(nuint.Min(_left, _mdl.Value.ByteCount - _skip), WindowMax);
            Current = new MdlWindow(AddressOf(_mdl) + _skip, (int)length);
            _skip += length;
            _left -= length;
            return true;
        }
    }
}
