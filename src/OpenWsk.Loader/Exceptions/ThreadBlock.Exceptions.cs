// What a thread's block knows of exceptions: the dispatches under way, and what a routine of C# asks of the
// dispatcher when it returns. It knows nothing about either; see ExceptionDispatcher.cs.
namespace OpenWsk.Loader;

internal sealed unsafe partial class ThreadBlock
{
    /// <summary>The innermost dispatch of an exception on the thread, or null.</summary>
    public DispatchRecord? Dispatch { get; set; }

    /// <summary>What the thread's dispatcher shall do next, or null.</summary>
    public DispatchRequest? Request { get; set; }

    /// <summary>The innermost catch block of C++ that runs on the thread, or null.</summary>
    public CxxCatch? Catch { get; set; }

    /// <summary>Whether a routine raises, rather than an instruction that faulted.</summary>
    public bool IsRaise => Int32(FaultSignal) == 0;

    public DispatchRequest? TakeRequest()
    {
        var request = Request;
        Request = null;
        return request;
    }
}
