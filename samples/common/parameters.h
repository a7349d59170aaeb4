/* parameters.h: what the samples are told through the registry, under the Parameters key of the driver's
 * service. RemoteAddress (text, IPv4 or IPv6), RemotePort (text or number), Request (text with \r \n \t \\
 * escapes), Threads and Cycles (text or number; the stress sample), Abortive (the same).
 * Servers read LocalAddress (text), LocalPort and numbers of their own instead.
 * It knows nothing about sockets. */
#pragma once

#include <ntddk.h>
#include <wsk.h>

#define SAMPLE_TAG 'pmaS'

/* Room for an address with its port as text. */
#define SAMPLE_ADDRESS_CHARS 64

typedef struct _SAMPLE_PARAMETERS {
    SOCKADDR_INET Remote;
    SOCKADDR_INET Local;    /* The wildcard address of the same family, port 0. */
    CHAR RemoteText[SAMPLE_ADDRESS_CHARS]; /* As it is printed: 127.0.0.1:80 or [::1]:80. */
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

/* A number that one sample reads; Value has the default before, what was given afterwards. */
typedef struct _SAMPLE_NUMBER {
    PCWSTR Name;
    PULONG Value;
} SAMPLE_NUMBER;

#define SAMPLE_NUMBERS_MAX 5

/* Reads where a server is to listen, with DefaultAddress and port 0 (any) where nothing is said, and at most
 * SAMPLE_NUMBERS_MAX numbers. IRQL: PASSIVE_LEVEL. Errors: STATUS_INVALID_PARAMETER as above. */
NTSTATUS SampleReadServer(PUNICODE_STRING RegistryPath, PCWSTR DefaultAddress, const SAMPLE_NUMBER *Numbers,
    ULONG Count, PSOCKADDR_INET Local);

/* Parses an IPv4 or IPv6 address; the port stays 0. Returns FALSE when the text is neither. */
BOOLEAN SampleParseAddress(PCUNICODE_STRING Text, PSOCKADDR_INET Address);

/* Writes an address with its port, as 127.0.0.1:80 or [::1]:80, into SAMPLE_ADDRESS_CHARS characters and
 * returns them. IRQL: <= DISPATCH_LEVEL. */
PCSTR SampleFormatAddress(const SOCKADDR *Address, PCHAR Text);
