/* common.h: what the drivers of the network benchmarks share: numbers of the Parameters key, one waited call,
 * and a step of a chain of calls that never recurses. It holds no state. Only routines are used here that
 * every provider of WSK has, so that echo-calls.sys loads anywhere. The drivers are never unloaded: their
 * process ends. It knows nothing about sockets.
 */
#pragma once

#include <ntddk.h>
#include <wsk.h>

#define BENCH_TAG 'hcnB'

/* A number of the Parameters key, or its default. */
static inline ULONG ReadNumber(PUNICODE_STRING RegistryPath, PCWSTR Name, ULONG Default)
{
    static const WCHAR suffix[] = L"\\Parameters";
    WCHAR path[256];
    ULONG words = RegistryPath->Length / sizeof(WCHAR);
    UCHAR bytes[sizeof(KEY_VALUE_PARTIAL_INFORMATION) + sizeof(ULONG)];
    PKEY_VALUE_PARTIAL_INFORMATION value = (PKEY_VALUE_PARTIAL_INFORMATION)bytes;
    UNICODE_STRING name;
    OBJECT_ATTRIBUTES attributes;
    HANDLE key;
    ULONG length = 0;
    ULONG number = Default;
    if (words + RTL_NUMBER_OF(suffix) > RTL_NUMBER_OF(path)) return Default;
    for (ULONG at = 0; at < words; at += 1) path[at] = RegistryPath->Buffer[at];
    for (ULONG at = 0; at < RTL_NUMBER_OF(suffix); at += 1) path[words + at] = suffix[at];
    RtlInitUnicodeString(&name, path);
    InitializeObjectAttributes(&attributes, &name, OBJ_KERNEL_HANDLE | OBJ_CASE_INSENSITIVE, NULL, NULL);
    if (!NT_SUCCESS(ZwOpenKey(&key, KEY_READ, &attributes))) return Default;
    RtlInitUnicodeString(&name, Name);
    if (NT_SUCCESS(ZwQueryValueKey(key, &name, KeyValuePartialInformation, value, sizeof(bytes), &length))
        && value->Type == REG_DWORD && value->DataLength == sizeof(ULONG))
        number = *(ULONG UNALIGNED *)value->Data;
    ZwClose(key);
    return number;
}

static inline VOID SetIpv4(PSOCKADDR_IN Address, ULONG HostOrderAddress, ULONG Port)
{
    for (ULONG at = 0; at < sizeof(*Address); at += 1) ((PUCHAR)Address)[at] = 0;
    Address->sin_family = AF_INET;
    Address->sin_port = (USHORT)(Port << 8 | (Port & 0xFFFF) >> 8);
    Address->sin_addr.s_addr = __builtin_bswap32(HostOrderAddress);
}

/* A call that is waited for, at PASSIVE_LEVEL: CALL_BEGIN, the WSK call with Irp, CALL_END. */
typedef struct _WAITED_CALL {
    PIRP Irp;
    KEVENT Done;
} WAITED_CALL, *PWAITED_CALL;

static inline NTSTATUS NTAPI WaitedCallDone(PDEVICE_OBJECT Device, PIRP Irp, PVOID Context)
{
    UNREFERENCED_PARAMETER(Device);
    UNREFERENCED_PARAMETER(Irp);
    KeSetEvent(&((PWAITED_CALL)Context)->Done, IO_NO_INCREMENT, FALSE);
    return STATUS_MORE_PROCESSING_REQUIRED;
}

static inline PIRP BeginWaitedCall(PWAITED_CALL Call)
{
    KeInitializeEvent(&Call->Done, SynchronizationEvent, FALSE);
    Call->Irp = IoAllocateIrp(1, FALSE);
    if (Call->Irp != NULL) IoSetCompletionRoutine(Call->Irp, WaitedCallDone, Call, TRUE, TRUE, TRUE);
    return Call->Irp;
}

static inline NTSTATUS EndWaitedCall(PWAITED_CALL Call, PULONG_PTR Information)
{
    NTSTATUS status;
    KeWaitForSingleObject(&Call->Done, Executive, KernelMode, FALSE, NULL);
    status = Call->Irp->IoStatus.Status;
    if (Information != NULL) *Information = Call->Irp->IoStatus.Information;
    IoFreeIrp(Call->Irp);
    return status;
}

/* A chain makes one call after the other with one IRP. A call may be complete before it returns; then whoever
 * made it goes on, and the completion routine does nothing. Otherwise the completion routine goes on. */
typedef struct _CHAIN {
    PIRP Irp;
    volatile LONG State;
} CHAIN, *PCHAIN;

enum { ChainCalling = 1, ChainPending, ChainDone };

static inline VOID BeginStep(PCHAIN Chain, PIO_COMPLETION_ROUTINE Routine, PVOID Context)
{
    IoReuseIrp(Chain->Irp, STATUS_UNSUCCESSFUL);
    IoSetCompletionRoutine(Chain->Irp, Routine, Context, TRUE, TRUE, TRUE);
    Chain->State = ChainCalling;
}

/* After the call: whether it is complete, so that the caller goes on. */
static inline BOOLEAN IsStepDone(PCHAIN Chain)
{
    return InterlockedCompareExchange(&Chain->State, ChainPending, ChainCalling) == ChainDone;
}

/* In the completion routine: whether it goes on, because the caller has returned. */
static inline BOOLEAN GoesOnHere(PCHAIN Chain)
{
    return InterlockedCompareExchange(&Chain->State, ChainDone, ChainCalling) == ChainPending;
}
