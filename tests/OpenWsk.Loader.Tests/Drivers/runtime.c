/* Test driver: timers, DPCs, work items, times, processors, strings and the C library as drivers use them. It
 * tells the line of the first check that failed, 0 for none.
 */
#include "wdk.h"
#include <stdarg.h>
#include <stdlib.h>

static KEVENT signalled;
static KTIMER timer;
static KDPC dpc;
static LONG calls;
static KIRQL seen_irql;

static VOID NTAPI deferred(struct _KDPC *which, PVOID context, PVOID first, PVOID second)
{
    (void)which;
    (void)first;
    (void)second;
    seen_irql = KeGetCurrentIrql();
    calls++;
    KeSetEvent((PKEVENT)context, 0, FALSE);
}

static VOID NTAPI timer_callback(PEX_TIMER which, PVOID context)
{
    (void)which;
    calls++;
    KeSetEvent((PKEVENT)context, 0, FALSE);
}

static VOID NTAPI work(PVOID context)
{
    seen_irql = KeGetCurrentIrql();
    KeSetEvent((PKEVENT)context, 0, FALSE);
}

static ULONG64 timers(void)
{
    LARGE_INTEGER soon;
    PEX_TIMER extended;
    soon.QuadPart = -1000;
    KeInitializeEvent(&signalled, SynchronizationEvent, FALSE);
    KeInitializeDpc(&dpc, deferred, &signalled);
    KeSetImportanceDpc(&dpc, HighImportance);
    CHECK(KeInsertQueueDpc(&dpc, NULL, NULL));
    KeWaitForSingleObject(&signalled, Executive, KernelMode, FALSE, NULL);
    CHECK(seen_irql == DISPATCH_LEVEL);
    KeInitializeTimer(&timer);
    CHECK(!KeSetTimerEx(&timer, soon, 1, &dpc));
    KeWaitForSingleObject(&signalled, Executive, KernelMode, FALSE, NULL);
    KeWaitForSingleObject(&signalled, Executive, KernelMode, FALSE, NULL);
    CHECK(KeCancelTimer(&timer) && KeReadStateTimer(&timer));
    KeFlushQueuedDpcs();
    CHECK(calls >= 3);
    KeClearEvent(&signalled);
    extended = ExAllocateTimer(timer_callback, &signalled, 0);
    CHECK(extended != NULL && !ExSetTimer(extended, -1000, 0, NULL));
    KeWaitForSingleObject(&signalled, Executive, KernelMode, FALSE, NULL);
    CHECK(!ExSetTimer(extended, -600000000LL, 0, NULL) && ExCancelTimer(extended, NULL));
    CHECK(!ExDeleteTimer(extended, TRUE, TRUE, NULL));
    return 0;
}

static ULONG64 works(void)
{
    WORK_QUEUE_ITEM item;
#pragma clang diagnostic push
#pragma clang diagnostic ignored "-Wdeprecated-declarations"
    ExInitializeWorkItem(&item, work, &signalled);
    ExQueueWorkItem(&item, DelayedWorkQueue);
#pragma clang diagnostic pop
    KeWaitForSingleObject(&signalled, Executive, KernelMode, FALSE, NULL);
    CHECK(seen_irql == PASSIVE_LEVEL);
    return 0;
}

static ULONG64 times(void)
{
    LARGE_INTEGER now, local, frequency, counter;
    TIME_FIELDS fields;
    ULONG seconds;
    KeQuerySystemTime(&now);
    RtlTimeToTimeFields(&now, &fields);
    CHECK(fields.Year >= 2020 && fields.Month >= 1 && fields.Month <= 12);
    CHECK(RtlTimeFieldsToTime(&fields, &local) && now.QuadPart - local.QuadPart < 10000);
    CHECK(RtlTimeToSecondsSince1970(&now, &seconds) && seconds > 1577836800);
    ExSystemTimeToLocalTime(&now, &local);
    counter = KeQueryPerformanceCounter(&frequency);
    CHECK(frequency.QuadPart == 10000000 && counter.QuadPart > 0);
    CHECK(KeQueryTimeIncrement() == 156250 && KeQueryInterruptTime() != 0);
    CHECK(KeQueryActiveProcessorCount(NULL) == 1 && KeGetCurrentProcessorNumber() == 0);
    return 0;
}

static int format(char *target, size_t size, const char *text, ...)
{
    va_list arguments;
    va_start(arguments, text);
    int length = _vsnprintf(target, size, text, arguments);
    va_end(arguments);
    return length;
}

static ULONG64 strings(void)
{
    char buffer[32], *end;
    WCHAR wide[16];
    UNICODE_STRING text, copy;
    ANSI_STRING ansi;
    ULONG number;
    CHECK(format(buffer, sizeof(buffer), "%d %s %#x", -5, "five", 255) == 12);
    CHECK(strcmp(buffer, "-5 five 0xff") == 0 && strstr(buffer, "five") == buffer + 3);
    CHECK(strtol("-0x20,", &end, 0) == -32 && *end == ',' && atoi(" 77") == 77);
    CHECK(_stricmp("AbC", "aBc") == 0 && strncmp("abc", "abd", 2) == 0 && strrchr(buffer, 'f') != NULL);
    RtlInitUnicodeString(&text, L"Straight 42");
    CHECK(NT_SUCCESS(RtlUnicodeStringToAnsiString(&ansi, &text, TRUE)) && ansi.Length == 11);
    RtlFreeAnsiString(&ansi);
    CHECK(NT_SUCCESS(RtlUpcaseUnicodeString(&copy, &text, TRUE)));
    CHECK(RtlEqualUnicodeString(&copy, &text, TRUE) && !RtlEqualUnicodeString(&copy, &text, FALSE));
    RtlFreeUnicodeString(&copy);
    text.Buffer += 9;
    text.Length = 4;
    CHECK(NT_SUCCESS(RtlUnicodeStringToInteger(&text, 10, &number)) && number == 42);
    RtlInitEmptyUnicodeString(&copy, wide, sizeof(wide));
    CHECK(NT_SUCCESS(RtlIntegerToUnicodeString(number, 16, &copy)) && wide[0] == '2' && wide[1] == 'A');
    CHECK(NT_SUCCESS(RtlAppendUnicodeToString(&copy, L"h")) && copy.Length == 6);
    CHECK(_wcsicmp(wide, L"2ah") == 0);
    CHECK(NT_SUCCESS(RtlUnicodeToMultiByteN(buffer, sizeof(buffer), &number, wide, 6)) && number == 3);
    return 0;
}

static int __cdecl by_value(const void *a, const void *b)
{
    return *(const int *)a - *(const int *)b;
}

static ULONG64 library(void)
{
    int numbers[] = {5, 3, 9, 1, 7};
    char source[16] = "overlapping";
    qsort(numbers, 5, sizeof(int), by_value);
    for (int i = 0; i < 5; i++)
        CHECK(numbers[i] == 2 * i + 1);
    memmove(source + 2, source, 8);
    CHECK(memcmp(source, "ovoverlapg", 8) == 0);
    CHECK(RtlCompareMemory(source, "ovoxxx", 6) == 3 && memchr(source, 'e', 16) == source + 4);
    CHECK(tolower('A') == 'a' && isdigit('7') && !isdigit('x'));
    return 0;
}

static ULONG64 run(void)
{
    ULONG64 (*const all[])(void) = {timers, works, times, strings, library};
    for (unsigned i = 0; i < sizeof(all) / sizeof(*all); i++) {
        ULONG64 line = all[i]();
        if (line != 0) return line;
    }
    return 0;
}
