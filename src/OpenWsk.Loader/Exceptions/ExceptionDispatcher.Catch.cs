// Calls a catch block of C++ when unwinding has come to its function, destroys the thrown object after it,
// and keeps a thrown object's memory while other guest code runs: it lies in frames that are gone for
// everybody else. It knows nothing about types; see CxxLanguageHandler.cs.
using OpenWsk.Abi;

namespace OpenWsk.Loader;

internal sealed unsafe partial class ExceptionDispatcher
{
    /// <summary>The language handler of C++.</summary>
    public CxxLanguageHandler Cxx { get; } = new(native);

    // The address at which the function goes on: the block returns it, or its tables have it.
    private ulong RunCatch(DispatchRecord dispatch, CatchRequest request)
    {
        var block = dispatch.Block;
        dispatch.ScopeIndex = CxxLanguageHandler.ScopeIndexOf(request.State);
        var outer = block.Catch;
        var active = block.Catch = new CxxCatch(request.Caught, outer);
        ulong address;
        try
        {
            address = native.CallGuest(block, (nuint)request.TargetIp, [request.TargetIp, request.Parent]);
        }
        catch (SegmentUnwindException e)
        {
            block.Catch = outer;
            KeepObject(block, e.Request);
            if (!active.IsCarriedBy(e.Request))
                Destroy(block, active);
            throw;
        }
        finally
        {
            block.Catch = outer;
        }
        Destroy(block, active);
        return request.GoesOnAt(address) ?? throw CxxRoutines.Terminate(block.Owner!.Executive);
    }

    private void Destroy(ThreadBlock block, CxxCatch active)
    {
        var record = active.Caught;
        if (active.IsHeldByOuter() || CxxThrown.Of(native, &record) is not { DestructorRva: not 0 } thrown)
            return;
        Cxx.Run(block, thrown.Image.Start + thrown.DestructorRva, [thrown.Object]);
    }

    // An object that was thrown in a stretch which is gone lies below the frames of this one; guest code that
    // is called from here on runs below the object.
    private static void KeepObject(ThreadBlock block, UnwindRequest request)
    {
        var thrown = CxxCatch.ObjectOf(request is CatchRequest caught ? caught.Caught : request.Record);
        if (thrown != 0 && block.IsOnStack(thrown) && thrown < block.Word(ThreadBlock.GuestRsp))
            NativeCode.KeepAbove(block, thrown & ~(nuint)15);
    }
}
