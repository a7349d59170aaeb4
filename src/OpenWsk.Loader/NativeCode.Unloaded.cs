// Images that Windows would have taken out of memory: their driver was unloaded or its DriverEntry failed.
// They stay mapped while something may look at them, but what runs in them is the bug check of an unload with
// work left. The same goes for the sections that only DriverEntry needed. It knows nothing about faults in
// general; see NativeCode.Faults.cs.
using OpenWsk.Kernel;

namespace OpenWsk.Loader;

public sealed unsafe partial class NativeCode
{
    private const int GoneMax = 16;

    // Addresses are used again, so the last image at one is the one that is named.
    private readonly List<(nuint Start, uint SizeBytes, string Name)> _gone = [];

    /// <summary>From now on code of the image that is called or run is bug check 0xCE.</summary>
    internal void Retire(MappedImage mapped)
    {
        // A new list, so that nobody goes on with what was found in the old one.
        lock (_imagesLock)
        {
            mapped.IsRetired = true;
            _images = [.. _images];
        }
        ImageMapper.ForbidExecution(mapped);
    }

    /// <summary>From now on the image's discardable sections are gone, as on Windows.</summary>
    internal void Discard(MappedImage mapped)
    {
        // Sections of an image that is aligned below a page share pages with others.
        if (mapped.Image.IsFlat || !mapped.Image.Sections.Any(s => s.IsDiscardable))
            return;
        lock (_imagesLock)
        {
            mapped.IsInitialized = true;
            _images = [.. _images];
        }
        ImageMapper.Discard(mapped);
    }

    private string NameWithSection(nuint address) =>
        ImageAt(address)?.DiscardedAt(address) is { } section
            ? $"{NameAddress(address)} in {section.Name}, which is discarded when DriverEntry has returned,"
            : NameAddress(address);

    /// <summary>Image and offset of an address in an image that is gone; null for any other.</summary>
    internal string? NameUnloaded(nuint address)
    {
        if (ImageAt(address) is { IsRetired: true } mapped)
            return $"{mapped.Image.Name}+0x{address - mapped.Start:x}";
        lock (_imagesLock)
        {
            var index = _gone.FindLastIndex(gone => address - gone.Start < gone.SizeBytes);
            return index < 0 ? null : $"{_gone[index].Name}+0x{address - _gone[index].Start:x}";
        }
    }

    /// <summary>The bug check for touching an image that is gone; null for any other address.</summary>
    private BugCheck? JudgeUnloaded(nuint address, ulong operation, ulong rip) =>
        NameUnloaded(address) is not { } place ? null
        : new BugCheck(
            BugCheckCode.DRIVER_UNLOADED_WITHOUT_CANCELLING_PENDING_OPERATIONS, address, operation, rip)
        {
            Detail = $"{FaultJudge.Verb(operation)} {place} after the driver was unloaded",
        };

    private void RememberGone(MappedImage mapped)
    {
        _gone.Add((mapped.Start, mapped.Image.SizeBytes, mapped.Image.Name));
        if (_gone.Count > GoneMax)
            _gone.RemoveAt(0);
    }
}
