/* Test driver: what a call of an import must leave alone. The work is in registers.s; this finds it a place
 * in the DRIVER_OBJECT's table of major functions.
 */
typedef unsigned long long u64;

u64 check_registers(void);
u64 check_vectors_through_callback(void);
__declspec(dllimport) u64 TestCollect(void);
__declspec(dllimport) u64 TestCall(void *, u64);

u64 collect_by_pointer(u64 unused)
{
    (void)unused;
    return TestCollect();
}

unsigned int DriverEntry(char *driver_object, void *registry_path)
{
    (void)registry_path;
    void **major = (void **)(driver_object + 0x70);
    major[0] = (void *)check_registers;
    major[1] = (void *)check_vectors_through_callback;
    return 0;
}
