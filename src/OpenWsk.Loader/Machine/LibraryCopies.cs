// Where the C library's functions lie that the runtime has make long copies for C#, and where the runtime's
// own code lies, which calls them too. It knows nothing about faults; see SignalStub.cs.
using System.Runtime.InteropServices;

namespace OpenWsk.Loader;

/// <summary>The copying functions of the C library.</summary>
/// <param name="Functions">Start and size of each; the size is what the largest known build has.</param>
/// <param name="RuntimeStart">Start of a range that holds the runtime's code; 0 when it is not known.</param>
internal sealed record LibraryCopies(
    IReadOnlyList<(nuint Start, nuint Bytes)> Functions, nuint RuntimeStart)
{
    /// <summary>Size of the range that holds the runtime's code.</summary>
    public const int RuntimeBytes = 2 * RuntimeReach;

    // The runtime's library has 8 MB.
    private const int RuntimeReach = 16 << 20;

    // glibc 2.36: 0x7A0 bytes of memmove with its alias memcpy, 0x168 of memset.
    private const nuint MoveBytes = 0x7C0;
    private const nuint FillBytes = 0x180;

    /// <summary>Finds them in this process.</summary>
    public static LibraryCopies Find()
    {
        if (!NativeLibrary.TryLoad("libc", typeof(LibraryCopies).Assembly, null, out var library)
            || !NativeLibrary.TryLoad("libcoreclr", typeof(object).Assembly, null, out var runtime)
            || !NativeLibrary.TryGetExport(runtime, "coreclr_initialize", out var known))
        {
            return new LibraryCopies([], 0);
        }
        var functions = new List<(nuint, nuint)>();
        foreach (var name in (string[])["memmove", "memcpy", "memset"])
        {
            if (NativeLibrary.TryGetExport(library, name, out var start))
                functions.Add(((nuint)start, name == "memset" ? FillBytes : MoveBytes));
        }
        return new LibraryCopies(functions, (nuint)known - RuntimeReach);
    }
}
