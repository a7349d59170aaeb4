// Bug checks that this kernel gives, under their Windows names and numbers (bugcodes.h, documented in the bug check
// code reference). It knows nothing about who gives them. Next: Executive.BugCheck.cs.
namespace OpenWsk.Kernel;

/// <summary>Why Windows would have stopped the machine.</summary>
public enum BugCheckCode : uint
{
    IRQL_NOT_GREATER_OR_EQUAL = 0x09,
    IRQL_NOT_LESS_OR_EQUAL = 0x0A,
    SPIN_LOCK_ALREADY_OWNED = 0x0F,
    SPIN_LOCK_NOT_OWNED = 0x10,
    THREAD_NOT_MUTEX_OWNER = 0x11,
    REFERENCE_BY_POINTER = 0x18,
    BAD_POOL_HEADER = 0x19,
    MULTIPLE_IRP_COMPLETE_REQUESTS = 0x44,
    CANCEL_STATE_IN_COMPLETED_IRP = 0x48,
    PROCESS_HAS_LOCKED_PAGES = 0x76,
    INVALID_KERNEL_HANDLE = 0x93,
    ATTEMPTED_SWITCH_FROM_DPC = 0xB8,
    BAD_POOL_CALLER = 0xC2,
    DRIVER_VERIFIER_IOMANAGER_VIOLATION = 0xC9,
    SPECIAL_POOL_DETECTED_MEMORY_CORRUPTION = 0xC1,
    KERNEL_SECURITY_CHECK_FAILURE = 0x139,
}
