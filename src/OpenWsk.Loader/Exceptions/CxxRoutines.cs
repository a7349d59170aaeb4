// What C++ code imports for its exceptions: throwing, the language handler, and the end of the program where
// an exception may not go on. Drivers that link a C++ runtime bring their own. It knows nothing about frames;
// see CxxLanguageHandler.cs.
using OpenWsk.Abi;
using OpenWsk.Kernel;

namespace OpenWsk.Loader;

/// <summary>C++ routines.</summary>
public static unsafe class CxxRoutines
{
    // FAST_FAIL_FATAL_APP_EXIT: what a program that terminates itself gives on Windows.
    private const ulong FatalExit = 7;

    /// <summary>Throws an object, or with two NULLs once more the one that is caught.</summary>
    /// <remarks>Errors: bug check KERNEL_SECURITY_CHECK_FAILURE when none is caught.</remarks>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full)]
    public static void _CxxThrowException(Executive executive, nuint pExceptionObject, nuint pThrowInfo)
    {
        if (pThrowInfo == 0)
        {
            if (NativeCode.CallersBlock?.Catch is not { } active)
                throw Terminate(executive);
            var again = active.Caught;
            again.ExceptionFlags &= ExceptionFlags.Noncontinuable;
            NativeCode.Request(new RaiseRequest(again));
            return;
        }
        var record = new EXCEPTION_RECORD
        {
            ExceptionCode = (NTSTATUS)CxxThrown.Code,
            ExceptionFlags = ExceptionFlags.Noncontinuable,
            NumberParameters = 4,
        };
        record.ExceptionInformation[0] = CxxThrown.Magic;
        record.ExceptionInformation[1] = pExceptionObject;
        record.ExceptionInformation[2] = pThrowInfo;
        var native = executive.Code.Native as NativeCode;
        record.ExceptionInformation[3] = native?.ImageAt(pThrowInfo)?.Start ?? 0;
        NativeCode.Request(new RaiseRequest(record));
    }

    /// <summary>The language handler of C++.</summary>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full)]
    public static int __CxxFrameHandler3(
        Executive executive,
        nuint ExceptionRecord,
        nuint EstablisherFrame,
        nuint ContextRecord,
        nuint DispatcherContext) =>
        Handle(executive, ExceptionRecord, EstablisherFrame, DispatcherContext, isCompressed: false);

    /// <summary>The language handler of C++ for compressed tables, which newer compilers choose.</summary>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full)]
    public static int __CxxFrameHandler4(
        Executive executive,
        nuint ExceptionRecord,
        nuint EstablisherFrame,
        nuint ContextRecord,
        nuint DispatcherContext) =>
        Handle(executive, ExceptionRecord, EstablisherFrame, DispatcherContext, isCompressed: true);

    /// <summary>Ends the driver: an exception may not go on.</summary>
    /// <remarks>Errors: bug check KERNEL_SECURITY_CHECK_FAILURE, always.</remarks>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full)]
    public static void __std_terminate(Executive executive) => throw Terminate(executive);

    /// <summary>Ends the driver.</summary>
    /// <remarks>Errors: bug check KERNEL_SECURITY_CHECK_FAILURE, always.</remarks>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full)]
    public static void terminate(Executive executive) => throw Terminate(executive);

    internal static GuestStoppedException Terminate(Executive executive) =>
        executive.BugCheck(new BugCheck(BugCheckCode.KERNEL_SECURITY_CHECK_FAILURE, FatalExit)
        {
            Detail = "std::terminate: a C++ exception came where none may go on",
        });

    private static int Handle(
        Executive executive, nuint record, nuint establisher, nuint dispatcher, bool isCompressed)
    {
        if (executive.Code.Native is not NativeCode native || NativeCode.CallersBlock is not { } block)
            return (int)Disposition.ContinueSearch;
        return (int)native.Dispatcher.Cxx.Handle(
            block, (EXCEPTION_RECORD*)record, establisher, (DISPATCHER_CONTEXT*)dispatcher, isCompressed);
    }
}
