// A section: a range of memory that is mapped as often as drivers like, with the contents of a file or with
// zeros. All views are the same memory. A file's section is written back when its last view or reference
// goes. It knows nothing about handles and names.
using OpenWsk.Abi;

namespace OpenWsk.Kernel;

/// <summary>The managed part of a section object.</summary>
internal sealed class SectionBody : IObjectBody
{
    private const nuint PageBytes = 4096;
    private readonly Executive _executive;
    private readonly nuint _block;
    private readonly FileNode? _file;
    private readonly string _name;
    private readonly bool _isWritten;

    public SectionBody(Executive executive, nuint lengthBytes, FileNode? file, bool isWritten, string name)
    {
        _executive = executive;
        _file = file;
        _isWritten = isWritten;
        _name = name;
        LengthBytes = lengthBytes;
        _block = executive.Heap.Allocate((int)(lengthBytes + PageBytes));
        Start = (_block + PageBytes - 1) & ~(PageBytes - 1);
        file?.Contents?.Read(0, GuestMemory.Span(Start, (int)lengthBytes));
    }

    /// <summary>The first byte, at the start of a page.</summary>
    public nuint Start { get; }

    public nuint LengthBytes { get; }

    /// <summary>Writes what views have changed to the file.</summary>
    public void WriteBack()
    {
        if (_isWritten)
            _file?.Contents?.Write(0, GuestMemory.Span(Start, (int)LengthBytes));
    }

    public bool OnUnreferenced()
    {
        WriteBack();
        if (_name.Length != 0)
            _executive.NamedObjects.Forget(_name);
        _executive.Heap.TryFree(_block);
        return true;
    }
}
