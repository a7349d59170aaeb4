// The numeric constants of the kernel (wdm.h and its neighbours) under their Windows names.
// Made from src/OpenWsk.Abi/Tables/wdm-constants.txt by the ABI tests: change the table, not this file.
// It knows nothing about their meaning; each is documented where it is used.
namespace OpenWsk.Abi;

/// <summary>Constants by their Windows names; import with <c>using static</c>.</summary>
public static class WdmConstants
{
    // Interrupt request levels (x64)
    public const byte PASSIVE_LEVEL = 0;
    public const byte LOW_LEVEL = 0;
    public const byte APC_LEVEL = 1;
    public const byte DISPATCH_LEVEL = 2;
    public const byte CMCI_LEVEL = 5;
    public const byte CLOCK_LEVEL = 13;
    public const byte IPI_LEVEL = 14;
    public const byte DRS_LEVEL = 14;
    public const byte POWER_LEVEL = 14;
    public const byte PROFILE_LEVEL = 15;
    public const byte HIGH_LEVEL = 15;

    // Major function codes
    public const byte IRP_MJ_CREATE = 0x00;
    public const byte IRP_MJ_CREATE_NAMED_PIPE = 0x01;
    public const byte IRP_MJ_CLOSE = 0x02;
    public const byte IRP_MJ_READ = 0x03;
    public const byte IRP_MJ_WRITE = 0x04;
    public const byte IRP_MJ_QUERY_INFORMATION = 0x05;
    public const byte IRP_MJ_SET_INFORMATION = 0x06;
    public const byte IRP_MJ_QUERY_EA = 0x07;
    public const byte IRP_MJ_SET_EA = 0x08;
    public const byte IRP_MJ_FLUSH_BUFFERS = 0x09;
    public const byte IRP_MJ_QUERY_VOLUME_INFORMATION = 0x0a;
    public const byte IRP_MJ_SET_VOLUME_INFORMATION = 0x0b;
    public const byte IRP_MJ_DIRECTORY_CONTROL = 0x0c;
    public const byte IRP_MJ_FILE_SYSTEM_CONTROL = 0x0d;
    public const byte IRP_MJ_DEVICE_CONTROL = 0x0e;
    public const byte IRP_MJ_INTERNAL_DEVICE_CONTROL = 0x0f;
    public const byte IRP_MJ_SCSI = 0x0f;
    public const byte IRP_MJ_SHUTDOWN = 0x10;
    public const byte IRP_MJ_LOCK_CONTROL = 0x11;
    public const byte IRP_MJ_CLEANUP = 0x12;
    public const byte IRP_MJ_CREATE_MAILSLOT = 0x13;
    public const byte IRP_MJ_QUERY_SECURITY = 0x14;
    public const byte IRP_MJ_SET_SECURITY = 0x15;
    public const byte IRP_MJ_POWER = 0x16;
    public const byte IRP_MJ_SYSTEM_CONTROL = 0x17;
    public const byte IRP_MJ_DEVICE_CHANGE = 0x18;
    public const byte IRP_MJ_QUERY_QUOTA = 0x19;
    public const byte IRP_MJ_SET_QUOTA = 0x1a;
    public const byte IRP_MJ_PNP = 0x1b;
    public const byte IRP_MJ_MAXIMUM_FUNCTION = 0x1b;

    // IRP.Flags
    public const uint IRP_NOCACHE = 0x00000001;
    public const uint IRP_PAGING_IO = 0x00000002;
    public const uint IRP_SYNCHRONOUS_API = 0x00000004;
    public const uint IRP_ASSOCIATED_IRP = 0x00000008;
    public const uint IRP_BUFFERED_IO = 0x00000010;
    public const uint IRP_DEALLOCATE_BUFFER = 0x00000020;
    public const uint IRP_INPUT_OPERATION = 0x00000040;
    public const uint IRP_SYNCHRONOUS_PAGING_IO = 0x00000040;
    public const uint IRP_CREATE_OPERATION = 0x00000080;
    public const uint IRP_READ_OPERATION = 0x00000100;
    public const uint IRP_WRITE_OPERATION = 0x00000200;
    public const uint IRP_CLOSE_OPERATION = 0x00000400;
    public const uint IRP_DEFER_IO_COMPLETION = 0x00000800;

    // IRP.AllocationFlags
    public const byte IRP_QUOTA_CHARGED = 0x01;
    public const byte IRP_ALLOCATED_MUST_SUCCEED = 0x02;
    public const byte IRP_ALLOCATED_FIXED_SIZE = 0x04;
    public const byte IRP_LOOKASIDE_ALLOCATION = 0x08;

    // Types of I/O objects
    public const short IO_TYPE_ADAPTER = 1;
    public const short IO_TYPE_CONTROLLER = 2;
    public const short IO_TYPE_DEVICE = 3;
    public const short IO_TYPE_DRIVER = 4;
    public const short IO_TYPE_FILE = 5;
    public const short IO_TYPE_MASTER_ADAPTER = 7;
    public const short IO_TYPE_OPEN_PACKET = 8;
    public const short IO_TYPE_TIMER = 9;
    public const short IO_TYPE_VPB = 10;

    // Priority boosts
    public const byte IO_NO_INCREMENT = 0;
    public const byte IO_DISK_INCREMENT = 1;
    public const byte IO_CD_ROM_INCREMENT = 1;
    public const byte IO_NAMED_PIPE_INCREMENT = 2;
    public const byte IO_NETWORK_INCREMENT = 2;
    public const byte IO_MAILSLOT_INCREMENT = 2;
    public const byte IO_SERIAL_INCREMENT = 2;
    public const byte IO_PARALLEL_INCREMENT = 1;
    public const byte IO_KEYBOARD_INCREMENT = 6;
    public const byte IO_MOUSE_INCREMENT = 6;
    public const byte IO_SOUND_INCREMENT = 8;
    public const byte EVENT_INCREMENT = 1;
    public const byte MUTANT_INCREMENT = 1;
    public const byte SEMAPHORE_INCREMENT = 1;

    // DEVICE_OBJECT.Flags
    public const uint DO_VERIFY_VOLUME = 0x00000002;
    public const uint DO_BUFFERED_IO = 0x00000004;
    public const uint DO_EXCLUSIVE = 0x00000008;
    public const uint DO_DIRECT_IO = 0x00000010;
    public const uint DO_MAP_IO_BUFFER = 0x00000020;
    public const uint DO_DEVICE_HAS_NAME = 0x00000040;
    public const uint DO_DEVICE_INITIALIZING = 0x00000080;
    public const uint DO_SHUTDOWN_REGISTERED = 0x00000800;
    public const uint DO_BUS_ENUMERATED_DEVICE = 0x00001000;
    public const uint DO_POWER_PAGABLE = 0x00002000;
    public const uint DO_POWER_INRUSH = 0x00004000;

    // Device types and characteristics
    public const uint FILE_DEVICE_BEEP = 0x00000001;
    public const uint FILE_DEVICE_DISK = 0x00000007;
    public const uint FILE_DEVICE_DISK_FILE_SYSTEM = 0x00000008;
    public const uint FILE_DEVICE_FILE_SYSTEM = 0x00000009;
    public const uint FILE_DEVICE_NAMED_PIPE = 0x00000011;
    public const uint FILE_DEVICE_NETWORK = 0x00000012;
    public const uint FILE_DEVICE_NETWORK_FILE_SYSTEM = 0x00000014;
    public const uint FILE_DEVICE_NULL = 0x00000015;
    public const uint FILE_DEVICE_PHYSICAL_NETCARD = 0x00000017;
    public const uint FILE_DEVICE_TRANSPORT = 0x00000021;
    public const uint FILE_DEVICE_UNKNOWN = 0x00000022;
    public const uint FILE_DEVICE_VIRTUAL_DISK = 0x00000024;
    public const uint FILE_DEVICE_NETWORK_REDIRECTOR = 0x00000028;
    public const uint FILE_DEVICE_BUS_EXTENDER = 0x0000002a;
    public const uint FILE_DEVICE_KS = 0x0000002f;
    public const uint FILE_REMOVABLE_MEDIA = 0x00000001;
    public const uint FILE_READ_ONLY_DEVICE = 0x00000002;
    public const uint FILE_REMOTE_DEVICE = 0x00000010;
    public const uint FILE_DEVICE_IS_MOUNTED = 0x00000020;
    public const uint FILE_VIRTUAL_VOLUME = 0x00000040;
    public const uint FILE_AUTOGENERATED_DEVICE_NAME = 0x00000080;
    public const uint FILE_DEVICE_SECURE_OPEN = 0x00000100;

    // DRIVER_OBJECT.Flags
    public const uint DRVO_UNLOAD_INVOKED = 0x00000001;
    public const uint DRVO_LEGACY_DRIVER = 0x00000002;
    public const uint DRVO_BUILTIN_DRIVER = 0x00000004;
    public const uint DRVO_REINIT_REGISTERED = 0x00000008;
    public const uint DRVO_INITIALIZED = 0x00000010;

    // I/O control codes
    public const uint METHOD_BUFFERED = 0;
    public const uint METHOD_IN_DIRECT = 1;
    public const uint METHOD_OUT_DIRECT = 2;
    public const uint METHOD_NEITHER = 3;
    public const uint FILE_ANY_ACCESS = 0;
    public const uint FILE_SPECIAL_ACCESS = 0;
    public const uint FILE_READ_ACCESS = 1;
    public const uint FILE_WRITE_ACCESS = 2;

    // Pool flags (ExAllocatePool2, ExAllocatePool3)
    public const ulong POOL_FLAG_REQUIRED_START = 0x0000000000000001;
    public const ulong POOL_FLAG_USE_QUOTA = 0x0000000000000001;
    public const ulong POOL_FLAG_UNINITIALIZED = 0x0000000000000002;
    public const ulong POOL_FLAG_SESSION = 0x0000000000000004;
    public const ulong POOL_FLAG_CACHE_ALIGNED = 0x0000000000000008;
    public const ulong POOL_FLAG_RESERVED1 = 0x0000000000000010;
    public const ulong POOL_FLAG_RAISE_ON_FAILURE = 0x0000000000000020;
    public const ulong POOL_FLAG_NON_PAGED = 0x0000000000000040;
    public const ulong POOL_FLAG_NON_PAGED_EXECUTE = 0x0000000000000080;
    public const ulong POOL_FLAG_PAGED = 0x0000000000000100;
    public const ulong POOL_FLAG_RESERVED2 = 0x0000000000000200;
    public const ulong POOL_FLAG_RESERVED3 = 0x0000000000000400;
    public const ulong POOL_FLAG_REQUIRED_END = 0x0000000080000000;
    public const ulong POOL_FLAG_OPTIONAL_START = 0x0000000100000000;
    public const ulong POOL_FLAG_SPECIAL_POOL = 0x0000000100000000;
    public const ulong POOL_FLAG_OPTIONAL_END = 0x8000000000000000;

    // Flags in a POOL_TYPE and in lookaside lists
    public const uint POOL_QUOTA_FAIL_INSTEAD_OF_RAISE = 8;
    public const uint POOL_RAISE_IF_ALLOCATION_FAILURE = 16;
    public const uint POOL_COLD_ALLOCATION = 256;
    public const uint POOL_NX_ALLOCATION = 512;
    public const uint POOL_ZERO_ALLOCATION = 1024;
    public const uint EX_LOOKASIDE_LIST_EX_FLAGS_RAISE_ON_FAIL = 1;
    public const uint EX_LOOKASIDE_LIST_EX_FLAGS_FAIL_NO_RAISE = 2;

    // Pages
    public const uint PAGE_SIZE = 0x1000;
    public const uint PAGE_SHIFT = 12;
    public const uint PAGE_NOACCESS = 0x01;
    public const uint PAGE_READONLY = 0x02;
    public const uint PAGE_READWRITE = 0x04;
    public const uint PAGE_WRITECOPY = 0x08;
    public const uint PAGE_EXECUTE = 0x10;
    public const uint PAGE_EXECUTE_READ = 0x20;
    public const uint PAGE_EXECUTE_READWRITE = 0x40;
    public const uint PAGE_EXECUTE_WRITECOPY = 0x80;
    public const uint PAGE_GUARD = 0x100;
    public const uint PAGE_NOCACHE = 0x200;
    public const uint PAGE_WRITECOMBINE = 0x400;
    public const uint MEM_COMMIT = 0x1000;
    public const uint MEM_RESERVE = 0x2000;
    public const uint MEM_DECOMMIT = 0x4000;
    public const uint MEM_RELEASE = 0x8000;
    public const uint MEM_FREE = 0x10000;
    public const uint SEC_IMAGE = 0x1000000;
    public const uint SEC_COMMIT = 0x8000000;

    // Priorities of MmMapLockedPagesSpecifyCache and the safe MDL macros
    public const uint LowPagePriority = 0;
    public const uint NormalPagePriority = 16;
    public const uint HighPagePriority = 32;

    // Flags beside these priorities
    public const uint MdlMappingNoWrite = 0x80000000;
    public const uint MdlMappingNoExecute = 0x40000000;
    public const uint MdlMappingWithGuardPtes = 0x20000000;

    // Further MdlFlags
    public const short MDL_IO_SPACE = 0x0800;
    public const short MDL_NETWORK_HEADER = 0x1000;
    public const short MDL_MAPPING_CAN_FAIL = 0x2000;
    public const short MDL_PAGE_CONTENTS_INVARIANT = 0x4000;
    public const short MDL_FREE_EXTRA_PTES = 0x0200;
    public const short MDL_DESCRIBES_AWE = 0x0400;

    // Flags of object attributes
    public const uint OBJ_INHERIT = 0x00000002;
    public const uint OBJ_PERMANENT = 0x00000010;
    public const uint OBJ_EXCLUSIVE = 0x00000020;
    public const uint OBJ_CASE_INSENSITIVE = 0x00000040;
    public const uint OBJ_OPENIF = 0x00000080;
    public const uint OBJ_OPENLINK = 0x00000100;
    public const uint OBJ_KERNEL_HANDLE = 0x00000200;
    public const uint OBJ_FORCE_ACCESS_CHECK = 0x00000400;
    public const uint OBJ_VALID_ATTRIBUTES = 0x00001FF2;

    // Access rights
    public const uint DELETE = 0x00010000;
    public const uint READ_CONTROL = 0x00020000;
    public const uint WRITE_DAC = 0x00040000;
    public const uint WRITE_OWNER = 0x00080000;
    public const uint SYNCHRONIZE = 0x00100000;
    public const uint STANDARD_RIGHTS_REQUIRED = 0x000F0000;
    public const uint STANDARD_RIGHTS_READ = 0x00020000;
    public const uint STANDARD_RIGHTS_WRITE = 0x00020000;
    public const uint STANDARD_RIGHTS_EXECUTE = 0x00020000;
    public const uint STANDARD_RIGHTS_ALL = 0x001F0000;
    public const uint SPECIFIC_RIGHTS_ALL = 0x0000FFFF;
    public const uint ACCESS_SYSTEM_SECURITY = 0x01000000;
    public const uint MAXIMUM_ALLOWED = 0x02000000;
    public const uint GENERIC_READ = 0x80000000;
    public const uint GENERIC_WRITE = 0x40000000;
    public const uint GENERIC_EXECUTE = 0x20000000;
    public const uint GENERIC_ALL = 0x10000000;
    public const uint EVENT_QUERY_STATE = 0x0001;
    public const uint EVENT_MODIFY_STATE = 0x0002;
    public const uint EVENT_ALL_ACCESS = 0x001F0003;
    public const uint THREAD_TERMINATE = 0x0001;
    public const uint THREAD_ALL_ACCESS = 0x001FFFFF;
    public const uint PROCESS_ALL_ACCESS = 0x001FFFFF;
    public const uint KEY_QUERY_VALUE = 0x0001;
    public const uint KEY_SET_VALUE = 0x0002;
    public const uint KEY_CREATE_SUB_KEY = 0x0004;
    public const uint KEY_ENUMERATE_SUB_KEYS = 0x0008;
    public const uint KEY_NOTIFY = 0x0010;
    public const uint KEY_CREATE_LINK = 0x0020;
    public const uint KEY_READ = 0x00020019;
    public const uint KEY_WRITE = 0x00020006;
    public const uint KEY_EXECUTE = 0x00020019;
    public const uint KEY_ALL_ACCESS = 0x000F003F;
    public const uint SECTION_QUERY = 0x0001;
    public const uint SECTION_MAP_WRITE = 0x0002;
    public const uint SECTION_MAP_READ = 0x0004;
    public const uint SECTION_MAP_EXECUTE = 0x0008;
    public const uint SECTION_ALL_ACCESS = 0x000F001F;
    public const uint FILE_READ_DATA = 0x0001;
    public const uint FILE_WRITE_DATA = 0x0002;
    public const uint FILE_APPEND_DATA = 0x0004;
    public const uint FILE_READ_EA = 0x0008;
    public const uint FILE_WRITE_EA = 0x0010;
    public const uint FILE_EXECUTE = 0x0020;
    public const uint FILE_READ_ATTRIBUTES = 0x0080;
    public const uint FILE_WRITE_ATTRIBUTES = 0x0100;
    public const uint FILE_ALL_ACCESS = 0x001F01FF;
    public const uint FILE_GENERIC_READ = 0x00120089;
    public const uint FILE_GENERIC_WRITE = 0x00120116;
    public const uint FILE_GENERIC_EXECUTE = 0x001200A0;

    // Opening files
    public const uint FILE_SHARE_READ = 0x00000001;
    public const uint FILE_SHARE_WRITE = 0x00000002;
    public const uint FILE_SHARE_DELETE = 0x00000004;
    public const uint FILE_ATTRIBUTE_READONLY = 0x00000001;
    public const uint FILE_ATTRIBUTE_HIDDEN = 0x00000002;
    public const uint FILE_ATTRIBUTE_SYSTEM = 0x00000004;
    public const uint FILE_ATTRIBUTE_DIRECTORY = 0x00000010;
    public const uint FILE_ATTRIBUTE_NORMAL = 0x00000080;
    public const uint FILE_SUPERSEDE = 0x00000000;
    public const uint FILE_OPEN = 0x00000001;
    public const uint FILE_CREATE = 0x00000002;
    public const uint FILE_OPEN_IF = 0x00000003;
    public const uint FILE_OVERWRITE = 0x00000004;
    public const uint FILE_OVERWRITE_IF = 0x00000005;
    public const uint FILE_DIRECTORY_FILE = 0x00000001;
    public const uint FILE_WRITE_THROUGH = 0x00000002;
    public const uint FILE_SEQUENTIAL_ONLY = 0x00000004;
    public const uint FILE_NO_INTERMEDIATE_BUFFERING = 0x00000008;
    public const uint FILE_SYNCHRONOUS_IO_ALERT = 0x00000010;
    public const uint FILE_SYNCHRONOUS_IO_NONALERT = 0x00000020;
    public const uint FILE_NON_DIRECTORY_FILE = 0x00000040;
    public const uint FILE_DELETE_ON_CLOSE = 0x00001000;
    public const uint FILE_SUPERSEDED = 0;
    public const uint FILE_OPENED = 1;
    public const uint FILE_CREATED = 2;
    public const uint FILE_OVERWRITTEN = 3;
    public const uint FILE_EXISTS = 4;
    public const uint FILE_DOES_NOT_EXIST = 5;
    public const uint FILE_USE_FILE_POINTER_POSITION = 0xFFFFFFFE;
    public const uint FILE_WRITE_TO_END_OF_FILE = 0xFFFFFFFF;

    // Types of registry values
    public const uint REG_NONE = 0;
    public const uint REG_SZ = 1;
    public const uint REG_EXPAND_SZ = 2;
    public const uint REG_BINARY = 3;
    public const uint REG_DWORD = 4;
    public const uint REG_DWORD_LITTLE_ENDIAN = 4;
    public const uint REG_DWORD_BIG_ENDIAN = 5;
    public const uint REG_LINK = 6;
    public const uint REG_MULTI_SZ = 7;
    public const uint REG_RESOURCE_LIST = 8;
    public const uint REG_FULL_RESOURCE_DESCRIPTOR = 9;
    public const uint REG_RESOURCE_REQUIREMENTS_LIST = 10;
    public const uint REG_QWORD = 11;
    public const uint REG_QWORD_LITTLE_ENDIAN = 11;
    public const uint REG_OPTION_NON_VOLATILE = 0;
    public const uint REG_OPTION_VOLATILE = 1;
    public const uint REG_CREATED_NEW_KEY = 1;
    public const uint REG_OPENED_EXISTING_KEY = 2;
    public const uint REG_NOTIFY_CHANGE_NAME = 0x00000001;
    public const uint REG_NOTIFY_CHANGE_ATTRIBUTES = 0x00000002;
    public const uint REG_NOTIFY_CHANGE_LAST_SET = 0x00000004;
    public const uint REG_NOTIFY_CHANGE_SECURITY = 0x00000008;
    public const uint PLUGPLAY_REGKEY_DEVICE = 1;
    public const uint PLUGPLAY_REGKEY_DRIVER = 2;
    public const uint PLUGPLAY_REGKEY_CURRENT_HWPROFILE = 4;

    // Plug and play notifications, and the kinds of products
    public const uint PNPNOTIFY_DEVICE_INTERFACE_INCLUDE_EXISTING_INTERFACES = 0x00000001;
    public const uint PRODUCT_UNDEFINED = 0x00000000;
    public const uint PRODUCT_PROFESSIONAL = 0x00000030;

    // RTL_QUERY_REGISTRY_TABLE.Flags and RelativeTo
    public const uint RTL_QUERY_REGISTRY_SUBKEY = 0x00000001;
    public const uint RTL_QUERY_REGISTRY_TOPKEY = 0x00000002;
    public const uint RTL_QUERY_REGISTRY_REQUIRED = 0x00000004;
    public const uint RTL_QUERY_REGISTRY_NOVALUE = 0x00000008;
    public const uint RTL_QUERY_REGISTRY_NOEXPAND = 0x00000010;
    public const uint RTL_QUERY_REGISTRY_DIRECT = 0x00000020;
    public const uint RTL_QUERY_REGISTRY_DELETE = 0x00000040;
    public const uint RTL_QUERY_REGISTRY_NOSTRING = 0x00000080;
    public const uint RTL_QUERY_REGISTRY_TYPECHECK = 0x00000100;
    public const uint RTL_QUERY_REGISTRY_TYPECHECK_SHIFT = 24;
    public const uint RTL_QUERY_REGISTRY_TYPECHECK_MASK = 0xFF000000;
    public const uint RTL_REGISTRY_ABSOLUTE = 0;
    public const uint RTL_REGISTRY_SERVICES = 1;
    public const uint RTL_REGISTRY_CONTROL = 2;
    public const uint RTL_REGISTRY_WINDOWS_NT = 3;
    public const uint RTL_REGISTRY_DEVICEMAP = 4;
    public const uint RTL_REGISTRY_USER = 5;
    public const uint RTL_REGISTRY_HANDLE = 0x40000000;
    public const uint RTL_REGISTRY_OPTIONAL = 0x80000000;

    // DbgPrintEx: components and levels
    public const uint DPFLTR_IHVDRIVER_ID = 77;
    public const uint DPFLTR_IHVVIDEO_ID = 78;
    public const uint DPFLTR_IHVAUDIO_ID = 79;
    public const uint DPFLTR_IHVNETWORK_ID = 80;
    public const uint DPFLTR_IHVSTREAMING_ID = 81;
    public const uint DPFLTR_IHVBUS_ID = 82;
    public const uint DPFLTR_DEFAULT_ID = 101;
    public const uint DPFLTR_ERROR_LEVEL = 0;
    public const uint DPFLTR_WARNING_LEVEL = 1;
    public const uint DPFLTR_TRACE_LEVEL = 2;
    public const uint DPFLTR_INFO_LEVEL = 3;
    public const uint DPFLTR_MASK = 0x80000000;

    // Waiting, threads and limits
    public const uint MAXIMUM_WAIT_OBJECTS = 64;
    public const uint THREAD_WAIT_OBJECTS = 3;
    public const uint LOW_PRIORITY = 0;
    public const uint LOW_REALTIME_PRIORITY = 16;
    public const uint HIGH_PRIORITY = 31;
    public const uint MAXIMUM_PRIORITY = 32;
    public const uint EX_DEFAULT_PUSH_LOCK_FLAGS = 0;
    public const uint EX_TIMER_HIGH_RESOLUTION = 4;
    public const uint EX_TIMER_NO_WAKE = 8;
    public const uint EX_TIMER_NOTIFICATION = 0x80000000;

    // Exceptions
    public const uint EXCEPTION_NONCONTINUABLE = 0x1;
    public const uint EXCEPTION_UNWINDING = 0x2;
    public const uint EXCEPTION_EXIT_UNWIND = 0x4;
    public const uint EXCEPTION_STACK_INVALID = 0x8;
    public const uint EXCEPTION_NESTED_CALL = 0x10;
    public const uint EXCEPTION_TARGET_UNWIND = 0x20;
    public const uint EXCEPTION_COLLIDED_UNWIND = 0x40;
    public const uint EXCEPTION_MAXIMUM_PARAMETERS = 15;
    public const uint CONTEXT_AMD64 = 0x00100000;
    public const uint CONTEXT_CONTROL = 0x00100001;
    public const uint CONTEXT_INTEGER = 0x00100002;
    public const uint CONTEXT_SEGMENTS = 0x00100004;
    public const uint CONTEXT_FLOATING_POINT = 0x00100008;
    public const uint CONTEXT_FULL = 0x0010000B;
    public const uint CONTEXT_DEBUG_REGISTERS = 0x00100010;

    // Security
    public const uint SECURITY_DESCRIPTOR_REVISION = 1;
    public const uint SECURITY_DESCRIPTOR_REVISION1 = 1;
    public const uint SECURITY_DESCRIPTOR_MIN_LENGTH = 40;
    public const uint SE_OWNER_DEFAULTED = 0x0001;
    public const uint SE_GROUP_DEFAULTED = 0x0002;
    public const uint SE_DACL_PRESENT = 0x0004;
    public const uint SE_DACL_DEFAULTED = 0x0008;
    public const uint SE_SACL_PRESENT = 0x0010;
    public const uint SE_SACL_DEFAULTED = 0x0020;
    public const uint SE_DACL_PROTECTED = 0x1000;
    public const uint SE_SACL_PROTECTED = 0x2000;
    public const uint SE_SELF_RELATIVE = 0x8000;
    public const uint OWNER_SECURITY_INFORMATION = 0x00000001;
    public const uint GROUP_SECURITY_INFORMATION = 0x00000002;
    public const uint DACL_SECURITY_INFORMATION = 0x00000004;
    public const uint SACL_SECURITY_INFORMATION = 0x00000008;
    public const uint ACL_REVISION = 2;
    public const uint ACL_REVISION_DS = 4;
    public const uint ACCESS_ALLOWED_ACE_TYPE = 0x0;
    public const uint ACCESS_DENIED_ACE_TYPE = 0x1;
    public const uint SYSTEM_AUDIT_ACE_TYPE = 0x2;
    public const uint SID_REVISION = 1;
    public const uint SID_MAX_SUB_AUTHORITIES = 15;

    // Bug check codes that this kernel raises
    public const uint IRQL_NOT_LESS_OR_EQUAL = 0x0A;
    public const uint NO_MORE_IRP_STACK_LOCATIONS = 0x35;
    public const uint MULTIPLE_IRP_COMPLETE_REQUESTS = 0x44;
    public const uint CANCEL_STATE_IN_COMPLETED_IRP = 0x48;
    public const uint KMODE_EXCEPTION_NOT_HANDLED = 0x1E;
    public const uint PAGE_FAULT_IN_NONPAGED_AREA = 0x50;
    public const uint SYSTEM_THREAD_EXCEPTION_NOT_HANDLED = 0x7E;
    public const uint BAD_POOL_CALLER = 0xC2;
    public const uint DRIVER_VERIFIER_DETECTED_VIOLATION = 0xC4;
    public const uint DRIVER_IRQL_NOT_LESS_OR_EQUAL = 0xD1;
    public const uint DRIVER_UNLOADED_WITHOUT_CANCELLING_PENDING_OPERATIONS = 0xCE;
    public const uint MANUALLY_INITIATED_CRASH = 0xE2;
    public const uint KERNEL_SECURITY_CHECK_FAILURE = 0x139;
}
