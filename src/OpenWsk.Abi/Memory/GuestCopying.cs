// Copies and fills of guest memory, in pieces that the runtime moves by managed code. Longer ones it hands to
// the C library, and a fault there ends the process; in managed code it becomes the access violation of the
// driver that passed the pointer. It knows nothing about faults; the loader does.
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace OpenWsk.Abi;

/// <summary>Moves bytes of which either side may be a driver's.</summary>
public static class GuestCopying
{
    // Below what .NET 10 hands on: copies from 1 KB, clears from 768 bytes (read in its source, 2026-11).
    private const int PieceBytes = 512;

    /// <summary>Copies as CopyTo does, ranges that overlap included.</summary>
    public static void CopyToGuest<T>(this ReadOnlySpan<T> source, Span<T> target) where T : unmanaged
    {
        target = target[..source.Length];
        var piece = PieceBytes / Unsafe.SizeOf<T>();
        if (source.Length <= piece)
        {
            source.CopyTo(target);
            return;
        }
        var distance = (nuint)Unsafe.ByteOffset(
            ref MemoryMarshal.GetReference(source), ref MemoryMarshal.GetReference(target));
        // Forwards unless the target begins inside the source: then what is still to be read comes last.
        if (distance >= (nuint)source.Length * (nuint)Unsafe.SizeOf<T>())
        {
            for (var at = 0; at < source.Length; at += piece)
                Copy(source, target, at, Math.Min(piece, source.Length - at));
            return;
        }
        var last = (source.Length - 1) / piece * piece;
        for (var at = last; at >= 0; at -= piece)
            Copy(source, target, at, Math.Min(piece, source.Length - at));
    }

    /// <inheritdoc cref="CopyToGuest{T}(ReadOnlySpan{T}, Span{T})"/>
    public static void CopyToGuest<T>(this Span<T> source, Span<T> target) where T : unmanaged =>
        CopyToGuest((ReadOnlySpan<T>)source, target);

    /// <summary>Sets every element.</summary>
    public static void FillGuest<T>(this Span<T> target, T value) where T : unmanaged
    {
        var piece = PieceBytes / Unsafe.SizeOf<T>();
        for (var at = 0; at < target.Length; at += piece)
            target.Slice(at, Math.Min(piece, target.Length - at)).Fill(value);
    }

    private static void Copy<T>(ReadOnlySpan<T> source, Span<T> target, int at, int length) =>
        source.Slice(at, length).CopyTo(target.Slice(at, length));
}
