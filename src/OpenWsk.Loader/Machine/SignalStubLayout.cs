// What the machine code of the signal stub compares addresses with and where it goes on; it cannot look
// anything up. It knows nothing about signals: SignalStub.cs.
namespace OpenWsk.Loader;

/// <summary>Where the stub finds what it compares with.</summary>
internal readonly record struct SignalStubLayout(
    nuint ArenaStart,
    nuint ArenaBytes,
    nuint HeapStart,
    nuint HeapBytes,
    nuint SafeCopy,
    nuint SafeCopyFailed,
    nuint Dispatch,
    nuint Data,
    int KickSignal,
    bool CanReadGsBase,
    LibraryCopies Library);
