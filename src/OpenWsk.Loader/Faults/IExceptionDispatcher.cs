// What a fault or a raise of guest code asks of the dispatcher of exceptions. It knows nothing about signals
// (NativeCode.Faults.cs builds the records) or about unwinding (Exceptions/).
using OpenWsk.Abi;

namespace OpenWsk.Loader;

/// <summary>What becomes of the guest code in which an exception happened.</summary>
internal enum DispatchResult
{
    /// <summary>It goes on with the context as the dispatcher left it.</summary>
    Resume,

    /// <summary>Nobody handles the exception: a bug check.</summary>
    Unhandled,

    /// <summary>
    /// The guest frames up to the innermost entry are given up; NativeCode.Unwind was told what goes on
    /// there.
    /// </summary>
    Abandon,
}

/// <summary>Finds the handler of an exception in guest code.</summary>
internal unsafe interface IExceptionDispatcher
{
    /// <summary>
    /// Called on the thread of the exception, on the host's stack. The guest stack below the context's stack
    /// pointer is free, so guest code can be called. Both arguments are the caller's copies.
    /// </summary>
    DispatchResult Dispatch(ThreadBlock block, CONTEXT* context, EXCEPTION_RECORD* record);
}
