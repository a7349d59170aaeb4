// A catch block of C++ that is to run or that runs: asked of the dispatcher as an unwinding whose target
// calls the block while the frames below are still there, because the thrown object lies in one of them. It
// knows nothing about matching types; see CxxLanguageHandler.cs.
using OpenWsk.Abi;

namespace OpenWsk.Loader;

/// <summary>Frames are unwound up to one of them, and a catch block of it is called.</summary>
/// <param name="Parent">The frame of the function that the block belongs to.</param>
/// <param name="State">The function's state while the block runs.</param>
/// <param name="Caught">The exception as it was raised.</param>
/// <param name="First">Where the function goes on; 0 when the block's result says it.</param>
/// <param name="Second">Where it goes on when the block's result is 1; 0 when there is no choice.</param>
internal sealed record CatchRequest(
    ulong TargetFrame, ulong TargetIp, EXCEPTION_RECORD Record, ulong Parent, int State,
    EXCEPTION_RECORD Caught, nuint First, nuint Second)
    : UnwindRequest(TargetFrame, TargetIp, 0, Record)
{
    /// <summary>Where the function goes on after the block has returned; null when that is nowhere.</summary>
    public ulong? GoesOnAt(ulong result) =>
        First == 0 ? result
        : Second == 0 || result == 0 ? First
        : result == 1 ? Second
        : null;
}

/// <summary>A catch block that runs on a thread, in a list with those that it is inside of.</summary>
internal sealed class CxxCatch(EXCEPTION_RECORD caught, CxxCatch? outer)
{
    /// <summary>What "throw;" raises again.</summary>
    public EXCEPTION_RECORD Caught { get; } = caught;

    public CxxCatch? Outer { get; } = outer;

    /// <summary>Whether the same object is caught by a block around this one.</summary>
    public bool IsHeldByOuter()
    {
        for (var other = Outer; other is not null; other = other.Outer)
        {
            if (IsSame(other.Caught, Caught))
                return true;
        }
        return false;
    }

    /// <summary>Whether an unwinding that leaves the block carries the object on.</summary>
    public bool IsCarriedBy(UnwindRequest request) =>
        IsSame(request is CatchRequest other ? other.Caught : request.Record, Caught);

    /// <summary>Address of the thrown object; 0 when the exception is none of C++.</summary>
    public static nuint ObjectOf(in EXCEPTION_RECORD record) =>
        (uint)record.ExceptionCode == CxxThrown.Code && record.NumberParameters >= 4
            ? (nuint)record.ExceptionInformation[1]
            : 0;

    private static bool IsSame(in EXCEPTION_RECORD one, in EXCEPTION_RECORD other) =>
        ObjectOf(one) is not 0 and var thrown && thrown == ObjectOf(other);
}
