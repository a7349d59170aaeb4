/* parameters.h: what the samples are told through the registry, under the Parameters key of the driver's
 * service. RemoteAddress (text, IPv4 or IPv6), RemotePort (text or number), Request (text with \r \n \t \\
 * escapes), Threads and Cycles (text or number; the stress sample), Abortive (the same).
 * It knows nothing about sockets. */
#pragma once

#include <ntddk.h>
#include <wsk.h>

typedef struct _SAMPLE_PARAMETERS {
    SOCKADDR_INET Remote;
    SOCKADDR_INET Local;    /* The wildcard address of the same family, port 0. */
    CHAR RemoteText[96];    /* As it is printed: 127.0.0.1:80 or [::1]:80. */
    PUCHAR Request;         /* Nonpaged; NULL when none was allocated. */
    ULONG RequestBytes;
    ULONG Threads;
    ULONG Cycles;
    ULONG Abortive;
} SAMPLE_PARAMETERS, *PSAMPLE_PARAMETERS;

/* Reads every parameter, with a default for each that is missing. IRQL: PASSIVE_LEVEL.
 * Errors: STATUS_INVALID_PARAMETER for a value that means nothing (a line says which). Then free them. */
NTSTATUS SampleReadParameters(PUNICODE_STRING RegistryPath, PSAMPLE_PARAMETERS Parameters);

VOID SampleFreeParameters(PSAMPLE_PARAMETERS Parameters);

/* Parses an IPv4 or IPv6 address; the port stays 0. Returns FALSE when the text is neither. */
BOOLEAN SampleParseAddress(PCUNICODE_STRING Text, PSOCKADDR_INET Address);

#define SAMPLE_TAG 'pmaS'
