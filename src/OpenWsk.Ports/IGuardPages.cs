// The port to memory whose pages can be taken away and given back one by one: what guards around blocks are
// made of. The loader implements it over the host's system calls; a world without it has no guards. It knows
// nothing about blocks: see the Pool folder of OpenWsk.Kernel.
namespace OpenWsk.Ports;

/// <summary>Ranges of addresses whose pages fault unless they are open.</summary>
/// <remarks>Any thread may call; the pages of one call are the caller's alone meanwhile.</remarks>
public interface IGuardPages
{
    /// <summary>How pages are guarded, in a few words for people.</summary>
    string Method { get; }

    /// <summary>A range of addresses in which every page faults; 0 when the host has none to give.</summary>
    /// <remarks>Units: bytes, whole pages.</remarks>
    nuint TryReserve(nuint lengthBytes, bool isExecutable);

    /// <summary>Gives a range back as a whole.</summary>
    void Release(nuint address, nuint lengthBytes);

    /// <summary>Makes guarded pages memory of zeros; false when the host allows no more of them.</summary>
    bool TryOpen(nuint address, nuint lengthBytes);

    /// <summary>Makes open pages fault and drops what they held.</summary>
    void Guard(nuint address, nuint lengthBytes);
}
