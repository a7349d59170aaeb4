// The texts of all that can be wrong with an image, one maker for each stable id. Each text goes on from the
// file's name: what is wrong, where, what to do. It knows nothing about reading; see ImageParser.cs.
namespace OpenWsk.Loader;

/// <summary>Makes the exceptions of one image.</summary>
internal sealed class ImageErrors(string imageName)
{
    public ImageFormatException NotPe(string found) =>
        Make("OW3001", $"is no Windows image: {found}; give the .sys file that the linker wrote");

    public ImageFormatException Truncated(string what, ulong offset, ulong end, int length) =>
        Make(
            "OW3002",
            $"is truncated: {what} at file offset 0x{offset:x} would end at 0x{end:x}, the file at "
                + $"0x{length:x}; copy it again");

    public ImageFormatException WrongMachine(string machine) =>
        Make("OW3003", $"is built for {machine}; build it for x64 (machine 0x8664)");

    public ImageFormatException NotNative(string kind) =>
        Make("OW3004", $"is {kind}, not a kernel driver; link it with /SUBSYSTEM:NATIVE /DRIVER");

    public ImageFormatException Managed() =>
        Make("OW3005", "is a .NET assembly, not a kernel driver; a .sys is native code");

    public ImageFormatException BadHeader(string what) =>
        Make("OW3006", $"has a damaged header: {what}; link it again");

    public ImageFormatException BadAlignment(uint section, uint file) =>
        Make(
            "OW3007",
            $"has a section alignment of 0x{section:x} with a file alignment of 0x{file:x}; link with "
                + "/ALIGN:4096 or the default");

    public ImageFormatException SectionCount(int count) =>
        Make("OW3008", $"has {count} sections; a driver has 1 to {ImageParser.SectionsMax}");

    public ImageFormatException SectionOutsideFile(string section, ulong end, int length) =>
        Make(
            "OW3009",
            $"keeps section {section} up to file offset 0x{end:x}, but the file ends at 0x{length:x}; copy "
                + "it again");

    public ImageFormatException SectionOutsideImage(string section, ulong end, uint size) =>
        Make(
            "OW3010",
            $"has section {section} up to RVA 0x{end:x}, outside its image of 0x{size:x} bytes; link it "
                + "again");

    public ImageFormatException SectionOrder(string section, uint rva, string why) =>
        Make("OW3011", $"has section {section} at RVA 0x{rva:x}, {why}; link it again");

    public ImageFormatException TooLarge(uint size) =>
        Make(
            "OW3012",
            $"wants 0x{size:x} bytes of memory, more than the 0x{ImageParser.ImageBytesMax:x} that an image "
                + "may have here");

    public ImageFormatException BadEntry(uint rva, string why) =>
        Make(
            "OW3013",
            $"has its entry point at RVA 0x{rva:x}, {why}; link it with /ENTRY:DriverEntry or GsDriverEntry");

    public ImageFormatException BadDirectory(string name, uint rva, string why) =>
        Make("OW3014", $"has a damaged {name} at RVA 0x{rva:x}: {why}; link it again");

    public ImageFormatException RelocationKind(uint rva, string kind) =>
        Make(
            "OW3015",
            $"has a relocation of type {kind} at RVA 0x{rva:x}; x64 images have DIR64 only; link it again");

    public ImageFormatException RelocationOutside(ulong rva) =>
        Make("OW3016", $"has a relocation at RVA 0x{rva:x}, outside its sections; link it again");

    public ImageFormatException NotRelocatable() =>
        Make("OW3017", "has no relocations, so it cannot be moved; link it without /FIXED");

    public ImageFormatException ImportByOrdinal(string library, ulong ordinal) =>
        Make(
            "OW3018",
            $"imports {library} by ordinal {ordinal}; ordinals differ between Windows releases: import by "
                + "name");

    public ImageFormatException ForbiddenInstruction(string instruction, uint rva) =>
        Make(
            "OW3019",
            $"contains {instruction} at RVA 0x{rva:x}, which would enter this machine's own kernel or "
                + "another mode of its processor, or lose the thread that runs it; build it without");

    private ImageFormatException Make(string id, string problem) => new(id, imageName, problem);
}
