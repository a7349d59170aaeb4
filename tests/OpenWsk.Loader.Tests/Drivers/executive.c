/* Test driver: executive timers, hash tables, lookaside lists, cache-aware rundown protection and DPCs on all
 * processors. It tells the line of the first check that failed, 0 for none. It knows nothing about locks
 * (locks.c) and other tables (tables.c). */
#include "wdk.h"

static KEVENT signalled;
static LONG calls, deleted, ends;
static PEX_RUNDOWN_REF_CACHE_AWARE shared;

static VOID NTAPI fired(PEX_TIMER timer, PVOID context)
{
    (void)timer;
    if (InterlockedIncrement(&calls) == 3) KeSetEvent((PKEVENT)context, 0, FALSE);
}

static VOID NTAPI gone(PVOID context)
{
    InterlockedIncrement(&deleted);
    KeSetEvent((PKEVENT)context, 0, FALSE);
}

static ULONG64 timers(void)
{
    EXT_SET_PARAMETERS how;
    EXT_DELETE_PARAMETERS end;
    PEX_TIMER timer = ExAllocateTimer(fired, &signalled, EX_TIMER_HIGH_RESOLUTION);
    CHECK(timer != NULL);
    ExInitializeSetTimerParameters(&how);
    how.NoWakeTolerance = EX_TIMER_UNLIMITED_TOLERANCE;
    CHECK(!ExSetTimer(timer, -10000, 10000, &how));
    KeWaitForSingleObject(&signalled, Executive, KernelMode, FALSE, NULL);
    CHECK(calls >= 3);
    CHECK(ExSetTimer(timer, -600000000LL, 0, NULL));
    ExInitializeDeleteTimerParameters(&end);
    end.DeleteCallback = gone;
    end.DeleteContext = &signalled;
    KeClearEvent(&signalled);
    CHECK(ExDeleteTimer(timer, TRUE, FALSE, &end));
    KeWaitForSingleObject(&signalled, Executive, KernelMode, FALSE, NULL);
    CHECK(deleted == 1);
    timer = ExAllocateTimer(NULL, NULL, EX_TIMER_NOTIFICATION);
    CHECK(timer != NULL && !ExSetTimer(timer, -10000, 0, NULL));
    CHECK(KeWaitForSingleObject(timer, Executive, KernelMode, FALSE, NULL) == STATUS_SUCCESS);
    CHECK(!ExDeleteTimer(timer, TRUE, TRUE, NULL));
    return 0;
}

typedef struct _NODE {
    RTL_DYNAMIC_HASH_TABLE_ENTRY Entry;
    ULONG Number;
} NODE;

static ULONG64 hash_tables(void)
{
    static NODE nodes[300];
    PRTL_DYNAMIC_HASH_TABLE table = NULL;
    PRTL_DYNAMIC_HASH_TABLE_ENTRY entry;
    RTL_DYNAMIC_HASH_TABLE_CONTEXT context;
    RTL_DYNAMIC_HASH_TABLE_ENUMERATOR walk;
    ULONG seen = 0;
    CHECK(RtlCreateHashTable(&table, 0, 0));
    for (ULONG i = 0; i < 300; i++) {
        nodes[i].Number = i;
        CHECK(RtlInsertEntryHashTable(table, &nodes[i].Entry, 1 + i / 2, NULL));
    }
    CHECK(RtlTotalEntriesHashTable(table) == 300);
    while (RtlExpandHashTable(table) && RtlTotalBucketsHashTable(table) < 512) { }
    RtlInitHashTableContext(&context);
    entry = RtlLookupEntryHashTable(table, 1 + 100 / 2, &context);
    CHECK(entry != NULL && CONTAINING_RECORD(entry, NODE, Entry)->Number / 2 == 50);
    entry = RtlGetNextEntryHashTable(table, &context);
    CHECK(entry != NULL && CONTAINING_RECORD(entry, NODE, Entry)->Number / 2 == 50);
    CHECK(RtlGetNextEntryHashTable(table, &context) == NULL);
    RtlReleaseHashTableContext(&context);
    CHECK(RtlInitEnumerationHashTable(table, &walk));
    while ((entry = RtlEnumerateEntryHashTable(table, &walk)) != NULL) {
        seen += CONTAINING_RECORD(entry, NODE, Entry)->Number;
        CHECK(RtlRemoveEntryHashTable(table, entry, NULL));
    }
    RtlEndEnumerationHashTable(table, &walk);
    CHECK(seen == 299 * 150 && RtlTotalEntriesHashTable(table) == 0);
    while (RtlContractHashTable(table)) { }
    RtlDeleteHashTable(table);
    return 0;
}

static LOOKASIDE_LIST_EX list;
static LONG made, freed;

static PVOID NTAPI make(POOL_TYPE type, SIZE_T bytes, ULONG tag, PLOOKASIDE_LIST_EX which)
{
    InterlockedIncrement(&made);
    return which == &list ? ExAllocatePoolWithTag(type, bytes, tag) : NULL;
}

static VOID NTAPI discard(PVOID block, PLOOKASIDE_LIST_EX which)
{
    if (which == &list) InterlockedIncrement(&freed);
    ExFreePoolWithTag(block, 'kooL');
}

static ULONG64 lookasides(void)
{
    PVOID blocks[8];
    CHECK(NT_SUCCESS(ExInitializeLookasideListEx(&list, make, discard, NonPagedPoolNx, 0, 100, 'kooL', 0)));
    for (int round = 0; round < 2; round++) {
        for (int i = 0; i < 8; i++) {
            blocks[i] = ExAllocateFromLookasideListEx(&list);
            CHECK(blocks[i] != NULL);
            RtlFillMemory(blocks[i], 100, i);
        }
        for (int i = 0; i < 8; i++) {
            CHECK(((PUCHAR)blocks[i])[99] == i);
            ExFreeToLookasideListEx(&list, blocks[i]);
        }
    }
    CHECK(made >= 8);
    ExFlushLookasideListEx(&list);
    CHECK(made == freed);
    ExDeleteLookasideListEx(&list);
    CHECK(NT_SUCCESS(ExInitializeLookasideListEx(&list, NULL, NULL, PagedPool, 0, 64, 'kooL', 0)));
    blocks[0] = ExAllocateFromLookasideListEx(&list);
    CHECK(blocks[0] != NULL);
    ExFreeToLookasideListEx(&list, blocks[0]);
    ExDeleteLookasideListEx(&list);
    return 0;
}

static VOID NTAPI release(PVOID context)
{
    LARGE_INTEGER soon;
    soon.QuadPart = -10000;
    KeDelayExecutionThread(KernelMode, FALSE, &soon);
    calls = -1;
    ExReleaseRundownProtectionCacheAware((PEX_RUNDOWN_REF_CACHE_AWARE)context);
    PsTerminateSystemThread(STATUS_SUCCESS);
}

static ULONG64 rundowns(void)
{
    HANDLE thread;
    CHECK(ExSizeOfRundownProtectionCacheAware() >= sizeof(EX_RUNDOWN_REF));
    shared = ExAllocateCacheAwareRundownProtection(NonPagedPoolNx, 'nuRC');
    CHECK(shared != NULL && ExAcquireRundownProtectionCacheAware(shared));
    CHECK(ExAcquireRundownProtectionCacheAwareEx(shared, 3));
    ExReleaseRundownProtectionCacheAwareEx(shared, 3);
    CHECK(NT_SUCCESS(
        PsCreateSystemThread(&thread, THREAD_ALL_ACCESS, NULL, NULL, NULL, release, shared)));
    ExWaitForRundownProtectionReleaseCacheAware(shared);
    CHECK(calls == -1 && !ExAcquireRundownProtectionCacheAware(shared));
    ExRundownCompletedCacheAware(shared);
    ExReInitializeRundownProtectionCacheAware(shared);
    CHECK(ExAcquireRundownProtectionCacheAware(shared));
    ExReleaseRundownProtectionCacheAware(shared);
    ExFreeCacheAwareRundownProtection(shared);
    CHECK(ZwWaitForSingleObject(thread, FALSE, NULL) == STATUS_SUCCESS);
    CHECK(NT_SUCCESS(ZwClose(thread)));
    return 0;
}

static VOID NTAPI everywhere(struct _KDPC *dpc, PVOID context, PVOID first, PVOID second)
{
    (void)dpc;
    if (context == &ends && KeGetCurrentIrql() == DISPATCH_LEVEL) InterlockedIncrement(&ends);
    if (KeSignalCallDpcSynchronize(second)) InterlockedAdd(&ends, 1000);
    KeSignalCallDpcDone(first);
}

static ULONG64 calls_everywhere(void)
{
    KeGenericCallDpc(everywhere, &ends);
    CHECK(ends == 1000 + (LONG)KeQueryActiveProcessorCountEx(ALL_PROCESSOR_GROUPS));
    CHECK(KeGetCurrentIrql() == PASSIVE_LEVEL);
    return 0;
}

static ULONG64 run(void)
{
    ULONG64 (*const all[])(void) = {timers, hash_tables, lookasides, rundowns, calls_everywhere};
    KeInitializeEvent(&signalled, SynchronizationEvent, FALSE);
    for (unsigned i = 0; i < sizeof(all) / sizeof(*all); i++) {
        ULONG64 line = all[i]();
        if (line != 0) return line;
    }
    return 0;
}
