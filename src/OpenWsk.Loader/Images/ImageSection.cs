// One section of an image, checked against file and image.
// It knows nothing about memory; see Mapping/.
namespace OpenWsk.Loader;

/// <summary>What a section's pages allow.</summary>
[Flags]
public enum SectionAccess
{
    None = 0,
    Read = 1,
    Write = 2,
    Execute = 4,
}

/// <summary>
/// A section. <paramref name="ExtentBytes"/> is its virtual size rounded up to the section alignment.
/// </summary>
public sealed record ImageSection(
    string Name,
    uint Rva,
    uint ExtentBytes,
    uint FileOffset,
    uint FileBytes,
    SectionAccess Access,
    bool IsDiscardable)
{
    /// <summary>RVA of the first byte after it.</summary>
    public uint EndRva => Rva + ExtentBytes;

    public bool Contains(uint rva) => rva >= Rva && rva < EndRva;
}
