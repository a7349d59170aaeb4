// Bug checks that this kernel gives, under their Windows names and numbers (bugcodes.h, documented in the bug
// check code reference). It knows nothing about who gives them. Next: Executive.BugCheck.cs.
namespace OpenWsk.Kernel;

/// <summary>Why Windows would have stopped the machine.</summary>
public enum BugCheckCode : uint
{
    SPIN_LOCK_ALREADY_OWNED = 0x0F,
    SPIN_LOCK_NOT_OWNED = 0x10,
    THREAD_NOT_MUTEX_OWNER = 0x11,
    REFERENCE_BY_POINTER = 0x18,
    BAD_POOL_HEADER = 0x19,
    NO_MORE_IRP_STACK_LOCATIONS = 0x35,
    TARGET_MDL_TOO_SMALL = 0x40,
    MULTIPLE_IRP_COMPLETE_REQUESTS = 0x44,
    CANCEL_STATE_IN_COMPLETED_IRP = 0x48,
    ATTEMPTED_SWITCH_FROM_DPC = 0xB8,
    BAD_POOL_CALLER = 0xC2,
    DRIVER_VERIFIER_IOMANAGER_VIOLATION = 0xC9,
}
