# Test driver: fills the vector registers in their whole width, stops at an instruction that faults and goes on after
# it, and compares. run(number) returns 0, or a number that says which register was lost. It knows nothing about what
# happens in between.
    .intel_syntax noprefix
    .text

    .macro fill number
    mov rax, 0x1111111111111100 + \number
    movq xmm\number, rax
    vpbroadcastq ymm\number, xmm\number
    .endm

    .macro check number
    mov rax, 0x1111111111111100 + \number
    mov ecx, 1 + \number
    movq r10, xmm\number
    cmp r10, rax
    jne 9f
    mov ecx, 101 + \number
    vextractf128 xmm\number, ymm\number, 1
    movq r10, xmm\number
    cmp r10, rax
    jne 9f
    psrldq xmm\number, 8
    movq r10, xmm\number
    cmp r10, rax
    jne 9f
    .endm

    .macro enter
    sub rsp, 0xD8
    .seh_stackalloc 0xD8
    .set n, 0
    .irp r, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15
    movaps [rsp + 0x20 + 16*n], xmm\r
    .seh_savexmm xmm\r, 0x20 + 16*n
    .set n, n + 1
    .endr
    .seh_endprologue
    .irp r, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15
    fill \r
    .endr
    .endm

    .macro leave_function
    .irp r, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15
    check \r
    .endr
    xor ecx, ecx
9:
    mov eax, ecx
    vzeroupper
    .set n, 0
    .irp r, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15
    movaps xmm\r, [rsp + 0x20 + 16*n]
    .set n, n + 1
    .endr
    add rsp, 0xD8
    ret
    .endm

# A filter repairs the address and has the instruction tried again; the filter uses the registers itself.
    .seh_proc continued
continued:
    enter
    .seh_handler __C_specific_handler, @except
    mov edx, 16
try_begin:
    mov rdx, [rdx]
try_end:
    leave_function
except:
    mov ecx, 99
    jmp 9b
    .seh_handlerdata
    .long 1
    .long try_begin@IMGREL, try_end@IMGREL, filter@IMGREL, except@IMGREL
    .text
    .seh_endproc

    .seh_proc filter
filter:
    sub rsp, 0x28
    .seh_stackalloc 0x28
    .seh_endprologue
    mov rcx, [rcx + 8]
    mov [rcx + 0x88], rsp
    .irp r, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15
    vpcmpeqd ymm\r, ymm\r, ymm\r
    .endr
    call nested
    mov eax, -1
    add rsp, 0x28
    ret
    .seh_endproc

# Faults in the filter too, and goes on after it: what is kept for the outer fault must stay.
    .seh_proc nested
nested:
    sub rsp, 0x28
    .seh_stackalloc 0x28
    .seh_endprologue
    .seh_handler __C_specific_handler, @except
    mov edx, 24
nested_begin:
    mov rdx, [rdx]
nested_end:
    vzeroall
    add rsp, 0x28
    ret
    .seh_handlerdata
    .long 1
    .long nested_begin@IMGREL, nested_end@IMGREL, repair@IMGREL, nested_end@IMGREL
    .text
    .seh_endproc

repair:
    mov rcx, [rcx + 8]
    mov [rcx + 0x88], rsp
    vzeroall
    mov eax, -1
    ret

# An instruction that the host does itself.
    .seh_proc emulated
emulated:
    enter
    wbinvd
    leave_function
    .seh_endproc

run:
    test ecx, ecx
    je continued
    jmp emulated

    .globl DriverEntry
DriverEntry:
    lea rax, [rip + run]
    mov [rcx + 0x70], rax
    xor eax, eax
    ret
