/* evntrace.h: WPP software tracing and WMI registration.
 * It knows nothing about providers of the new interface: those are in evntprov.h. */
#ifndef OPENWSK_EVNTRACE_H
#define OPENWSK_EVNTRACE_H

#include <evntprov.h>

OPENWSK_EXTERN_C_BEGIN

#define TRACE_LEVEL_NONE 0
#define TRACE_LEVEL_CRITICAL 1
#define TRACE_LEVEL_FATAL 1
#define TRACE_LEVEL_ERROR 2
#define TRACE_LEVEL_WARNING 3
#define TRACE_LEVEL_INFORMATION 4
#define TRACE_LEVEL_VERBOSE 5

#define TRACE_MESSAGE_SEQUENCE 1
#define TRACE_MESSAGE_GUID 2
#define TRACE_MESSAGE_COMPONENTID 4
#define TRACE_MESSAGE_TIMESTAMP 8
#define TRACE_MESSAGE_PERFORMANCE_TIMESTAMP 16
#define TRACE_MESSAGE_SYSTEMINFO 32

#define WMIREG_ACTION_REGISTER 1
#define WMIREG_ACTION_DEREGISTER 2
#define WMIREG_ACTION_REREGISTER 3
#define WMIREG_ACTION_UPDATE_GUIDS 4
#define WMIREG_ACTION_BLOCK_IRPS 5

typedef ULONG64 TRACEHANDLE, *PTRACEHANDLE;

typedef struct _TRACE_ENABLE_CONTEXT {
    USHORT LoggerId;
    UCHAR Level;
    UCHAR InternalFlag;
    ULONG EnableFlags;
} TRACE_ENABLE_CONTEXT, *PTRACE_ENABLE_CONTEXT;

typedef enum _TRACE_INFORMATION_CLASS {
    TraceIdClass,
    TraceHandleClass,
    TraceEnableFlagsClass,
    TraceEnableLevelClass,
    GlobalLoggerHandleClass,
    EventLoggerHandleClass,
    AllLoggerHandlesClass,
    TraceHandleByNameClass
} TRACE_INFORMATION_CLASS;

typedef VOID(NTAPI *PETW_CLASSIC_CALLBACK)(
    const GUID *Guid, UCHAR ControlCode, PVOID EnableContext, PVOID CallbackContext);

NTKERNELAPI NTSTATUS NTAPI EtwRegisterClassicProvider(const GUID *ProviderGuid, ULONG Type,
    PETW_CLASSIC_CALLBACK EnableCallback, PVOID CallbackContext, PREGHANDLE RegHandle);
NTKERNELAPI NTSTATUS __cdecl WmiTraceMessage(
    TRACEHANDLE LoggerHandle, ULONG MessageFlags, const GUID *MessageGuid, USHORT MessageNumber, ...);
NTKERNELAPI NTSTATUS NTAPI WmiTraceMessageVa(TRACEHANDLE LoggerHandle, ULONG MessageFlags,
    const GUID *MessageGuid, USHORT MessageNumber, va_list MessageArgList);
NTKERNELAPI NTSTATUS NTAPI WmiQueryTraceInformation(TRACE_INFORMATION_CLASS TraceInformationClass,
    PVOID TraceInformation, ULONG TraceInformationLength, PULONG RequiredLength, PVOID Buffer);
NTKERNELAPI NTSTATUS NTAPI IoWMIRegistrationControl(PVOID DeviceObject, ULONG Action);

OPENWSK_EXTERN_C_END

#endif
