// Which bug check Windows would give, with its parameters in the order of the bug check reference. A page
// fault is one at once when the address is the kernel's or the IRQL is raised, because Windows lets no
// handler see it then; everything else is an exception first and a bug check when nobody handles it.
// It knows nothing about handlers, snapshots or text beyond one line.
// Divergence from Windows: images, pool and stacks lie in the lower half of the address space here; they
// count as the kernel's all the same.
using OpenWsk.Abi;
using OpenWsk.Kernel;

namespace OpenWsk.Loader;

/// <summary>Names bug checks.</summary>
internal static class FaultJudge
{
    /// <summary>What bug checks call fetching an instruction.</summary>
    public const ulong Execute = 8;

    private const ulong DoubleFault = 8;
    private const ulong ValidPageTableEntry = 0x21;

    /// <summary>The bug check that no handler can prevent, or null when handlers come first.</summary>
    public static BugCheck? Direct(
        in FaultInfo fault, in EXCEPTION_RECORD record, ulong rip, byte irql, AddressKind kind, bool isDriver)
    {
        if (record.ExceptionCode == NTSTATUS.STATUS_STACK_BUFFER_OVERRUN)
            return new BugCheck(
                BugCheckCode.KERNEL_SECURITY_CHECK_FAILURE, record.ExceptionInformation[0]);
        if (!fault.IsPageFault)
            return null;
        var address = fault.Cr2;
        var operation = fault.Operation;
        if (kind == AddressKind.Image && operation == 1)
            return new BugCheck(
                BugCheckCode.ATTEMPTED_WRITE_TO_READONLY_MEMORY, address, EntryOf(address));
        if (kind is AddressKind.Image or AddressKind.Stack && operation == Execute)
            return new BugCheck(
                BugCheckCode.ATTEMPTED_EXECUTE_OF_NOEXECUTE_MEMORY, address, EntryOf(address));
        if (Pool(kind, isDriver) is { } pool)
            return new BugCheck(pool, address, operation, rip);
        if (irql >= Irql.Dispatch)
        {
            var code = isDriver ? BugCheckCode.DRIVER_IRQL_NOT_LESS_OR_EQUAL
                : BugCheckCode.IRQL_NOT_LESS_OR_EQUAL;
            return new BugCheck(code, address, irql, operation, rip);
        }
        if (kind == AddressKind.User)
            return null;
        const ulong notPresent = 2;
        return new BugCheck(
            BugCheckCode.PAGE_FAULT_IN_NONPAGED_AREA, address, ErrorBits(operation), rip, notPresent);
    }

    /// <summary>The bug check of a fault that leaves no stack to handle it on.</summary>
    public static BugCheck StackGone(ulong rsp, ulong rip) =>
        new(BugCheckCode.UNEXPECTED_KERNEL_MODE_TRAP, DoubleFault, rsp, 0, rip);

    /// <summary>The bug check of an exception that nobody handled.</summary>
    /// <param name="record">The exception.</param>
    /// <param name="irql">The thread's level.</param>
    /// <param name="recordAddress">Where the guest's memory has the record.</param>
    /// <param name="contextAddress">Where it has the context.</param>
    public static BugCheck Unhandled(
        in EXCEPTION_RECORD record, byte irql, nuint recordAddress, nuint contextAddress)
    {
        // A system thread has a handler at its root, which gives the first; a DPC has none.
        var code = (ulong)record.ExceptionCode;
        return irql < Irql.Dispatch
            ? new BugCheck(
                BugCheckCode.SYSTEM_THREAD_EXCEPTION_NOT_HANDLED, code, record.ExceptionAddress,
                recordAddress, contextAddress)
            : new BugCheck(
                BugCheckCode.KMODE_EXCEPTION_NOT_HANDLED, code, record.ExceptionAddress,
                record.ExceptionInformation[0], record.ExceptionInformation[1]);
    }

    /// <summary>What an access tried to do, for the line.</summary>
    public static string Verb(ulong operation) => operation switch
    {
        0 => "reading",
        1 => "writing",
        _ => "executing",
    };

    // As with special pool on Windows; the guards of the default mode answer alike.
    private static BugCheckCode? Pool(AddressKind kind, bool isDriver) => (kind, isDriver) switch
    {
        (AddressKind.FreedPool, true) => BugCheckCode.DRIVER_PAGE_FAULT_IN_FREED_SPECIAL_POOL,
        (AddressKind.FreedPool, false) => BugCheckCode.PAGE_FAULT_IN_FREED_SPECIAL_POOL,
        (AddressKind.PoolGuard, true) => BugCheckCode.DRIVER_PAGE_FAULT_BEYOND_END_OF_ALLOCATION,
        (AddressKind.PoolGuard, false) => BugCheckCode.PAGE_FAULT_BEYOND_END_OF_ALLOCATION,
        _ => null,
    };

    // Since Windows 10 the second parameter has the processor's bits.
    private static ulong ErrorBits(ulong operation) => operation switch
    {
        0 => 0,
        1 => 2,
        _ => 0x10,
    };

    // What a page table entry of a valid page looks like; there is none here.
    private static ulong EntryOf(ulong address) => (address & 0xF_FFFF_FFFF_F000) | ValidPageTableEntry;
}
