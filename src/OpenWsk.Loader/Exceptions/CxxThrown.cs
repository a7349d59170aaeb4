// A C++ object that has been thrown: where it is, as which types it can be caught, and how it is destroyed.
// What its image says of its types is read from the image's file and checked; the object itself is guest
// memory and may be anywhere. It knows nothing about frames; see CxxLanguageHandler.cs.
using OpenWsk.Abi;

namespace OpenWsk.Loader;

/// <summary>One type as which an object can be caught.</summary>
/// <param name="Member">Offset of the part of that type; Base and Table lead to a virtual base.</param>
internal readonly record struct CxxType(
    uint Properties, string Name, int Member, int Base, int Table, uint SizeBytes, uint CopyRva)
{
    public bool IsSimple => (Properties & 1) != 0;

    public bool IsByReferenceOnly => (Properties & 2) != 0;

    public bool HasVirtualBase => (Properties & 4) != 0;
}

/// <summary>The exception that a record describes.</summary>
internal sealed unsafe class CxxThrown
{
    /// <summary>The code of all C++ exceptions: "msc" with 0xE0 before.</summary>
    public const uint Code = 0xE06D7363;

    /// <summary>First word of such a record.</summary>
    public const uint Magic = 0x19930520;

    private const int NameMax = 4096;
    private const uint TypesMax = 1024;

    private CxxThrown(MappedImage image, nuint thrown, uint info)
    {
        var view = image.Image.Functions.View;
        (Image, Object) = (image, thrown);
        view.TryRead(info, out uint attributes);
        view.TryRead(info + 4ul, out uint destructor);
        view.TryRead(info + 12ul, out uint types);
        (Attributes, DestructorRva) = (attributes, destructor);
        Types = ReadTypes(view, types);
    }

    public nuint Object { get; }

    public MappedImage Image { get; }

    /// <summary>const 1, volatile 2, __unaligned 4: as the adjectives of a catch block.</summary>
    public uint Attributes { get; }

    public uint DestructorRva { get; }

    public IReadOnlyList<CxxType> Types { get; }

    /// <summary>The exception of a record; null when it is none of C++, or not of a driver's.</summary>
    public static CxxThrown? Of(NativeCode native, EXCEPTION_RECORD* record)
    {
        if ((uint)record->ExceptionCode != Code || record->NumberParameters < 4)
            return null;
        var info = (nuint)record->ExceptionInformation[2];
        return native.ImageAt(info) is { } image && image.Start == record->ExceptionInformation[3]
            ? new CxxThrown(image, (nuint)record->ExceptionInformation[1], (uint)(info - image.Start))
            : null;
    }

    /// <summary>The name in a type's descriptor; empty when there is none.</summary>
    public static string NameOf(ImageView view, uint descriptor)
    {
        // Two addresses come first: of a table of functions, and of a cache.
        const uint nameOffset = 16;
        return view.TryReadName((ulong)descriptor + nameOffset, NameMax, out var name) ? name : "";
    }

    /// <summary>The part of the object that has the type; false when it leads nowhere.</summary>
    public static bool TryAdjust(nuint whole, in CxxType type, out nuint part)
    {
        part = whole + (nuint)type.Member;
        if (type.Base < 0)
            return true;
        if (!GuestCopy.TryRead(whole + (nuint)type.Base, out nuint table)
            || !GuestCopy.TryRead(table + (nuint)type.Table, out int displacement))
            return false;
        part += (nuint)(type.Base + displacement);
        return true;
    }

    private static List<CxxType> ReadTypes(ImageView view, uint rva)
    {
        var types = new List<CxxType>();
        if (!view.TryRead(rva, out uint count))
            return types;
        Span<uint> words = stackalloc uint[7];
        for (uint i = 0; i < Math.Min(count, TypesMax); i++)
        {
            if (!view.TryRead(rva + 4 + 4ul * i, out uint at))
                break;
            for (var word = 0; word < words.Length; word++)
                view.TryRead(at + 4 * (ulong)word, out words[word]);
            types.Add(new CxxType(
                words[0], NameOf(view, words[1]), (int)words[2], (int)words[3], (int)words[4], words[5],
                words[6]));
        }
        return types;
    }
}
