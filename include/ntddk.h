/* ntddk.h: wdm.h and the few routines that Windows' own ntddk.h adds for drivers that are not plug and play.
 * It knows nothing about Winsock Kernel, which is wsk.h. */
#ifndef OPENWSK_NTDDK_H
#define OPENWSK_NTDDK_H

#include <wdm.h>

OPENWSK_EXTERN_C_BEGIN

typedef VOID(NTAPI DRIVER_REINITIALIZE)(PDRIVER_OBJECT DriverObject, PVOID Context, ULONG Count);
typedef DRIVER_REINITIALIZE *PDRIVER_REINITIALIZE;

NTKERNELAPI VOID NTAPI IoRegisterDriverReinitialization(
    PDRIVER_OBJECT DriverObject, PDRIVER_REINITIALIZE DriverReinitializationRoutine, PVOID Context);
NTSYSAPI NTSTATUS NTAPI ZwQuerySystemInformation(
    ULONG SystemInformationClass, PVOID SystemInformation, ULONG Length, PULONG ReturnLength);

OPENWSK_EXTERN_C_END

#endif
