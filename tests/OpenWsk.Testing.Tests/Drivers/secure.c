/* secure.c: devices with security descriptors in text, for an application that may or may not open them:
 * \\.\KernelOnly, \\.\Admins, \\.\AllRead, \\.\NoGuests. It knows nothing about tokens. */
#include <ntddk.h>

#define DEVICES 4

static PDEVICE_OBJECT devices[DEVICES];
static const PCWSTR names[DEVICES][3] = {
    { L"\\Device\\KernelOnly", L"\\??\\KernelOnly", L"D:P" },
    { L"\\Device\\Admins", L"\\??\\Admins", L"D:P(A;;GA;;;SY)(A;;GA;;;BA)" },
    { L"\\Device\\AllRead", L"\\??\\AllRead", L"D:P(A;;GA;;;SY)(A;;GRGWGX;;;BA)(A;;GR;;;WD)(A;;GR;;;RC)" },
    { L"\\Device\\NoGuests", L"\\??\\NoGuests", L"D:P(D;;0x1f01ff;;;BG)(A;;GA;;;S-1-1-0)" },
};

static NTSTATUS NTAPI Answer(PDEVICE_OBJECT device, PIRP irp)
{
    UNREFERENCED_PARAMETER(device);
    irp->IoStatus.Status = STATUS_SUCCESS;
    irp->IoStatus.Information = 0;
    IoCompleteRequest(irp, IO_NO_INCREMENT);
    return STATUS_SUCCESS;
}

static VOID NTAPI Unload(PDRIVER_OBJECT driver)
{
    ULONG i;
    UNREFERENCED_PARAMETER(driver);
    for (i = 0; i < DEVICES; i++) {
        UNICODE_STRING link;
        RtlInitUnicodeString(&link, names[i][1]);
        IoDeleteSymbolicLink(&link);
        IoDeleteDevice(devices[i]);
    }
}

NTSTATUS NTAPI DriverEntry(PDRIVER_OBJECT driver, PUNICODE_STRING registryPath)
{
    static const GUID class = { 0x4f70656e, 0x5773, 0x6b21, { 1, 2, 3, 4, 5, 6, 7, 9 } };
    UNICODE_STRING bad = RTL_CONSTANT_STRING(L"D:P(A;;GA;;;SY");
    PDEVICE_OBJECT none;
    NTSTATUS status;
    ULONG i;
    UNREFERENCED_PARAMETER(registryPath);
    driver->DriverUnload = Unload;
    driver->MajorFunction[IRP_MJ_CREATE] = Answer;
    driver->MajorFunction[IRP_MJ_CLEANUP] = Answer;
    driver->MajorFunction[IRP_MJ_CLOSE] = Answer;
    status = IoCreateDeviceSecure(driver, 0, NULL, FILE_DEVICE_UNKNOWN, 0, FALSE, &bad, &class, &none);
    DbgPrint("%x\n", status);
    for (i = 0; i < DEVICES; i++) {
        UNICODE_STRING name, link, text;
        PFILE_OBJECT file;
        RtlInitUnicodeString(&name, names[i][0]);
        RtlInitUnicodeString(&link, names[i][1]);
        RtlInitUnicodeString(&text, names[i][2]);
        status = IoCreateDeviceSecure(driver, 0, &name, FILE_DEVICE_UNKNOWN, FILE_DEVICE_SECURE_OPEN, FALSE,
            &text, &class, &devices[i]);
        if (!NT_SUCCESS(status)) return status;
        IoCreateSymbolicLink(&link, &name);
        devices[i]->Flags &= ~DO_DEVICE_INITIALIZING;
        status = IoGetDeviceObjectPointer(&name, FILE_ALL_ACCESS, &file, &none);
        if (!NT_SUCCESS(status)) return status;
        ObDereferenceObject(file);
    }
    return STATUS_SUCCESS;
}
