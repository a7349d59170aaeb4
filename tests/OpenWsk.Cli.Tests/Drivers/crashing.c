/* Drivers that make one bug check each, chosen by FAULT when this is compiled, so that the report can be
 * read: the functions, lines and values here stand in tests. Nothing here is an example to follow. */
#include <ntddk.h>

#define FAULT_NULL_POINTER 1
#define FAULT_FREED_TWICE 2
#define FAULT_WILD_CALL 3
#define FAULT_DIVISION 4

#define TAG 'hsrC'

typedef struct _ITEM {
    struct _ITEM *Next;
    int Value;
} ITEM;

DRIVER_INITIALIZE DriverEntry;
static volatile int Sink;

__attribute__((noinline)) static int SumOfItems(ITEM *First)
{
    int sum = 0;
    for (; First; First = First->Next)
        sum += First->Value; /* tests name this line: 24 */
    Sink = sum;
    return sum;
}

__attribute__((noinline)) static int Misbehave(ITEM *Item)
{
    int result = 0;
#if FAULT == FAULT_NULL_POINTER
    KIRQL old;
    KeRaiseIrql(DISPATCH_LEVEL, &old);
    result = SumOfItems(Item);
#elif FAULT == FAULT_FREED_TWICE
    ExFreePoolWithTag(Item, TAG);
    ExFreePoolWithTag(Item, TAG);
#elif FAULT == FAULT_WILD_CALL
    result = ((int (*)(ITEM *))(ULONG_PTR)0x1234)(Item);
#elif FAULT == FAULT_DIVISION
    result = 100 / Item->Value;
#endif
    Sink = result;
    return result + 1;
}

NTSTATUS NTAPI DriverEntry(PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath)
{
    ITEM *item = ExAllocatePoolWithTag(NonPagedPool, sizeof(ITEM), TAG);
    int result;
    UNREFERENCED_PARAMETER(DriverObject);
    UNREFERENCED_PARAMETER(RegistryPath);
    if (!item)
        return STATUS_INSUFFICIENT_RESOURCES;
    item->Next = (ITEM *)8;
    item->Value = 0;
    result = Misbehave(item);
    DbgPrint("%d\n", result);
    return STATUS_SUCCESS;
}
