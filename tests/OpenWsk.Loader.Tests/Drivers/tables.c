/* Test driver: AVL and splay tables, bitmaps, lookaside lists and lists, through the headers' inlines and the
 * imports. It tells the line of the first check that failed, 0 for none.
 */
#include "wdk.h"

typedef struct { ULONG key; ULONG value; } entry;

static RTL_AVL_TABLE avl;
static RTL_GENERIC_TABLE splay;
static NPAGED_LOOKASIDE_LIST lookaside;
static LONG live;

#define COUNT 300

static RTL_GENERIC_COMPARE_RESULTS compare(const entry *a, const entry *b)
{
    return a->key < b->key ? GenericLessThan : a->key > b->key ? GenericGreaterThan : GenericEqual;
}

static RTL_GENERIC_COMPARE_RESULTS NTAPI compare_avl(struct _RTL_AVL_TABLE *table, PVOID a, PVOID b)
{
    (void)table;
    return compare(a, b);
}

static PVOID NTAPI allocate_avl(struct _RTL_AVL_TABLE *table, ULONG size)
{
    (void)table;
    live++;
    return ExAllocatePoolWithTag(NonPagedPool, size, 'lvAT');
}

static VOID NTAPI free_avl(struct _RTL_AVL_TABLE *table, PVOID buffer)
{
    (void)table;
    live--;
    ExFreePoolWithTag(buffer, 'lvAT');
}

static RTL_GENERIC_COMPARE_RESULTS NTAPI compare_splay(struct _RTL_GENERIC_TABLE *table, PVOID a, PVOID b)
{
    (void)table;
    return compare(a, b);
}

static PVOID NTAPI allocate_splay(struct _RTL_GENERIC_TABLE *table, ULONG size)
{
    (void)table;
    live++;
    return size <= 64 ? ExAllocateFromNPagedLookasideList(&lookaside) : NULL;
}

static VOID NTAPI free_splay(struct _RTL_GENERIC_TABLE *table, PVOID buffer)
{
    (void)table;
    live--;
    ExFreeToNPagedLookasideList(&lookaside, buffer);
}

static ULONG64 avl_tables(void)
{
    BOOLEAN isNew;
    PVOID restart = NULL;
    ULONG last = 0, seen = 0;
    RtlInitializeGenericTableAvl(&avl, compare_avl, allocate_avl, free_avl, &live);
    for (ULONG i = 0; i < COUNT; i++) {
        entry e = {(i * 7919) % COUNT, i};
        entry *in = RtlInsertElementGenericTableAvl(&avl, &e, sizeof(e), &isNew);
        CHECK(in != NULL && isNew && in->value == i);
    }
    CHECK(RtlNumberGenericTableElementsAvl(&avl) == COUNT && avl.TableContext == &live);
    for (entry *e = RtlEnumerateGenericTableAvl(&avl, TRUE); e != NULL;
         e = RtlEnumerateGenericTableAvl(&avl, FALSE)) {
        CHECK(seen == e->key);
        seen++;
    }
    CHECK(seen == COUNT);
    for (entry *e; (e = RtlEnumerateGenericTableWithoutSplayingAvl(&avl, &restart)) != NULL; last = e->key)
        CHECK(e->key >= last);
    for (ULONG i = 0; i < COUNT; i++) {
        entry e = {i, 0};
        CHECK(RtlLookupElementGenericTableAvl(&avl, &e) != NULL);
        CHECK(((entry *)RtlGetElementGenericTableAvl(&avl, 0))->key == i);
        CHECK(RtlDeleteElementGenericTableAvl(&avl, &e) && !RtlDeleteElementGenericTableAvl(&avl, &e));
    }
    CHECK(RtlIsGenericTableEmptyAvl(&avl) && live == 0);
    return 0;
}

static ULONG64 splay_tables(void)
{
    BOOLEAN isNew;
    ExInitializeNPagedLookasideList(&lookaside, NULL, NULL, 0, 64, 'lpsT', 0);
    RtlInitializeGenericTable(&splay, compare_splay, allocate_splay, free_splay, NULL);
    for (ULONG i = 0; i < COUNT; i++) {
        entry e = {(i * 7919) % COUNT, i};
        CHECK(RtlInsertElementGenericTable(&splay, &e, sizeof(e), &isNew) != NULL && isNew);
    }
    for (ULONG i = 0; i < COUNT; i++)
        CHECK(((entry *)RtlGetElementGenericTable(&splay, i))->value == i);
    for (ULONG i = 0; i < COUNT; i++) {
        entry e = {i, 0};
        entry *found = RtlLookupElementGenericTable(&splay, &e);
        CHECK(found != NULL && found->key == i && RtlIsRoot(splay.TableRoot));
        CHECK(RtlDeleteElementGenericTable(&splay, &e));
    }
    CHECK(RtlIsGenericTableEmpty(&splay) && live == 0);
    ExDeleteNPagedLookasideList(&lookaside);
    return 0;
}

static ULONG64 bitmaps(void)
{
    ULONG words[4];
    RTL_BITMAP map;
    RtlInitializeBitMap(&map, words, 100);
    RtlClearAllBits(&map);
    CHECK(RtlFindClearBitsAndSet(&map, 40, 0) == 0 && RtlFindClearBitsAndSet(&map, 40, 0) == 40);
    CHECK(RtlFindClearBitsAndSet(&map, 40, 0) == 0xFFFFFFFF && RtlNumberOfSetBits(&map) == 80);
    RtlClearBits(&map, 10, 5);
    CHECK(RtlAreBitsClear(&map, 10, 5) && !RtlAreBitsSet(&map, 9, 2) && RtlCheckBit(&map, 9) == 1);
    CHECK(RtlFindClearBits(&map, 5, 50) == 80 && RtlFindClearBits(&map, 5, 0) == 10);
    return 0;
}

static ULONG64 lists(void)
{
    SLIST_HEADER head;
    DECLSPEC_ALIGN(16) SLIST_ENTRY entries[3];
    LIST_ENTRY list, items[3];
    KSPIN_LOCK lock;
    InitializeSListHead(&head);
    for (int i = 0; i < 3; i++)
        InterlockedPushEntrySList(&head, &entries[i]);
    CHECK(ExQueryDepthSList(&head) == 3 && InterlockedPopEntrySList(&head) == &entries[2]);
    CHECK(ExInterlockedFlushSList(&head) == &entries[1] && ExQueryDepthSList(&head) == 0);
    KeInitializeSpinLock(&lock);
    InitializeListHead(&list);
    CHECK(ExInterlockedInsertTailList(&list, &items[0], &lock) == NULL);
    CHECK(ExInterlockedInsertHeadList(&list, &items[1], &lock) == &items[0]);
    InsertTailList(&list, &items[2]);
    CHECK(ExInterlockedRemoveHeadList(&list, &lock) == &items[1] && RemoveTailList(&list) == &items[2]);
    CHECK(!IsListEmpty(&list) && RemoveHeadList(&list) == &items[0] && IsListEmpty(&list));
    return 0;
}

static ULONG64 run(void)
{
    ULONG64 (*const all[])(void) = {avl_tables, splay_tables, bitmaps, lists};
    for (unsigned i = 0; i < sizeof(all) / sizeof(*all); i++) {
        ULONG64 line = all[i]();
        if (line != 0) return line;
    }
    return 0;
}
