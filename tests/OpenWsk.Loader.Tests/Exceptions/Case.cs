// The cases of Drivers/exceptions.c by their place in its table.
// It knows nothing about what each returns; see ExceptionTests.cs.
namespace OpenWsk.Loader.Tests;

/// <summary>One case of the exception driver.</summary>
public enum Case
{
    RaiseToExcept,
    FaultInCallee,
    FaultInline,
    DivideByZero,
    FilterSeesAll,
    FilterDeclines,
    FinallyRuns,
    ContinueExecution,
    RaiseInExcept,
    RaiseInFinally,
    RaiseInFinallyOfSameFunction,
    FilterHandlesAFault,
    FilterFaults,
    GotoOutOfFinally,
    ReturnOutOfFinally,
    AcrossTheHost,
    AcrossTheHostOften,
    HostCleansUp,
    HostCatches,
    HostRaises,
    RaiseAndContinue,
    Noncontinuable,
    RaiseOthers,
    Probe,
    CaptureAndRestore,
    CaptureTrace,
    UnwindsByHand,
    Many,
    OnlyRaises,
    OnlyFaults,
    Unhandled,
    UnhandledAcross,
    LockPages,
    ReleaseMutex,
    ReleaseSemaphore,
}
