/* Test driver: every kind of lock and wait, alone and against a second thread. It tells the line of the first
 * check that failed, 0 for none. It knows nothing about tables (tables.c) and strings (runtime.c).
 */
#include "wdk.h"

static KSPIN_LOCK spin;
static LONG rw;
static ULONG_PTR push;
static ERESOURCE resource;
static FAST_MUTEX fast;
static KGUARDED_MUTEX guarded;
static KMUTEX mutex;
static KSEMAPHORE semaphore;
static KEVENT go, done;
static EX_RUNDOWN_REF rundown;
static LONG by_spin, by_fast, by_resource;
static LONG order;

#define ROUNDS 200

static VOID NTAPI worker(PVOID context)
{
    KLOCK_QUEUE_HANDLE handle;
    KIRQL irql;
    (void)context;
    KeWaitForSingleObject(&go, Executive, KernelMode, FALSE, NULL);
    for (int i = 0; i < ROUNDS; i++) {
        KeAcquireSpinLock(&spin, &irql);
        by_spin++;
        KeReleaseSpinLock(&spin, irql);
        KeAcquireInStackQueuedSpinLock(&spin, &handle);
        by_spin++;
        KeReleaseInStackQueuedSpinLock(&handle);
        ExAcquireFastMutex(&fast);
        by_fast++;
        ExReleaseFastMutex(&fast);
        KeEnterCriticalRegion();
        ExAcquireResourceExclusiveLite(&resource, TRUE);
        by_resource++;
        ExReleaseResourceLite(&resource);
        KeLeaveCriticalRegion();
    }
    PsTerminateSystemThread(STATUS_CANCELLED);
}

static ULONG64 spin_locks(void)
{
    KLOCK_QUEUE_HANDLE handle;
    KIRQL irql = 9;
    KeInitializeSpinLock(&spin);
    KeAcquireSpinLock(&spin, &irql);
    CHECK(irql == PASSIVE_LEVEL && KeGetCurrentIrql() == DISPATCH_LEVEL);
    CHECK(!KeTryToAcquireSpinLockAtDpcLevel(&spin));
    KeReleaseSpinLock(&spin, irql);
    CHECK(KeGetCurrentIrql() == PASSIVE_LEVEL);
    KeAcquireInStackQueuedSpinLock(&spin, &handle);
    CHECK(handle.OldIrql == PASSIVE_LEVEL && spin != 0);
    KeReleaseInStackQueuedSpinLock(&handle);
    CHECK(spin == 0 && KeGetCurrentIrql() == PASSIVE_LEVEL);
    irql = ExAcquireSpinLockShared(&rw);
    CHECK(ExTryAcquireSpinLockSharedAtDpcLevel(&rw) && !ExTryAcquireSpinLockExclusiveAtDpcLevel(&rw));
    ExReleaseSpinLockSharedFromDpcLevel(&rw);
    ExReleaseSpinLockShared(&rw, irql);
    irql = ExAcquireSpinLockExclusive(&rw);
    CHECK(!ExTryAcquireSpinLockSharedAtDpcLevel(&rw));
    ExReleaseSpinLockExclusive(&rw, irql);
    CHECK(rw == 0 && KeGetCurrentIrql() == PASSIVE_LEVEL);
    return 0;
}

static ULONG64 resources(void)
{
    CHECK(NT_SUCCESS(ExInitializeResourceLite(&resource)));
    KeEnterCriticalRegion();
    CHECK(ExAcquireResourceExclusiveLite(&resource, TRUE) && ExAcquireResourceSharedLite(&resource, FALSE));
    CHECK(ExIsResourceAcquiredExclusiveLite(&resource) && ExIsResourceAcquiredSharedLite(&resource) == 2);
    ExConvertExclusiveToSharedLite(&resource);
    CHECK(!ExIsResourceAcquiredExclusiveLite(&resource) && ExGetExclusiveWaiterCount(&resource) == 0);
    ExReleaseResourceLite(&resource);
    ExReleaseResourceForThreadLite(&resource, ExGetCurrentResourceThread());
    CHECK(KeAreApcsDisabled());
    KeLeaveCriticalRegion();
    CHECK(!KeAreApcsDisabled());
    return 0;
}

static ULONG64 mutexes(void)
{
    LARGE_INTEGER zero = {0};
    ExInitializeFastMutex(&fast);
    ExAcquireFastMutex(&fast);
    CHECK(KeGetCurrentIrql() == APC_LEVEL && !ExTryToAcquireFastMutex(&fast));
    ExReleaseFastMutex(&fast);
    CHECK(KeGetCurrentIrql() == PASSIVE_LEVEL && ExTryToAcquireFastMutex(&fast));
    ExReleaseFastMutex(&fast);
    KeInitializeGuardedMutex(&guarded);
    KeAcquireGuardedMutex(&guarded);
    CHECK(KeAreAllApcsDisabled());
    KeReleaseGuardedMutex(&guarded);
    CHECK(!KeAreAllApcsDisabled());
    KeInitializeMutex(&mutex, 0);
    CHECK(KeWaitForMutexObject(&mutex, Executive, KernelMode, FALSE, NULL) == STATUS_SUCCESS);
    CHECK(KeWaitForSingleObject(&mutex, Executive, KernelMode, FALSE, &zero) == STATUS_SUCCESS);
    CHECK(KeReleaseMutex(&mutex, FALSE) == -1 && KeReleaseMutex(&mutex, FALSE) == 0);
    CHECK(KeReadStateMutex(&mutex) == 1);
    KeEnterCriticalRegion();
    ExAcquirePushLockExclusiveEx(&push, 0);
    CHECK(!ExTryAcquirePushLockExclusiveEx(&push, 0));
    ExReleasePushLockExclusiveEx(&push, 0);
    ExAcquirePushLockSharedEx(&push, 0);
    ExReleasePushLockSharedEx(&push, 0);
    KeLeaveCriticalRegion();
    CHECK(push == 0);
    return 0;
}

static ULONG64 waits(void)
{
    KTIMER timer;
    KWAIT_BLOCK blocks[4];
    LARGE_INTEGER soon, zero = {0};
    PVOID objects[4] = {&go, &semaphore, &mutex, &timer};
    soon.QuadPart = -1000;
    KeInitializeTimerEx(&timer, SynchronizationTimer);
    KeInitializeSemaphore(&semaphore, 0, 2);
    CHECK(KeWaitForMultipleObjects(4, objects, WaitAny, Executive, KernelMode, FALSE, &zero, blocks) == 2);
    CHECK(KeWaitForMultipleObjects(2, objects, WaitAny, Executive, KernelMode, TRUE, &soon, NULL)
        == STATUS_TIMEOUT);
    KeReleaseSemaphore(&semaphore, 0, 2, FALSE);
    CHECK(KeWaitForMultipleObjects(2, objects, WaitAny, Executive, KernelMode, FALSE, NULL, NULL) == 1);
    KeSetEvent(&go, 0, FALSE);
    CHECK(!KeSetTimer(&timer, soon, NULL));
    CHECK(KeWaitForMultipleObjects(4, objects, WaitAll, Executive, KernelMode, FALSE, NULL, blocks) == 0);
    CHECK(KeReadStateSemaphore(&semaphore) == 0 && !KeReadStateTimer(&timer));
    CHECK(KeReleaseMutex(&mutex, FALSE) == -1 && KeReleaseMutex(&mutex, FALSE) == 0);
    KeSetEvent(&go, 0, TRUE);
    CHECK(KeWaitForSingleObject(&go, Executive, KernelMode, FALSE, NULL) == STATUS_SUCCESS);
    CHECK(KeGetCurrentIrql() == PASSIVE_LEVEL);
    KeClearEvent(&go);
    return 0;
}

static ULONG64 threads(void)
{
    HANDLE handles[2];
    PVOID objects[2];
    for (int i = 0; i < 2; i++) {
        CHECK(NT_SUCCESS(PsCreateSystemThread(
            &handles[i], THREAD_ALL_ACCESS, NULL, NULL, NULL, worker, NULL)));
        CHECK(NT_SUCCESS(ObReferenceObjectByHandle(
            handles[i], THREAD_ALL_ACCESS, NULL, KernelMode, &objects[i], NULL)));
        ZwClose(handles[i]);
    }
    KeSetEvent(&go, 0, FALSE);
    KeWaitForMultipleObjects(2, objects, WaitAll, Executive, KernelMode, FALSE, NULL, NULL);
    CHECK(by_spin == 2 * 2 * ROUNDS && by_fast == 2 * ROUNDS && by_resource == 2 * ROUNDS);
    for (int i = 0; i < 2; i++) {
        CHECK(PsGetThreadExitStatus((PETHREAD)objects[i]) == STATUS_CANCELLED);
        ObDereferenceObject(objects[i]);
    }
    return 0;
}

static ULONG64 rundowns(void)
{
    ExInitializeRundownProtection(&rundown);
    CHECK(ExAcquireRundownProtection(&rundown));
    ExReleaseRundownProtection(&rundown);
    ExWaitForRundownProtectionRelease(&rundown);
    CHECK(!ExAcquireRundownProtection(&rundown));
    ExReInitializeRundownProtection(&rundown);
    CHECK(ExAcquireRundownProtection(&rundown));
    ExReleaseRundownProtection(&rundown);
    return 0;
}

static ULONG64 run(void)
{
    ULONG64 (*const all[])(void) = {spin_locks, resources, mutexes, waits, threads, rundowns};
    KeInitializeEvent(&go, NotificationEvent, FALSE);
    KeInitializeEvent(&done, SynchronizationEvent, FALSE);
    for (unsigned i = 0; i < sizeof(all) / sizeof(*all); i++) {
        ULONG64 line = all[i]();
        if (line != 0) return line;
    }
    order = KeCancelTimer(&(KTIMER){0});
    return NT_SUCCESS(ExDeleteResourceLite(&resource)) ? (ULONG64)order : __LINE__;
}
