# Test driver: fills every register that the Microsoft convention preserves, calls an import that collects garbage and
# uses vector registers, and compares. Returns 0, or a number that says which register was lost.
    .intel_syntax noprefix
    .text

    .macro fill_xmm number
    mov rax, 0x1111111111111100 + \number
    movq xmm\number, rax
    punpcklqdq xmm\number, xmm\number
    .endm

    .macro check_xmm number
    mov rax, 0x1111111111111100 + \number
    mov ecx, \number
    movq r10, xmm\number
    cmp r10, rax
    jne 9f
    psrldq xmm\number, 8
    movq r10, xmm\number
    cmp r10, rax
    jne 9f
    .endm

    .macro check_gpr register, value, code
    mov ecx, \code
    mov rax, \value
    cmp \register, rax
    jne 9f
    .endm

    .macro save
    push rbx
    push rbp
    push rdi
    push rsi
    push r12
    push r13
    push r14
    push r15
    sub rsp, 0xC8
    movups [rsp + 0x20], xmm6
    movups [rsp + 0x30], xmm7
    movups [rsp + 0x40], xmm8
    movups [rsp + 0x50], xmm9
    movups [rsp + 0x60], xmm10
    movups [rsp + 0x70], xmm11
    movups [rsp + 0x80], xmm12
    movups [rsp + 0x90], xmm13
    movups [rsp + 0xA0], xmm14
    movups [rsp + 0xB0], xmm15
    mov [rsp + 0xC0], rsp
    mov rbx, 0x2222222222222201
    mov rbp, 0x2222222222222202
    mov rdi, 0x2222222222222203
    mov rsi, 0x2222222222222204
    mov r12, 0x2222222222222205
    mov r13, 0x2222222222222206
    mov r14, 0x2222222222222207
    mov r15, 0x2222222222222208
    .irp n, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15
    fill_xmm \n
    .endr
    .endm

    .macro check_and_restore
    mov ecx, 99
    cmp [rsp + 0xC0], rsp
    jne 9f
    check_gpr rbx, 0x2222222222222201, 101
    check_gpr rbp, 0x2222222222222202, 102
    check_gpr rdi, 0x2222222222222203, 103
    check_gpr rsi, 0x2222222222222204, 104
    check_gpr r12, 0x2222222222222205, 105
    check_gpr r13, 0x2222222222222206, 106
    check_gpr r14, 0x2222222222222207, 107
    check_gpr r15, 0x2222222222222208, 108
    .irp n, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15
    check_xmm \n
    .endr
    xor ecx, ecx
9:
    mov eax, ecx
    movups xmm6, [rsp + 0x20]
    movups xmm7, [rsp + 0x30]
    movups xmm8, [rsp + 0x40]
    movups xmm9, [rsp + 0x50]
    movups xmm10, [rsp + 0x60]
    movups xmm11, [rsp + 0x70]
    movups xmm12, [rsp + 0x80]
    movups xmm13, [rsp + 0x90]
    movups xmm14, [rsp + 0xA0]
    movups xmm15, [rsp + 0xB0]
    add rsp, 0xC8
    pop r15
    pop r14
    pop r13
    pop r12
    pop rsi
    pop rdi
    pop rbp
    pop rbx
    ret
    .endm

    .globl check_registers
check_registers:
    save
    call [rip + __imp_TestCollect]
    check_and_restore

    .globl check_vectors_through_callback
check_vectors_through_callback:
    save
    lea rcx, [rip + collect_by_pointer]
    xor edx, edx
    call [rip + __imp_TestCall]
    check_and_restore
