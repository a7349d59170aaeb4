# Test driver: what compilers make around exceptions, by hand. A language handler of its own that wraps the
# kernel's, as security-checked functions have; registers that must be the caller's after an __except; an
# unwind that a driver asks for itself. run(number) returns 5, or what went wrong.
    .intel_syntax noprefix
    .text

    .globl wrapper
    .seh_proc wrapper
wrapper:
    sub rsp, 0x28
    .seh_stackalloc 0x28
    .seh_endprologue
    lock inc dword ptr [rip + wrapped]
    call [rip + __imp___C_specific_handler]
    add rsp, 0x28
    ret
    .seh_endproc

# A fault in a function whose handler is the wrapper; the handler must have been called twice.
    .seh_proc guarded
guarded:
    push rbp
    .seh_pushreg rbp
    sub rsp, 0x30
    .seh_stackalloc 0x30
    lea rbp, [rsp + 0x30]
    .seh_setframe rbp, 0x30
    .seh_endprologue
    .seh_handler wrapper, @except, @unwind
    mov dword ptr [rip + wrapped], 0
    mov eax, 16
try_begin:
    mov rax, [rax]
try_end:
    mov eax, 9
    jmp 4f
except:
    mov eax, 5
    cmp dword ptr [rip + wrapped], 2
    je 4f
    mov eax, 8
4:
    add rsp, 0x30
    pop rbp
    ret
    .seh_handlerdata
    .long 1
    .long try_begin@IMGREL, try_end@IMGREL, 1, except@IMGREL
    .text
    .seh_endproc

# Saves what must be kept, destroys it, and faults.
    .seh_proc destroy
destroy:
    push rbx
    .seh_pushreg rbx
    push rsi
    .seh_pushreg rsi
    push rdi
    .seh_pushreg rdi
    push r12
    .seh_pushreg r12
    push r15
    .seh_pushreg r15
    sub rsp, 0x60
    .seh_stackalloc 0x60
    movaps [rsp + 0x20], xmm6
    .seh_savexmm xmm6, 0x20
    movaps [rsp + 0x30], xmm15
    .seh_savexmm xmm15, 0x30
    mov [rsp + 0x40], r13
    .seh_savereg r13, 0x40
    mov [rsp + 0x48], r14
    .seh_savereg r14, 0x48
    .seh_endprologue
    xor ebx, ebx
    xor esi, esi
    xor edi, edi
    xor r12d, r12d
    xor r13d, r13d
    xor r14d, r14d
    xor r15d, r15d
    xorps xmm6, xmm6
    xorps xmm15, xmm15
    mov eax, 16
    mov rax, [rax]
    add rsp, 0x60
    pop r15
    pop r12
    pop rdi
    pop rsi
    pop rbx
    ret
    .seh_endproc

# The __except is in this function, so what it kept in registers must still be there.
    .seh_proc keep
keep:
    push rbp
    .seh_pushreg rbp
    push rbx
    .seh_pushreg rbx
    push rsi
    .seh_pushreg rsi
    push rdi
    .seh_pushreg rdi
    push r12
    .seh_pushreg r12
    push r13
    .seh_pushreg r13
    push r14
    .seh_pushreg r14
    push r15
    .seh_pushreg r15
    sub rsp, 0x58
    .seh_stackalloc 0x58
    movups [rsp + 0x20], xmm6
    .seh_savexmm xmm6, 0x20
    movups [rsp + 0x30], xmm15
    .seh_savexmm xmm15, 0x30
    .seh_endprologue
    .seh_handler __C_specific_handler, @except
    mov rbx, 0x3333333333333301
    mov rsi, 0x3333333333333302
    mov rdi, 0x3333333333333303
    mov r12, 0x3333333333333304
    mov r13, 0x3333333333333305
    mov r14, 0x3333333333333306
    mov r15, 0x3333333333333307
    mov rbp, 0x3333333333333308
    movq xmm6, rbx
    movq xmm15, r15
keep_begin:
    call destroy
keep_end:
    mov eax, 9
    jmp 8f
keep_except:
    mov eax, 101
    mov rcx, 0x3333333333333301
    .macro expect register
    cmp \register, rcx
    jne 8f
    inc eax
    inc rcx
    .endm
    expect rbx
    expect rsi
    expect rdi
    expect r12
    expect r13
    expect r14
    expect r15
    expect rbp
    movq rdx, xmm6
    cmp rdx, rbx
    jne 8f
    inc eax
    movq rdx, xmm15
    cmp rdx, r15
    jne 8f
    mov eax, 5
8:
    movups xmm6, [rsp + 0x20]
    movups xmm15, [rsp + 0x30]
    add rsp, 0x58
    pop r15
    pop r14
    pop r13
    pop r12
    pop rdi
    pop rsi
    pop rbx
    pop rbp
    ret
    .seh_handlerdata
    .long 1
    .long keep_begin@IMGREL, keep_end@IMGREL, 1, keep_except@IMGREL
    .text
    .seh_endproc

# Two frames down somebody unwinds to this one; a cleaning block lies between.
    .seh_proc unwound
unwound:
    push rbp
    .seh_pushreg rbp
    sub rsp, 0x20
    .seh_stackalloc 0x20
    .seh_endprologue
    mov dword ptr [rip + cleaned], 0
    mov rcx, rsp
    lea rdx, [rip + landing]
    call between
    mov eax, 9
    jmp 3f
landing:
    cmp dword ptr [rip + cleaned], 1
    je 3f
    mov eax, 8
3:
    add rsp, 0x20
    pop rbp
    ret
    .seh_endproc

    .seh_proc between
between:
    sub rsp, 0x28
    .seh_stackalloc 0x28
    .seh_endprologue
    .seh_handler __C_specific_handler, @unwind
between_begin:
    call ask
between_end:
    nop
    add rsp, 0x28
    ret
    .seh_handlerdata
    .long 1
    .long between_begin@IMGREL, between_end@IMGREL, clean@IMGREL, 0
    .text
    .seh_endproc

    .seh_proc clean
clean:
    sub rsp, 0x28
    .seh_stackalloc 0x28
    .seh_endprologue
    lock inc dword ptr [rip + cleaned]
    add rsp, 0x28
    ret
    .seh_endproc

    .seh_proc ask
ask:
    sub rsp, 0x38
    .seh_stackalloc 0x38
    .seh_endprologue
    xor r8d, r8d
    mov r9d, 5
    mov qword ptr [rsp + 0x20], 0
    mov qword ptr [rsp + 0x28], 0
    call [rip + __imp_RtlUnwindEx]
    int3
    .seh_endproc

# The same by RtlUnwind, which also sets rax where the function goes on.
    .seh_proc unwound_plainly
unwound_plainly:
    push rbp
    .seh_pushreg rbp
    sub rsp, 0x20
    .seh_stackalloc 0x20
    .seh_endprologue
    mov dword ptr [rip + cleaned], 0
    mov rcx, rsp
    lea rdx, [rip + plain_landing]
    call between_plainly
    mov eax, 9
    jmp 3f
plain_landing:
    cmp dword ptr [rip + cleaned], 1
    je 3f
    mov eax, 8
3:
    add rsp, 0x20
    pop rbp
    ret
    .seh_endproc

    .seh_proc between_plainly
between_plainly:
    sub rsp, 0x28
    .seh_stackalloc 0x28
    .seh_endprologue
    .seh_handler __C_specific_handler, @unwind
plainly_begin:
    xor r8d, r8d
    mov r9d, 5
    call [rip + __imp_RtlUnwind]
plainly_end:
    nop
    add rsp, 0x28
    ret
    .seh_handlerdata
    .long 1
    .long plainly_begin@IMGREL, plainly_end@IMGREL, clean@IMGREL, 0
    .text
    .seh_endproc

# Leaves the inner one of two __try blocks, then the outer one, by _local_unwind; each block runs once, in order.
    .seh_proc local
local:
    push rbp
    .seh_pushreg rbp
    sub rsp, 0x20
    .seh_stackalloc 0x20
    .seh_endprologue
    .seh_handler __C_specific_handler, @unwind
    mov dword ptr [rip + steps], 0
outer_begin:
    nop
inner_begin:
    mov rcx, rsp
    lea rdx, [rip + inner_landing]
    call [rip + __imp__local_unwind]
inner_end:
    int3
inner_landing:
    cmp dword ptr [rip + steps], 1
    mov eax, 7
    jne 3f
    mov rcx, rsp
    lea rdx, [rip + outer_landing]
    call [rip + __imp__local_unwind]
    int3
outer_end:
    int3
outer_landing:
    mov eax, 5
    cmp dword ptr [rip + steps], 12
    je 3f
    mov eax, 8
3:
    add rsp, 0x20
    pop rbp
    ret
    .seh_handlerdata
    .long 2
    .long inner_begin@IMGREL, inner_end@IMGREL, first_step@IMGREL, 0
    .long outer_begin@IMGREL, outer_end@IMGREL, second_step@IMGREL, 0
    .text
    .seh_endproc

    .macro step name, digit
\name:
    imul eax, dword ptr [rip + steps], 10
    add eax, \digit
    mov dword ptr [rip + steps], eax
    ret
    .endm
    step first_step, 1
    step second_step, 2

# A __finally that is left for its function while an exception unwinds: the exception is gone, and the block that
# was left does not run again.
    .seh_proc jumped
jumped:
    push rbp
    .seh_pushreg rbp
    sub rsp, 0x20
    .seh_stackalloc 0x20
    .seh_endprologue
    .seh_handler __C_specific_handler, @except
    mov dword ptr [rip + steps], 0
jumped_begin:
    call jumped_from
jumped_end:
    nop
    cmp eax, 5
    jne 3f
    cmp dword ptr [rip + steps], 1
    je 3f
    mov eax, 8
    jmp 3f
jumped_except:
    mov eax, 9
3:
    add rsp, 0x20
    pop rbp
    ret
    .seh_handlerdata
    .long 1
    .long jumped_begin@IMGREL, jumped_end@IMGREL, 1, jumped_except@IMGREL
    .text
    .seh_endproc

    .seh_proc jumped_from
jumped_from:
    sub rsp, 0x28
    .seh_stackalloc 0x28
    .seh_endprologue
    .seh_handler __C_specific_handler, @unwind
from_begin:
    mov eax, 16
    mov rax, [rax]
from_end:
    int3
from_landing:
    mov eax, 5
    add rsp, 0x28
    ret
    .seh_handlerdata
    .long 1
    .long from_begin@IMGREL, from_end@IMGREL, jumps_out@IMGREL, 0
    .text
    .seh_endproc

# rdx is the function's frame.
    .seh_proc jumps_out
jumps_out:
    sub rsp, 0x28
    .seh_stackalloc 0x28
    .seh_endprologue
    inc dword ptr [rip + steps]
    mov rcx, rdx
    lea rdx, [rip + from_landing]
    call [rip + __imp___jump_unwind]
    int3
    .seh_endproc

# Goes back to a setjmp by a context and the record of a longjmp, as a debugger or a runtime does.
    .seh_proc restored
restored:
    sub rsp, 0x648
    .seh_stackalloc 0x648
    .seh_endprologue
    lea rcx, [rsp + 0x20]
    xor edx, edx
    call [rip + __imp__setjmpex]
    nop
    cmp eax, 5
    je 3f
    lea rcx, [rsp + 0x140]
    call [rip + __imp_RtlCaptureContext]
    nop
    mov qword ptr [rsp + 0x140 + 0x78], 5
    mov qword ptr [rsp + 0x140 + 0xF8], 0
    lea rdx, [rip + long_jump]
    lea rcx, [rsp + 0x20]
    mov [rdx + 32], rcx
    lea rcx, [rsp + 0x140]
    call [rip + __imp_RtlRestoreContext]
    int3
3:
    add rsp, 0x648
    ret
    .seh_endproc

run:
    lea rax, [rip + routines]
    movsxd rcx, dword ptr [rax + 4*rcx]
    add rax, rcx
    jmp rax

    .globl DriverEntry
DriverEntry:
    lea rax, [rip + run]
    mov [rcx + 0x70], rax
    xor eax, eax
    ret

    .section .rdata,"dr"
routines:
    .long guarded - routines, keep - routines, unwound - routines, unwound_plainly - routines
    .long local - routines, jumped - routines, restored - routines
    .data
wrapped:
    .long 0
cleaned:
    .long 0
steps:
    .long 0
    .p2align 3
# An EXCEPTION_RECORD: code, flags, chain, address, one parameter.
long_jump:
    .long 0x80000026, 0
    .quad 0, 0
    .long 1, 0
    .quad 0
    .zero 112
