/* Test driver: one routine for each way in which a driver can fault. All are reached by one major function,
 * whose first argument names the fault and whose second is an address or a number that it uses. What a
 * compiler would optimise away or reorder is written in assembly.
 */
typedef unsigned long long u64;
typedef unsigned int u32;
typedef unsigned char u8;

__declspec(dllimport) u64 TestCatch(void *, u64);
__declspec(dllimport) u64 TestVisit(void);
__declspec(dllimport) u64 TestReadByte(u64);
__declspec(dllimport) u64 TestCopyMany(u64);

/* Control Flow Guard's check of indirect calls, which clang's objects call through this pointer. */
__asm__(".text\n.globl guard_dispatch\nguard_dispatch:\n\tjmpq *%rax\n");
void guard_dispatch(void);
void *__guard_dispatch_icall_fptr = (void *)guard_dispatch;

const u32 constant = 7;
volatile u32 variable = 7;

static u64 read_at(u64 address) { return *(volatile u8 *)address; }

static u64 write_at(u64 address)
{
    *(volatile u8 *)address = 1;
    return 0;
}

static u64 jump_to(u64 address)
{
    ((void (*)(void))address)();
    return 1;
}

static u64 write_constant(u64 unused)
{
    (void)unused;
    *(volatile u32 *)(u64)&constant = 8;
    return 0;
}

static u64 call_variable(u64 unused)
{
    (void)unused;
    return jump_to((u64)&variable);
}

static u64 divide_by(u64 divisor)
{
    u32 quotient = 1, remainder = 0;
    __asm__ volatile("divl %2" : "+a"(quotient), "+d"(remainder) : "r"((u32)divisor));
    return quotient;
}

static u64 divide_overflowing(u64 unused)
{
    u32 quotient = 0, remainder = 5;
    (void)unused;
    __asm__ volatile("divl %2" : "+a"(quotient), "+d"(remainder) : "r"(5u));
    return quotient;
}

static u64 undefined(u64 unused)
{
    (void)unused;
    __asm__ volatile("ud2");
    return 0;
}

static u64 breakpoint(u64 unused)
{
    (void)unused;
    __asm__ volatile("int3");
    return 33;
}

static u64 fail_fast(u64 code)
{
    __asm__ volatile("int $0x29" : : "c"((u32)code));
    return 0;
}

static u64 assertion(u64 unused)
{
    (void)unused;
    __asm__ volatile("int $0x2c");
    return 0;
}

static volatile u64 depth;

static u64 overflow(u64 unused)
{
    volatile u8 frame[512];
    frame[0] = (u8)unused;
    return ++depth == 0 ? 0 : overflow(unused + 1) + frame[0];
}

static u64 lose_stack(u64 rsp)
{
    __asm__ volatile("mov %0, %%rsp\n\tpush %%rax" : : "r"(rsp) : "memory");
    return 0;
}

static u64 lose_everything(u64 rip)
{
    __asm__ volatile("xor %%esp, %%esp\n\tjmp *%0" : : "r"(rip) : "memory");
    return 0;
}

static u64 loop(u64 unused)
{
    (void)unused;
    for (;;)
        depth++;
    return 0;
}

static u64 raise_irql(u64 irql)
{
    u64 old;
    __asm__ volatile("mov %%cr8, %0\n\tmov %1, %%cr8" : "=&r"(old) : "r"(irql));
    return old;
}

static u64 raise_irql_high_register(u64 irql)
{
    u64 old;
    __asm__ volatile("mov %1, %%r11\n\tmov %%cr8, %%r12\n\tmov %%r11, %%cr8\n\tmov %%r12, %0"
                     : "=r"(old) : "r"(irql) : "r11", "r12");
    return old;
}

static u64 read_high_at_dispatch(u64 address)
{
    raise_irql(2);
    return read_at(address);
}

static u64 loop_at_dispatch(u64 unused)
{
    raise_irql(2);
    return loop(unused);
}

static u64 interrupts(u64 unused)
{
    (void)unused;
    __asm__ volatile("cli\n\tsti\n\tcli\n\tsti");
    return 44;
}

static u64 read_msr(u64 number)
{
    u32 low = 0, high = 0;
    __asm__ volatile("rdmsr" : "=a"(low), "=d"(high) : "c"((u32)number));
    return (u64)high << 32 | low;
}

static u64 write_msr(u64 number)
{
    __asm__ volatile("wrmsr" : : "c"((u32)number), "a"(1), "d"(0));
    return 0;
}

static u64 ports(u64 port)
{
    u32 value = 0;
    __asm__ volatile("inl %w1, %0\n\toutl %0, %w1" : "=&a"(value) : "d"((u32)port));
    return value;
}

static u64 control_registers(u64 unused)
{
    u64 value = 0;
    (void)unused;
    __asm__ volatile("mov %%cr3, %0\n\tmov %0, %%cr3\n\tmov %%cr0, %0" : "+r"(value));
    return value;
}

static u64 clear_write_protection(u64 unused)
{
    u64 value = 0;
    (void)unused;
    __asm__ volatile("mov %%cr0, %0\n\tand $0xfffffffffffeffff, %0\n\tmov %0, %%cr0" : "+r"(value));
    return value;
}

static u64 halt_and_flush(u64 address)
{
    __asm__ volatile("hlt\n\twbinvd\n\tinvlpg (%0)" : : "r"(address));
    return 55;
}

static u64 read_shared(u64 address)
{
    return *(volatile u32 *)(address + 0x26c);
}

static u64 catch_then_read(u64 which);

static u64 call_routine(u64 address) { return TestReadByte(address) + 100; }

static u64 call_visit(u64 unused)
{
    (void)unused;
    return TestVisit() + 66;
}

static u64 loop_after_visit(u64 unused)
{
    TestVisit();
    return loop(unused);
}

/* Loops with a stack pointer that leads nowhere. */
static u64 loop_without_stack(u64 rsp)
{
    TestVisit();
    __asm__ volatile("mov %0, %%rsp\n1:\tjmp 1b" : : "r"(rsp) : "memory");
    return 0;
}

/* Each turn is a fault: the host does what the instruction is for. */
static u64 loop_halting(u64 unused)
{
    (void)unused;
    TestVisit();
    for (;;)
        __asm__ volatile("hlt");
    return 0;
}

static u64 loop_enabling(u64 unused)
{
    (void)unused;
    TestVisit();
    for (;;)
        __asm__ volatile("sti");
    return 0;
}

static u64 loop_calling(u64 unused)
{
    (void)unused;
    for (;;)
        TestVisit();
    return 0;
}

/* Leaves the flag that has unaligned accesses fault, for whoever runs next. */
static u64 check_alignment(u64 address)
{
    __asm__ volatile("pushfq\n\torl $0x40000, (%%rsp)\n\tpopfq" : : : "memory", "cc");
    u64 read = *(volatile u64 *)(address + 1);
    return TestReadByte(address) + (read & 0xff);
}

/* The copy runs over the end of the stack. */
static u64 copy_stack(u64 unused)
{
    volatile u8 here = (u8)unused;
    return TestCopyMany((u64)&here);
}

static u64 (*const volatile faults[])(u64) = {
    read_at, write_at, jump_to, write_constant, call_variable, divide_by, divide_overflowing, undefined,
    breakpoint, fail_fast, assertion, overflow, lose_stack, lose_everything, loop, raise_irql,
    raise_irql_high_register, read_high_at_dispatch, loop_at_dispatch, interrupts, read_msr, write_msr, ports,
    control_registers, clear_write_protection, halt_and_flush, read_shared, call_routine, call_visit,
    catch_then_read, loop_after_visit, loop_without_stack, loop_halting, loop_enabling, loop_calling,
    check_alignment, copy_stack,
};

static u64 fault(u64 which, u64 value) { return faults[which](value); }

static u64 inner(u64 which) { return faults[which](0); }

/* Host code catches what the inner call ends with; then this frame goes on. */
static u64 catch_then_read(u64 which) { return TestCatch((void *)(u64)inner, which); }

/* Calls any routine with one value for all of its arguments. */
static u64 call_with(u64 (*routine)(u64, u64, u64, u64, u64, u64, u64, u64), u64 value)
{
    return routine(value, value, value, value, value, value, value, value) + 1;
}

u32 DriverEntry(u8 *driver, void *path)
{
    void **major = (void **)(driver + 0x70);
    (void)path;
    major[0] = (void *)(u64)fault;
    major[1] = (void *)(u64)call_with;
    return 0;
}
