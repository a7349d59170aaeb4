/* Test driver: cr8 accesses beside every kind of instruction, in neighbours.s; this finds each routine its
 * place in the DRIVER_OBJECT's table of major functions.
 */
typedef unsigned long long u64;

#define EACH(X) X(0, before_ret) X(1, before_jump) X(2, before_condition) X(3, before_call) \
    X(4, before_target) X(5, between_targets) X(6, adjacent) X(7, before_relative) X(8, high_registers) \
    X(9, before_table_target) X(10, keeps_flags)

#define DECLARE(number, name) u64 name(u64);
#define STORE(number, name) major[number] = (void *)name;

EACH(DECLARE)

unsigned int DriverEntry(char *driver_object, void *registry_path)
{
    void **major = (void **)(driver_object + 0x70);
    (void)registry_path;
    EACH(STORE)
    return 0;
}
