// Language handlers that images import, for those that call them: the dispatcher knows its own and calls it
// without machine code between. It knows nothing about frames; see CLanguageHandler.cs.
using OpenWsk.Kernel;

namespace OpenWsk.Loader;

/// <summary>Language handlers of ntoskrnl.</summary>
public static unsafe class HandlerRoutines
{
    /// <summary>The language handler of C.</summary>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full)]
    public static int __C_specific_handler(
        Executive executive,
        nuint ExceptionRecord,
        nuint EstablisherFrame,
        nuint ContextRecord,
        nuint DispatcherContext)
    {
        if (executive.Code.Native is not NativeCode native || NativeCode.CallersBlock is not { } block)
            return (int)Disposition.ContinueSearch;
        return (int)native.Dispatcher.C.Handle(
            block,
            (Abi.EXCEPTION_RECORD*)ExceptionRecord,
            EstablisherFrame,
            (Abi.CONTEXT*)ContextRecord,
            (DISPATCHER_CONTEXT*)DispatcherContext);
    }
}
