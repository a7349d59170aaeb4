// An image in memory: which addresses are its own and which of them are code. It knows nothing about how it
// got there (ImageMapper.cs) or about the driver that runs in it (Drivers/LoadedDriver.cs).
using System.Collections.Concurrent;

namespace OpenWsk.Loader;

/// <summary>A mapped image.</summary>
public sealed class MappedImage
{
    internal MappedImage(
        DriverImage image, nuint start, nuint stubStart, nuint stubBytes, nuint trampolineBytes)
    {
        TrampolineStart = stubStart + stubBytes;
        TrampolineBytes = trampolineBytes;
        Image = image;
        Start = start;
        StubStart = stubStart;
        StubBytes = stubBytes;
    }

    public DriverImage Image { get; }

    /// <summary>Where the image lies.</summary>
    public nuint Start { get; }

    /// <summary>The address of DriverEntry or GsDriverEntry.</summary>
    public nuint EntryPoint => Start + Image.EntryRva;

    /// <summary>Imports that nobody implements.</summary>
    public IReadOnlyList<MissingImport> Missing { get; internal set; } = [];

    /// <summary>The names of the image's code; set when it is added to a world.</summary>
    internal Lazy<ImageSymbols>? Symbols { get; set; }

    /// <summary>What was changed in its code, and what was left to traps.</summary>
    public PatchPlan Plan { get; internal set; } = new();

    /// <summary>Whether Windows would have taken it out of memory: nothing in it may run any more.</summary>
    internal bool IsRetired
    {
        get => Volatile.Read(ref field);
        set => Volatile.Write(ref field, value);
    }

    /// <summary>Whether DriverEntry has returned: what only it needs is gone.</summary>
    internal bool IsInitialized
    {
        get => Volatile.Read(ref field);
        set => Volatile.Write(ref field, value);
    }

    internal MovedInstructions Moved { get; } = new();

    /// <summary>Which of its language handlers, by RVA, are the kernel's own.</summary>
    internal ConcurrentDictionary<uint, bool> CHandlers { get; } = new();

    internal nuint StubStart { get; }

    /// <summary>Where instructions went that made room for a jump; after the stubs.</summary>
    internal nuint TrampolineStart { get; }

    internal nuint TrampolineBytes { get; }

    internal nuint StubBytes { get; }

    /// <summary>Whether the address lies in the image.</summary>
    public bool Contains(nuint address) => address - Start < Image.SizeBytes;

    /// <summary>
    /// Whether a call of the address can be meant: it lies in a section with code, or in a stub.
    /// </summary>
    public bool IsCode(nuint address) => WasCode(address) && DiscardedAt(address) is null;

    /// <summary>As <see cref="IsCode"/>, before anything was discarded.</summary>
    internal bool WasCode(nuint address)
    {
        if (address - StubStart < StubBytes)
            return true;
        if (!Contains(address) || Image.SectionAt((uint)(address - Start)) is not { } section)
            return false;
        return Image.IsFlat || (section.Access & SectionAccess.Execute) != 0;
    }

    /// <summary>The section of an address when it has been discarded, else null.</summary>
    internal ImageSection? DiscardedAt(nuint address) =>
        IsInitialized && Contains(address)
            && Image.SectionAt((uint)(address - Start)) is { IsDiscardable: true } section ? section : null;
}
