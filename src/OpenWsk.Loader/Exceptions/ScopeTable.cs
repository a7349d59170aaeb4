// The scope table of C's structured exceptions: which code of a function is in which __try, and what belongs
// to it. Read from the image's file, so the guest cannot change it, and checked. It knows nothing about
// calling filters; see CLanguageHandler.cs.
namespace OpenWsk.Loader;

/// <summary>
/// One __try: its code, its filter or __finally, and where its __except goes on, all by RVA.
/// </summary>
internal readonly record struct ScopeEntry(uint Begin, uint End, uint Handler, uint JumpTarget)
{
    /// <summary>Value of Handler: a filter that always says yes.</summary>
    public const uint ExecuteHandler = 1;

    public bool IsFinally => JumpTarget == 0;

    public bool Contains(uint rva) => rva >= Begin && rva < End;
}

/// <summary>Reads scope tables of one image.</summary>
internal readonly struct ScopeTable(ImageView view, uint rva)
{
    private const int EntryBytes = 16;
    private const int HeaderBytes = 4;

    // More than any function has; a damaged count ends at the section's end anyway.
    private const uint CountMax = 1 << 16;

    public uint Count =>
        rva != 0 && view.TryRead(rva, out uint count) ? Math.Min(count, CountMax) : 0;

    /// <summary>One entry; false at the section's end.</summary>
    public bool TryRead(uint index, out ScopeEntry entry)
    {
        Span<byte> bytes = stackalloc byte[EntryBytes];
        var isInside = view.TryCopy((ulong)rva + HeaderBytes + EntryBytes * (ulong)index, bytes);
        entry = new ScopeEntry(
            BitConverter.ToUInt32(bytes),
            BitConverter.ToUInt32(bytes[4..]),
            BitConverter.ToUInt32(bytes[8..]),
            BitConverter.ToUInt32(bytes[12..]));
        return isInside;
    }
}
