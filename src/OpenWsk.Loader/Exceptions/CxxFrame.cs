// One frame of C++ code as its handler sees it: a function, or a catch block of a function, which works on
// the function's frame but has one of its own. It knows nothing about exceptions; see CxxLanguageHandler.cs.
namespace OpenWsk.Loader;

/// <summary>A frame and the state that its code is in.</summary>
internal sealed unsafe class CxxFrame
{
    private const int ChainMax = 32;

    public CxxFrame(
        MappedImage image, CxxFunction function, ulong establisher, DISPATCHER_CONTEXT* dispatcher,
        GuestStack stack)
    {
        (Image, Function, Establisher, Parent) = (image, function, establisher, establisher);
        var rva = (uint)(dispatcher->ControlPc - dispatcher->ImageBase);
        // What has been cleaned up already is told by the dispatcher's progress.
        State = dispatcher->ScopeIndex != 0
            ? CxxLanguageHandler.StateOf(dispatcher->ScopeIndex)
            : function.StateAt(rva);
        IsValid = true;
        var begin = BeginOf(image.Image.Functions, rva, out _);
        foreach (var tried in function.Tries)
        {
            foreach (var caught in tried.Catches)
            {
                if (caught.CodeRva != begin || begin == 0)
                    continue;
                CatchOf = tried;
                IsValid = stack.TryRead(establisher + (ulong)caught.FrameOffset, out var parent);
                Parent = parent;
                return;
            }
        }
    }

    public MappedImage Image { get; }

    public CxxFunction Function { get; }

    /// <summary>The frame as the unwinder knows it.</summary>
    public ulong Establisher { get; }

    /// <summary>The function's frame; of a catch block, that of the function around it.</summary>
    public ulong Parent { get; }

    public int State { get; }

    /// <summary>The try block to whose catch blocks the code belongs; null in the function itself.</summary>
    public CxxTryBlock? CatchOf { get; }

    /// <summary>False when a catch block's frame does not lead to a function's.</summary>
    public bool IsValid { get; }

    /// <summary>Where the function at an RVA begins; 0 when there is none.</summary>
    /// <param name="piece">Where the piece that holds the RVA begins.</param>
    /// <remarks>Compilers cut functions into pieces, each of which names the one before it.</remarks>
    public static uint BeginOf(FunctionTable functions, uint rva, out uint piece)
    {
        var index = functions.Find(rva);
        piece = 0;
        if (index < 0)
            return 0;
        var entry = functions.EntryAt(index);
        piece = entry.Begin;
        for (var depth = 0; depth < ChainMax && functions.InfoOf(entry)?.Chained is { } first; depth++)
            entry = first;
        return entry.Begin;
    }
}
