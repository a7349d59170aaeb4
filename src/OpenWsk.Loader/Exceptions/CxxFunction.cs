// What a C++ compiler says of one function for its exceptions: states that its code is in, what to destroy on
// the way from each to the next outer one, and its try blocks. Compilers store it in two ways:
// CxxFunction3.cs and, compressed, CxxFunction4.cs. It knows nothing about frames; see CxxLanguageHandler.cs.
namespace OpenWsk.Loader;

/// <summary>What cleans up on the way out of a state.</summary>
internal enum CxxCleanUp
{
    /// <summary>Code that the compiler made; it gets the function's frame.</summary>
    Block,

    /// <summary>The destructor of an object that lies in the function's frame.</summary>
    Object,

    /// <summary>The destructor of an object whose address lies in the function's frame.</summary>
    Pointer,
}

/// <summary>One state: the state outside it, and the code that cleans up on the way there, or 0.</summary>
/// <param name="ObjectOffset">Where the function's frame has the object, or its address.</param>
internal readonly record struct CxxState(
    int Outer, uint CleanUp, CxxCleanUp Kind = CxxCleanUp.Block, int ObjectOffset = 0);

/// <summary>Where a function goes on after a catch block, when its tables say so; else all 0.</summary>
/// <param name="First">RVA of the only place, or of the place for 0 as the block's result.</param>
/// <param name="Second">RVA of the place for 1; 0 when there is no choice.</param>
internal readonly record struct CxxContinuation(uint First, uint Second);

/// <summary>One catch block.</summary>
/// <param name="TypeRva">Its type's descriptor; 0 catches everything.</param>
/// <param name="ObjectOffset">Where the function's frame has the variable; 0 when there is none.</param>
/// <param name="CodeRva">The block's code: a function of its own.</param>
/// <param name="FrameOffset">Where the block's own frame keeps the address of the function's.</param>
internal readonly record struct CxxCatchBlock(
    uint Adjectives, uint TypeRva, int ObjectOffset, uint CodeRva, int FrameOffset,
    CxxContinuation Continuation = default);

/// <summary>A try block by its states, and its catch blocks with theirs.</summary>
internal sealed record CxxTryBlock(
    int Low, int High, int CatchHigh, IReadOnlyList<CxxCatchBlock> Catches)
{
    public bool Contains(int state) => state >= Low && state <= High;

    /// <summary>Whether the other one lies in a catch block of this one.</summary>
    public bool HasInCatch(CxxTryBlock other) => other.Low > High && other.High <= CatchHigh;
}

/// <summary>One function's tables; read from the image's file, which the guest cannot change.</summary>
internal abstract class CxxFunction
{
    /// <summary>Try blocks, inner ones before those around them.</summary>
    public abstract IReadOnlyList<CxxTryBlock> Tries { get; }

    /// <summary>Whether the code was compiled for C++ exceptions only.</summary>
    public abstract bool IgnoresOthers { get; }

    /// <summary>Whether an exception that leaves the function ends the program.</summary>
    public abstract bool IsNoexcept { get; }

    /// <summary>The state of the code at an RVA; -1 where nothing is to be done.</summary>
    public abstract int StateAt(uint rva);

    /// <summary>One state; false when there is none, or it does not lead outwards.</summary>
    public abstract bool TryState(int number, out CxxState state);
}
