/* thread.c: what thread.h describes. A driver may be unloaded only when none of its threads runs any more,
 * and only the thread's object can be waited for.
 * It knows nothing about WSK. */
#include "thread.h"

NTSTATUS SampleStartThread(PKSTART_ROUTINE Routine, PVOID Context, PVOID *Thread)
{
    OBJECT_ATTRIBUTES attributes;
    HANDLE handle;
    NTSTATUS status;
    InitializeObjectAttributes(&attributes, NULL, OBJ_KERNEL_HANDLE, NULL, NULL);
    status = PsCreateSystemThread(&handle, THREAD_ALL_ACCESS, &attributes, NULL, NULL, Routine, Context);
    if (!NT_SUCCESS(status)) return status;
    status = ObReferenceObjectByHandle(handle, THREAD_ALL_ACCESS, NULL, KernelMode, Thread, NULL);
    /* A handle that was just made is good; without the object nobody could wait for the thread. */
    if (!NT_SUCCESS(status)) KeBugCheckEx(MANUALLY_INITIATED_CRASH, (ULONG_PTR)status, 0, 0, 0);
    ZwClose(handle);
    return status;
}

VOID SampleJoinThread(PVOID Thread)
{
    KeWaitForSingleObject(Thread, Executive, KernelMode, FALSE, NULL);
    ObDereferenceObject(Thread);
}
