// What the four parameters of a bug check mean, for those that drivers meet: the bug check code reference of
// Windows, in own words. It knows nothing about a single bug check's circumstances; CrashText.cs shows both.
using OpenWsk.Kernel;

namespace OpenWsk.Capture;

/// <summary>Meanings of parameters.</summary>
public static class BugCheckParameters
{
    private const string Unused = "not used";
    private const string Access = "0 reading, 1 writing, 2 or 8 executing";
    private const string PageAccess = "0 reading, 2 writing, 0x10 executing";
    private const string At = "the instruction that did it";
    private const string Exception = "the exception that nobody handled";
    private const string Tag = "the pool tag";

    private static readonly string[] s_unknown = ["", "", "", ""];

    private static readonly Dictionary<BugCheckCode, string[]> s_meanings = new()
    {
        [BugCheckCode.IRQL_NOT_LESS_OR_EQUAL] =
            ["the address that was used", "the IRQL at that time", Access, At],
        [BugCheckCode.DRIVER_IRQL_NOT_LESS_OR_EQUAL] =
            ["the address that was used", "the IRQL at that time", Access, At],
        [BugCheckCode.PAGE_FAULT_IN_NONPAGED_AREA] =
            ["the address that was used", PageAccess, At, "internal"],
        [BugCheckCode.KMODE_EXCEPTION_NOT_HANDLED] =
            [Exception, "where it was raised", "its first parameter", "its second parameter"],
        [BugCheckCode.KERNEL_MODE_EXCEPTION_NOT_HANDLED] =
            [Exception, "where it was raised", "the trap frame", Unused],
        [BugCheckCode.SYSTEM_THREAD_EXCEPTION_NOT_HANDLED] =
            [Exception, "where it was raised", "the exception record", "the context record"],
        [BugCheckCode.SYSTEM_SERVICE_EXCEPTION] =
            [Exception, "where it was raised", "the context record", Unused],
        [BugCheckCode.UNEXPECTED_KERNEL_MODE_TRAP] =
            ["the processor's trap: 0 division, 6 invalid opcode, 8 double fault", "internal", "internal",
            "internal"],
        [BugCheckCode.ATTEMPTED_WRITE_TO_READONLY_MEMORY] =
            ["the address that was written", "its page table entry", At, "internal"],
        [BugCheckCode.ATTEMPTED_EXECUTE_OF_NOEXECUTE_MEMORY] =
            ["the address that was to be executed", "its page table entry", At, "internal"],
        [BugCheckCode.DRIVER_PAGE_FAULT_IN_FREED_SPECIAL_POOL] =
            ["the address that was used", Access, At, "internal"],
        [BugCheckCode.DRIVER_PAGE_FAULT_BEYOND_END_OF_ALLOCATION] =
            ["the address that was used", Access, At, "internal"],
        [BugCheckCode.PAGE_FAULT_IN_FREED_SPECIAL_POOL] =
            ["the address that was used", Access, At, "internal"],
        [BugCheckCode.PAGE_FAULT_BEYOND_END_OF_ALLOCATION] =
            ["the address that was used", Access, At, "internal"],
        [BugCheckCode.SPECIAL_POOL_DETECTED_MEMORY_CORRUPTION] =
            ["the block", "the kind of damage", "internal", "0x24 at the free, 0x30 and others at a check"],
        [BugCheckCode.BAD_POOL_HEADER] = ["the kind of damage", "the block", "internal", "internal"],
        [BugCheckCode.BAD_POOL_CALLER] = ["what was wrong with the call", "depends on it", Tag, "the block"],
        [BugCheckCode.DRIVER_CORRUPTED_EXPOOL] =
            ["the address that was used", "the IRQL at that time", Access, At],
        [BugCheckCode.MULTIPLE_IRP_COMPLETE_REQUESTS] = ["the IRP", Unused, Unused, Unused],
        [BugCheckCode.NO_MORE_IRP_STACK_LOCATIONS] = ["the IRP", Unused, Unused, Unused],
        [BugCheckCode.CANCEL_STATE_IN_COMPLETED_IRP] = ["the IRP", "the cancel routine", Unused, Unused],
        [BugCheckCode.INCONSISTENT_IRP] = ["the IRP", Unused, Unused, Unused],
        [BugCheckCode.REFERENCE_BY_POINTER] =
            ["the object's type", "the object", "what is wrong with its references", "internal"],
        [BugCheckCode.SPIN_LOCK_ALREADY_OWNED] = ["the spin lock", Unused, Unused, Unused],
        [BugCheckCode.SPIN_LOCK_NOT_OWNED] = ["the spin lock", Unused, Unused, Unused],
        [BugCheckCode.IRQL_NOT_GREATER_OR_EQUAL] = ["the address that was used", "the IRQL", Access, At],
        [BugCheckCode.ATTEMPTED_SWITCH_FROM_DPC] =
            ["the thread", "the thread that was to run", "the stack", "internal"],
        [BugCheckCode.DRIVER_VERIFIER_DETECTED_VIOLATION] =
            ["the rule that was broken", "depends on it", "depends on it", "depends on it"],
        [BugCheckCode.DRIVER_VERIFIER_IOMANAGER_VIOLATION] =
            ["the rule that was broken", "depends on it", "depends on it", "depends on it"],
        [BugCheckCode.TIMER_OR_DPC_INVALID] =
            ["1 timer, 2 DPC, 3 DPC routine, 4 and more: what was wrong after one",
            "the object or the routine",
            "the range that was freed or unloaded", "the end of that range"],
        [BugCheckCode.IRQL_UNEXPECTED_VALUE] =
            ["the IRQLs", "depends on the first", "the routine", "depends on it"],
        [BugCheckCode.DRIVER_UNLOADED_WITHOUT_CANCELLING_PENDING_OPERATIONS] =
            ["the address that was used", Access, At, "internal"],
        [BugCheckCode.SYSTEM_SCAN_AT_RAISED_IRQL_CAUGHT_IMPROPER_DRIVER_UNLOAD] =
            ["the address that was used", "the IRQL at that time", Access, At],
        [BugCheckCode.WORKER_THREAD_RETURNED_AT_BAD_IRQL] =
            ["the worker routine", "the IRQL", "the work item", Unused],
        [BugCheckCode.MANUALLY_INITIATED_CRASH] = [Unused, Unused, Unused, Unused],
        [BugCheckCode.RESOURCE_NOT_OWNED] = ["the resource", "the thread", "the owner table", "internal"],
        [BugCheckCode.DRIVER_OVERRAN_STACK_BUFFER] =
            ["the cookie on the stack", "the cookie that was expected", "its complement", Unused],
        [BugCheckCode.DPC_WATCHDOG_VIOLATION] =
            ["0 one DPC took too long, 1 too long at DISPATCH_LEVEL or above", "the time that passed",
            "the limit",
            "internal"],
        [BugCheckCode.KERNEL_SECURITY_CHECK_FAILURE] =
            ["the kind of damage, as __fastfail was given it: 2 stack cookie, 3 list entry, 5 argument",
            "the trap frame", "the exception record", Unused],
        [BugCheckCode.NMR_INVALID_STATE] =
            ["what was wrong with the registration", "depends on it", "depends on it", "depends on it"],
        [BugCheckCode.PANIC_STACK_SWITCH] = ["the trap frame", "the exception frame", Unused, Unused],
        [BugCheckCode.INVALID_PROCESS_ATTACH_ATTEMPT] =
            ["the process", "the current one", "internal", "internal"],
        [BugCheckCode.MAXIMUM_WAIT_OBJECTS_EXCEEDED] = [Unused, Unused, Unused, Unused],
        [BugCheckCode.THREAD_NOT_MUTEX_OWNER] = ["the mutex", Unused, Unused, Unused],
        [BugCheckCode.SYSTEM_EXIT_OWNED_MUTEX] = ["the mutex", Unused, Unused, Unused],
        [BugCheckCode.DRIVER_LEFT_LOCKED_PAGES_IN_PROCESS] =
            ["internal", "internal", "internal", "the pages"],
        [BugCheckCode.CLOCK_WATCHDOG_TIMEOUT] =
            ["the time that passed", "internal", "the processor block", "internal"],
    };

    /// <summary>The meanings of a code's parameters, four of them; empty ones are not known.</summary>
    public static IReadOnlyList<string> Meanings(uint code) =>
        s_meanings.GetValueOrDefault((BugCheckCode)code) ?? s_unknown;

    /// <summary>The parameters of a bug check in their order.</summary>
    public static IReadOnlyList<ulong> Values(BugCheck check) =>
        [check.Parameter1, check.Parameter2, check.Parameter3, check.Parameter4];
}
