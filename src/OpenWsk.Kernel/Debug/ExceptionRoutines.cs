// Structured exceptions, of which only the name is here: images link the handler, nothing calls it yet.
// It knows nothing about unwinding.
namespace OpenWsk.Kernel;

/// <summary>Exception routines of ntoskrnl.</summary>
public static class ExceptionRoutines
{
    /// <summary>The language handler of C, which the dispatcher of exceptions would call.</summary>
    [Export(Libraries.Ntoskrnl, SupportLevel.Stub,
        Note = "exceptions are not dispatched to __except and __finally yet")]
    public static int __C_specific_handler(
        Executive executive,
        nuint ExceptionRecord,
        nuint EstablisherFrame,
        nuint ContextRecord,
        nuint DispatcherContext)
    {
        // ExceptionContinueSearch: this frame handles nothing.
        const int continueSearch = 1;
        return continueSearch;
    }

    /// <summary>Raises an exception with a status, which stops the driver here.</summary>
    [Export(Libraries.Ntoskrnl, SupportLevel.Stub,
        Note = "stops the driver: exceptions are not dispatched yet")]
    public static void ExRaiseStatus(Executive executive, Abi.NTSTATUS Status) =>
        throw executive.Stop($"ExRaiseStatus: {Abi.NtstatusExtensions.Name(Status)} is raised");

    /// <summary>Raises STATUS_ACCESS_VIOLATION, which stops the driver here.</summary>
    [Export(Libraries.Ntoskrnl, SupportLevel.Stub,
        Note = "stops the driver: exceptions are not dispatched yet")]
    public static void ExRaiseAccessViolation(Executive executive) =>
        ExRaiseStatus(executive, Abi.NTSTATUS.STATUS_ACCESS_VIOLATION);
}
