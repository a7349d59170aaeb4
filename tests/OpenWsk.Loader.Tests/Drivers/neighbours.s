# Test driver: each routine reads or writes cr8 where a patch must move one kind of neighbour, or may not move
# it. Most return 0x100 plus the IRQL; the argument chooses the way through.
    .intel_syntax noprefix
    .text

    .macro routine name
    .globl \name
    .p2align 4, 0xCC
\name:
    .endm

    routine before_ret
    mov rax, cr8
    ret

    routine before_jump
    mov rax, cr8
    jmp 1f
    int3
1:  add rax, 0x100
    ret

    routine before_condition
    xor eax, eax
    test rcx, rcx
    mov rax, cr8
    jz 1f
    add rax, 0x200
    ret
1:  add rax, 0x100
    ret

# The call cannot move, so the instruction before does.
    routine before_call
    sub rsp, 0x28
    mov edx, 0x100
    mov rcx, cr8
    call add_arguments
    add rsp, 0x28
    ret

    .p2align 4, 0xCC
add_arguments:
    lea rax, [rcx + rdx]
    ret

# A loop jumps to the instruction after the site: the one before moves.
    routine before_target
    mov edx, 3
    xor eax, eax
    mov r8d, 0x100
    mov r9, cr8
1:  add eax, 1
    dec edx
    jnz 1b
    lea rax, [r8 + r9]
    ret

# Both sides can be jumped to: nothing may move and the trap stays. Not executed without a handler.
    routine between_targets
    test rcx, rcx
    jz 2f
    cmp rcx, 1
    je 1f
    mov eax, 0x55
    ret
1:  mov rax, cr8
2:  add rax, 0x100
    jmp 3f
    jmp 1b
3:  ret

    routine adjacent
    mov r10, cr8
    mov rdx, cr8
    mov eax, 2
    mov cr8, rax
    mov r11, cr8
    mov cr8, r10
    mov rax, r11
    shl rax, 8
    or rax, rdx
    ret

    routine before_relative
    mov rax, cr8
    add rax, qword ptr [rip + hundred]
    ret

    routine high_registers
    push rdi
    push rsi
    mov edi, 1
    mov r15d, 2
    mov r8, cr8
    mov cr8, rdi
    nop
    mov rsi, cr8
    nop
    mov r9, cr8
    mov cr8, r8
    nop
    shl rsi, 4
    lea rax, [rsi + r9]
    pop rsi
    pop rdi
    ret

# The instruction after the site is an entry of a table of displacements, as clang makes them.
    routine before_table_target
    lea rdx, [rip + table]
    movsxd rax, dword ptr [rdx + 4*rcx]
    add rax, rdx
    jmp rax
    mov rax, cr8
table_one:
    mov eax, 0x101
    ret
table_two:
    mov eax, 0x102
    ret

    routine keeps_flags
    mov eax, 0xFF
    add al, 1
    mov rax, cr8
    mov edx, 0
    adc edx, 0
    mov eax, edx
    ret

    .section .rdata, "dr"
    .p2align 3
hundred:
    .quad 0x100
table:
    .long table_one - table
    .long table_two - table
    .section .text
