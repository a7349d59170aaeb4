/* files.c: what a driver does with files, sections, events and memory by handle. DriverEntry works through it
 * and prints each line where something else came out than Windows documents, and "done" at the end.
 * It knows nothing about where the files are. */
#include <ntddk.h>
#include <ntifs.h>

#define EXPECT(actual, expected) \
    do { \
        ULONG64 got = (ULONG64)(actual), wanted = (ULONG64)(expected); \
        if (got != wanted) DbgPrint("line %u: %I64x, not %I64x\n", __LINE__, got, wanted); \
    } while (0)
#define EXPECT_STATUS(actual, expected) EXPECT((ULONG)(actual), (ULONG)(expected))

static NTSTATUS Open(PHANDLE handle, PCWSTR path, ACCESS_MASK access, ULONG share, ULONG disposition,
    ULONG options, PULONG_PTR information)
{
    UNICODE_STRING name;
    OBJECT_ATTRIBUTES attributes;
    IO_STATUS_BLOCK block = { 0 };
    NTSTATUS status;
    RtlInitUnicodeString(&name, path);
    InitializeObjectAttributes(&attributes, &name, OBJ_CASE_INSENSITIVE | OBJ_KERNEL_HANDLE, NULL, NULL);
    status = ZwCreateFile(handle, access | SYNCHRONIZE, &attributes, &block, NULL, FILE_ATTRIBUTE_NORMAL,
        share, disposition, options | FILE_SYNCHRONOUS_IO_NONALERT, NULL, 0);
    if (information) *information = block.Information;
    return status;
}

static void Files(void)
{
    HANDLE file, other;
    IO_STATUS_BLOCK block;
    LARGE_INTEGER offset;
    FILE_STANDARD_INFORMATION standard;
    BOOLEAN disposition = TRUE;
    CHAR text[16] = { 0 };
    ULONG_PTR information;
    EXPECT_STATUS(Open(&file, L"\\??\\C:\\Temp\\None.txt", GENERIC_READ, 0, FILE_OPEN, 0, NULL),
        STATUS_OBJECT_NAME_NOT_FOUND);
    EXPECT_STATUS(Open(&file, L"\\??\\C:\\None\\None.txt", GENERIC_READ, 0, FILE_OPEN, 0, NULL),
        STATUS_OBJECT_PATH_NOT_FOUND);
    EXPECT_STATUS(Open(&file, L"\\??\\Q:\\None.txt", GENERIC_READ, 0, FILE_OPEN, 0, NULL),
        STATUS_OBJECT_PATH_NOT_FOUND);
    EXPECT_STATUS(Open(&file, L"\\??\\C:\\Temp\\..\\a", GENERIC_READ, 0, FILE_CREATE, 0, NULL),
        STATUS_OBJECT_NAME_INVALID);
    EXPECT_STATUS(Open(&file, L"\\DosDevices\\C:\\Temp\\Log.txt", GENERIC_READ | GENERIC_WRITE | DELETE,
        FILE_SHARE_READ, FILE_OPEN_IF, FILE_NON_DIRECTORY_FILE, &information), STATUS_SUCCESS);
    EXPECT(information, FILE_CREATED);
    EXPECT_STATUS(ZwWriteFile(file, NULL, NULL, NULL, &block, "hello world", 11, NULL, NULL), STATUS_SUCCESS);
    EXPECT(block.Information, 11);
    offset.QuadPart = 6;
    EXPECT_STATUS(ZwReadFile(file, NULL, NULL, NULL, &block, text, 16, &offset, NULL), STATUS_SUCCESS);
    EXPECT(block.Information, 5);
    EXPECT(memcmp(text, "world", 5), 0);
    EXPECT_STATUS(ZwReadFile(file, NULL, NULL, NULL, &block, text, 16, NULL, NULL), STATUS_END_OF_FILE);
    EXPECT_STATUS(Open(&other, L"\\??\\c:\\temp\\LOG.TXT", GENERIC_READ, FILE_SHARE_READ, FILE_OPEN, 0, NULL),
        STATUS_SHARING_VIOLATION);
    EXPECT_STATUS(Open(&other, L"\\??\\c:\\temp\\LOG.TXT", FILE_READ_ATTRIBUTES, FILE_SHARE_READ
        | FILE_SHARE_WRITE | FILE_SHARE_DELETE, FILE_OPEN, 0, NULL), STATUS_SUCCESS);
    EXPECT_STATUS(ZwReadFile(other, NULL, NULL, NULL, &block, text, 16, NULL, NULL), STATUS_ACCESS_DENIED);
    EXPECT_STATUS(ZwQueryInformationFile(other, &block, &standard, sizeof(standard), FileStandardInformation),
        STATUS_SUCCESS);
    EXPECT(standard.EndOfFile.QuadPart, 11);
    EXPECT_STATUS(ZwQueryInformationFile(other, &block, &standard, 4, FileStandardInformation),
        STATUS_INFO_LENGTH_MISMATCH);
    EXPECT_STATUS(ZwSetInformationFile(file, &block, &disposition, sizeof(disposition),
        FileDispositionInformation), STATUS_SUCCESS);
    EXPECT_STATUS(ZwClose(other), STATUS_SUCCESS);
    EXPECT_STATUS(ZwClose(file), STATUS_SUCCESS);
    EXPECT_STATUS(Open(&file, L"\\??\\C:\\Temp\\Log.txt", GENERIC_READ, 0, FILE_OPEN, 0, NULL),
        STATUS_OBJECT_NAME_NOT_FOUND);
}

typedef struct {
    BOOLEAN ReplaceIfExists;
    HANDLE RootDirectory;
    ULONG FileNameLength;
    WCHAR FileName[40];
} RENAME;

/* FileRenameInformation. */
static NTSTATUS Rename(HANDLE file, HANDLE root, PCWSTR name, BOOLEAN replace)
{
    IO_STATUS_BLOCK block;
    RENAME rename = { replace, root, 0, { 0 } };
    while (name[rename.FileNameLength / 2] != 0) {
        rename.FileName[rename.FileNameLength / 2] = name[rename.FileNameLength / 2];
        rename.FileNameLength += 2;
    }
    return ZwSetInformationFile(file, &block, &rename, sizeof(rename), 10);
}

static NTSTATUS Make(PHANDLE file, PCWSTR path)
{
    return Open(file, path, GENERIC_READ | GENERIC_WRITE | DELETE, FILE_SHARE_READ | FILE_SHARE_WRITE
        | FILE_SHARE_DELETE, FILE_OPEN_IF, 0, NULL);
}

static void Renaming(void)
{
    HANDLE file, other, folder, windows;
    IO_STATUS_BLOCK block;
    RENAME cut = { FALSE, NULL, 200, L"x" };
    CHAR text[4];
    LARGE_INTEGER start = { .QuadPart = 0 };
    EXPECT_STATUS(Make(&file, L"\\??\\C:\\Temp\\A.txt"), STATUS_SUCCESS);
    EXPECT_STATUS(ZwWriteFile(file, NULL, NULL, NULL, &block, "name", 4, NULL, NULL), STATUS_SUCCESS);
    EXPECT_STATUS(Make(&other, L"\\??\\C:\\Temp\\B.txt"), STATUS_SUCCESS);
    EXPECT_STATUS(Rename(file, NULL, L"B.txt", FALSE), STATUS_OBJECT_NAME_COLLISION);
    EXPECT_STATUS(Rename(file, NULL, L"B.txt", TRUE), STATUS_ACCESS_DENIED);
    ZwClose(other);
    EXPECT_STATUS(Rename(file, NULL, L"B.txt", FALSE), STATUS_OBJECT_NAME_COLLISION);
    EXPECT_STATUS(Rename(file, NULL, L"B.txt", TRUE), STATUS_SUCCESS);
    EXPECT_STATUS(Rename(file, NULL, L"b.TXT", FALSE), STATUS_SUCCESS);
    EXPECT_STATUS(Rename(file, NULL, L"\\??\\C:\\None\\B.txt", FALSE), STATUS_OBJECT_PATH_NOT_FOUND);
    EXPECT_STATUS(Rename(file, NULL, L"\\??\\C:\\Temp\\..\\B.txt", FALSE), STATUS_OBJECT_NAME_INVALID);
    EXPECT_STATUS(ZwSetInformationFile(file, &block, &cut, sizeof(cut), 10), STATUS_INVALID_PARAMETER);
    EXPECT_STATUS(ZwSetInformationFile(file, &block, &cut, 8, 10), STATUS_INFO_LENGTH_MISMATCH);
    EXPECT_STATUS(Rename(file, NULL, L"\\??\\C:\\Windows\\B.txt", FALSE), STATUS_SUCCESS);
    EXPECT_STATUS(Open(&windows, L"\\??\\C:\\Temp", FILE_READ_DATA, 7, FILE_OPEN, FILE_DIRECTORY_FILE, NULL),
        STATUS_SUCCESS);
    EXPECT_STATUS(Rename(file, file, L"C.txt", FALSE), STATUS_INVALID_PARAMETER);
    EXPECT_STATUS(Rename(file, windows, L"C.txt", FALSE), STATUS_SUCCESS);
    ZwClose(windows);
    ZwClose(file);
    EXPECT_STATUS(Open(&file, L"\\??\\C:\\Windows\\B.txt", GENERIC_READ, 0, FILE_OPEN, 0, NULL),
        STATUS_OBJECT_NAME_NOT_FOUND);
    EXPECT_STATUS(Open(&file, L"\\??\\C:\\Temp\\C.txt", GENERIC_READ, 0, FILE_OPEN, 0, NULL), STATUS_SUCCESS);
    EXPECT_STATUS(ZwReadFile(file, NULL, NULL, NULL, &block, text, 4, &start, NULL), STATUS_SUCCESS);
    EXPECT(memcmp(text, "name", 4), 0);
    EXPECT_STATUS(Rename(file, NULL, L"D.txt", FALSE), STATUS_ACCESS_DENIED);
    ZwClose(file);
    /* A folder takes what is in it along, but not while a part of that is open, nor into itself. */
    EXPECT_STATUS(Open(&folder, L"\\??\\C:\\Temp\\One", DELETE, 7, FILE_CREATE, FILE_DIRECTORY_FILE, NULL),
        STATUS_SUCCESS);
    EXPECT_STATUS(Make(&file, L"\\??\\C:\\Temp\\One\\A.txt"), STATUS_SUCCESS);
    EXPECT_STATUS(Rename(folder, NULL, L"Two", FALSE), STATUS_ACCESS_DENIED);
    ZwClose(file);
    EXPECT_STATUS(Rename(folder, NULL, L"\\??\\C:\\Temp\\One\\Two", FALSE), STATUS_SHARING_VIOLATION);
    EXPECT_STATUS(Rename(folder, NULL, L"Two", FALSE), STATUS_SUCCESS);
    ZwClose(folder);
    EXPECT_STATUS(Make(&file, L"\\??\\C:\\Temp\\Two\\A.txt"), STATUS_SUCCESS);
    ZwClose(file);
}

static ULONG apcs;
static PVOID apcContext;
static PIO_STATUS_BLOCK apcBlock;

static VOID NTAPI OnApc(PVOID context, PIO_STATUS_BLOCK block, ULONG reserved)
{
    EXPECT(KeGetCurrentIrql(), PASSIVE_LEVEL);
    EXPECT(reserved, 0);
    apcs++;
    apcContext = context;
    apcBlock = block;
}

/* The forms of reading and writing that tell an APC routine, or an event, or both. */
static void Apcs(void)
{
    HANDLE file, event;
    IO_STATUS_BLOCK block = { 0 };
    LARGE_INTEGER start = { .QuadPart = 0 }, now = { 0 };
    CHAR text[4];
    EXPECT_STATUS(Make(&file, L"\\??\\C:\\Temp\\Apc.txt"), STATUS_SUCCESS);
    EXPECT_STATUS(ZwCreateEvent(&event, EVENT_ALL_ACCESS, NULL, NotificationEvent, FALSE), STATUS_SUCCESS);
    EXPECT_STATUS(ZwWriteFile(file, NULL, OnApc, &file, &block, "apcs", 4, &start, NULL), STATUS_SUCCESS);
    EXPECT(apcs, 1);
    EXPECT(apcContext, &file);
    EXPECT(apcBlock, &block);
    EXPECT(block.Information, 4);
    EXPECT_STATUS(ZwReadFile(file, event, OnApc, &event, &block, text, 4, &start, NULL), STATUS_SUCCESS);
    EXPECT(apcs, 2);
    EXPECT(apcContext, &event);
    EXPECT_STATUS(ZwWaitForSingleObject(event, FALSE, &now), STATUS_SUCCESS);
    /* A request resets the event that it is given. One that fails at once tells no APC routine. */
    start.QuadPart = -5;
    EXPECT_STATUS(ZwReadFile(file, event, OnApc, NULL, &block, text, 4, &start, NULL),
        STATUS_INVALID_PARAMETER);
    start.QuadPart = 4;
    EXPECT_STATUS(ZwReadFile(file, NULL, OnApc, NULL, &block, text, 4, &start, NULL), STATUS_END_OF_FILE);
    EXPECT(apcs, 2);
    EXPECT_STATUS(ZwReadFile(file, file, NULL, NULL, &block, text, 4, &start, NULL),
        STATUS_OBJECT_TYPE_MISMATCH);
    ZwClose(event);
    ZwClose(file);
}

/* Numbers that are none, and buffers that are not there. */
static void Mistakes(void)
{
    HANDLE file;
    IO_STATUS_BLOCK block;
    LARGE_INTEGER number = { .QuadPart = -1 };
    CHAR text[4] = { 0 };
    ULONG raised = 0;
    EXPECT_STATUS(Make(&file, L"\\??\\C:\\Temp\\Bad.txt"), STATUS_SUCCESS);
    EXPECT_STATUS(ZwSetInformationFile(file, &block, &number, 8, FileEndOfFileInformation),
        STATUS_INVALID_PARAMETER);
    EXPECT_STATUS(ZwSetInformationFile(file, &block, &number, 8, FilePositionInformation),
        STATUS_INVALID_PARAMETER);
    number.QuadPart = 0x7FFFFFFFFFFFFFFF;
    EXPECT_STATUS(ZwWriteFile(file, NULL, NULL, NULL, &block, text, 4, &number, NULL),
        STATUS_INVALID_PARAMETER);
    EXPECT_STATUS(ZwReadFile(file, NULL, NULL, NULL, &block, text, 4, &number, NULL), STATUS_END_OF_FILE);
    number.QuadPart = 0;
    EXPECT_STATUS(ZwWriteFile(file, NULL, NULL, NULL, &block, text, 0xFFFFFFFF, &number, NULL),
        STATUS_INSUFFICIENT_RESOURCES);
    EXPECT_STATUS(ZwWriteFile(file, NULL, NULL, NULL, &block, text, 4, &number, NULL), STATUS_SUCCESS);
#ifdef _MSC_VER
    __try {
        ZwReadFile(file, NULL, NULL, NULL, &block, (PVOID)16, 4, &number, NULL);
    } __except (EXCEPTION_EXECUTE_HANDLER) {
        raised++;
    }
    __try {
        ZwWriteFile(file, NULL, NULL, NULL, &block, (PVOID)16, 4, &number, NULL);
    } __except (EXCEPTION_EXECUTE_HANDLER) {
        raised++;
    }
    EXPECT(raised, 2);
#else
    UNREFERENCED_PARAMETER(raised);
#endif
    ZwClose(file);
}

static void Folder(void)
{
    HANDLE file, folder;
    IO_STATUS_BLOCK block;
    UNICODE_STRING pattern = RTL_CONSTANT_STRING(L"*.txt");
    UCHAR buffer[256];
    EXPECT_STATUS(Open(&file, L"\\SystemRoot\\Temp\\One.txt", FILE_APPEND_DATA, 0, FILE_CREATE, 0, NULL),
        STATUS_SUCCESS);
    EXPECT_STATUS(ZwWriteFile(file, NULL, NULL, NULL, &block, "abc", 3, NULL, NULL), STATUS_SUCCESS);
    ZwClose(file);
    EXPECT_STATUS(Open(&folder, L"\\??\\C:\\Windows\\Temp", FILE_READ_DATA, FILE_SHARE_READ
        | FILE_SHARE_WRITE, FILE_OPEN, FILE_DIRECTORY_FILE, NULL), STATUS_SUCCESS);
    EXPECT_STATUS(ZwQueryDirectoryFile(folder, NULL, NULL, NULL, &block, buffer, sizeof(buffer),
        FileDirectoryInformation, FALSE, &pattern, TRUE), STATUS_SUCCESS);
    EXPECT(*(ULONG *)(buffer + 60), 14);
    EXPECT(*(ULONG64 *)(buffer + 40), 3);
    EXPECT(memcmp(buffer + 64, L"One.txt", 14), 0);
    EXPECT_STATUS(ZwQueryDirectoryFile(folder, NULL, NULL, NULL, &block, buffer, sizeof(buffer),
        FileDirectoryInformation, FALSE, NULL, FALSE), STATUS_NO_MORE_FILES);
    ZwClose(folder);
}

static void Sections(void)
{
    HANDLE file, section;
    LARGE_INTEGER size = { .QuadPart = 8192 };
    PVOID one = NULL, two = NULL;
    SIZE_T viewOne = 0, viewTwo = 4096;
    IO_STATUS_BLOCK block;
    CHAR text[4];
    UNICODE_STRING name = RTL_CONSTANT_STRING(L"\\Device\\PhysicalMemory");
    OBJECT_ATTRIBUTES attributes;
    EXPECT_STATUS(ZwCreateSection(&section, SECTION_ALL_ACCESS, NULL, &size, PAGE_READWRITE, SEC_COMMIT,
        NULL), STATUS_SUCCESS);
    EXPECT_STATUS(ZwMapViewOfSection(section, ZwCurrentProcess(), &one, 0, 0, NULL, &viewOne, ViewUnmap, 0,
        PAGE_READWRITE), STATUS_SUCCESS);
    EXPECT_STATUS(ZwMapViewOfSection(section, ZwCurrentProcess(), &two, 0, 0, NULL, &viewTwo, ViewUnmap, 0,
        PAGE_READWRITE), STATUS_SUCCESS);
    EXPECT(viewOne, 8192);
    *(ULONG *)one = 42;
    EXPECT(*(ULONG *)two, 42);
    EXPECT_STATUS(ZwClose(section), STATUS_SUCCESS);
    EXPECT_STATUS(ZwUnmapViewOfSection(ZwCurrentProcess(), two), STATUS_SUCCESS);
    EXPECT_STATUS(ZwUnmapViewOfSection(ZwCurrentProcess(), one), STATUS_SUCCESS);
    EXPECT_STATUS(ZwUnmapViewOfSection(ZwCurrentProcess(), one), STATUS_NOT_MAPPED_VIEW);
    InitializeObjectAttributes(&attributes, &name, 0, NULL, NULL);
    EXPECT_STATUS(ZwOpenSection(&section, SECTION_MAP_READ, &attributes), STATUS_ACCESS_DENIED);
    EXPECT_STATUS(Open(&file, L"\\??\\C:\\Temp\\Map.bin", GENERIC_READ | GENERIC_WRITE, 0, FILE_CREATE, 0,
        NULL), STATUS_SUCCESS);
    one = NULL;
    viewOne = 0;
    size.QuadPart = 4;
    EXPECT_STATUS(ZwCreateSection(&section, SECTION_ALL_ACCESS, NULL, &size, PAGE_READWRITE, SEC_COMMIT,
        file), STATUS_SUCCESS);
    EXPECT_STATUS(ZwMapViewOfSection(section, ZwCurrentProcess(), &one, 0, 0, NULL, &viewOne, ViewUnmap, 0,
        PAGE_READWRITE), STATUS_SUCCESS);
    memcpy(one, "mapd", 4);
    ZwUnmapViewOfSection(ZwCurrentProcess(), one);
    ZwClose(section);
    size.QuadPart = 0;
    EXPECT_STATUS(ZwReadFile(file, NULL, NULL, NULL, &block, text, 4, &size, NULL), STATUS_SUCCESS);
    EXPECT(memcmp(text, "mapd", 4), 0);
    ZwClose(file);
}

static void Events(void)
{
    HANDLE event, same;
    LARGE_INTEGER now = { 0 };
    UNICODE_STRING name = RTL_CONSTANT_STRING(L"\\BaseNamedObjects\\Openwsk");
    PKEVENT object;
    EXPECT_STATUS(ZwCreateEvent(&event, EVENT_ALL_ACCESS, NULL, SynchronizationEvent, FALSE), STATUS_SUCCESS);
    EXPECT_STATUS(ZwWaitForSingleObject(event, FALSE, &now), STATUS_TIMEOUT);
    EXPECT_STATUS(ZwSetEvent(event, NULL), STATUS_SUCCESS);
    EXPECT_STATUS(ZwWaitForSingleObject(event, FALSE, &now), STATUS_SUCCESS);
    EXPECT_STATUS(ZwClose(event), STATUS_SUCCESS);
    EXPECT_STATUS(ZwSetEvent(event, NULL), STATUS_INVALID_HANDLE);
    object = IoCreateNotificationEvent(&name, &event);
    EXPECT(KeReadStateEvent(object), 1);
    EXPECT(IoCreateNotificationEvent(&name, &same), object);
    ZwClose(same);
    ZwClose(event);
}

static void Memory(void)
{
    ULONG word = 0x12345678, copy = 0;
    SIZE_T copied = 7;
    MM_COPY_ADDRESS from;
    PVOID base = NULL;
    SIZE_T size = 100;
    MEMORY_BASIC_INFORMATION information;
    ULONG bytes = 0;
    EXPECT(MmIsAddressValid(&word), TRUE);
    EXPECT(MmIsAddressValid((PVOID)16), FALSE);
    from.VirtualAddress = &word;
    EXPECT_STATUS(MmCopyMemory(&copy, from, 4, MM_COPY_MEMORY_VIRTUAL, &copied), STATUS_SUCCESS);
    EXPECT(copy, word);
    from.VirtualAddress = (PVOID)16;
    EXPECT_STATUS(MmCopyMemory(&copy, from, 4, MM_COPY_MEMORY_VIRTUAL, &copied), STATUS_INVALID_ADDRESS);
    EXPECT(copied, 0);
    EXPECT_STATUS(ZwAllocateVirtualMemory(ZwCurrentProcess(), &base, 0, &size, MEM_COMMIT | MEM_RESERVE,
        PAGE_READWRITE), STATUS_SUCCESS);
    EXPECT(size, 4096);
    memset(base, 1, size);
    EXPECT_STATUS(ZwQueryVirtualMemory(ZwCurrentProcess(), base, MemoryBasicInformation, &information,
        sizeof(information), NULL), STATUS_SUCCESS);
    EXPECT(information.RegionSize, 4096);
    size = 0;
    EXPECT_STATUS(ZwFreeVirtualMemory(ZwCurrentProcess(), &base, &size, MEM_RELEASE), STATUS_SUCCESS);
    EXPECT_STATUS(ZwQuerySystemInformation(0, &information, 8, &bytes), STATUS_INFO_LENGTH_MISMATCH);
    EXPECT(bytes, 64);
    EXPECT_STATUS(ZwQuerySystemInformation(4711, &information, 8, &bytes), STATUS_INVALID_INFO_CLASS);
}

/* The driver of talk.c, when it is loaded: the sum of three bytes. */
static void Device(void)
{
    HANDLE device;
    IO_STATUS_BLOCK block;
    UCHAR bytes[8] = { 1, 2, 3 };
    if (Open(&device, L"\\Device\\Talk", GENERIC_READ | GENERIC_WRITE, 0, FILE_OPEN, 0, NULL)) return;
    EXPECT_STATUS(ZwDeviceIoControlFile(device, NULL, NULL, NULL, &block, 0x222004, bytes, 3, bytes, 8),
        STATUS_SUCCESS);
    DbgPrint("the other driver says %u\n", bytes[0]);
    ZwClose(device);
}

static VOID NTAPI Unload(PDRIVER_OBJECT driver)
{
    UNREFERENCED_PARAMETER(driver);
}

NTSTATUS NTAPI DriverEntry(PDRIVER_OBJECT driver, PUNICODE_STRING registryPath)
{
    UNREFERENCED_PARAMETER(registryPath);
    driver->DriverUnload = Unload;
    Files();
    Renaming();
    Apcs();
    Mistakes();
    Folder();
    Sections();
    Events();
    Memory();
    Device();
    DbgPrint("done\n");
    return STATUS_SUCCESS;
}
