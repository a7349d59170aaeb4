# Test driver: C++ functions with the tables of __CxxFrameHandler4 by hand, in the forms that no rewritten table
# has: destructors named by an object, catch blocks whose places to go on at are in the tables, a function in two
# pieces. run(number, way) returns its steps as digits. It knows nothing about how handlers are found.
    .intel_syntax noprefix
    .text

    .macro note digit
    mov rax, [rip + steps]
    lea rax, [rax + 4*rax]
    lea rax, [2*rax + \digit]
    mov [rip + steps], rax
    .endm

# A number of two bytes, and one of one byte.
    .macro wide value
    .short ((\value) << 2) | 1
    .endm
    .macro short value
    .byte (\value) << 1
    .endm

fh4:
    jmp [rip + __imp___CxxFrameHandler4]

# Notes the digit that is the object.
destroy:
    mov rax, [rip + steps]
    lea rax, [rax + 4*rax]
    movsxd rcx, dword ptr [rcx]
    lea rax, [2*rax + rcx]
    mov [rip + steps], rax
    ret

# The caller's [rsp + 0x38] is the thrown number.
    .macro throw
    lea rcx, [rsp + 0x38]
    mov dword ptr [rcx], 42
    lea rdx, [rip + throwinfo]
    call [rip + __imp__CxxThrowException]
    int3
    .endm

    .macro enter
    sub rsp, 0x58
    .seh_stackalloc 0x58
    .seh_endprologue
    .seh_handler fh4, @except, @unwind
    mov [rsp + 0x40], rcx
    mov dword ptr [rsp + 0x30], 3
    lea rax, [rip + object]
    mov [rsp + 0x48], rax
    .endm

    .macro leave_function
    mov rax, [rip + steps]
    add rsp, 0x58
    ret
    .endm

# A catch block: notes that the thrown number is in its variable, and returns the way.
    .macro catch_block name
    .seh_proc \name
\name:
    mov [rsp + 0x10], rdx
    .seh_savereg rdx, 0x10
    push rbp
    .seh_pushreg rbp
    sub rsp, 0x20
    .seh_stackalloc 0x20
    .seh_endprologue
    .seh_handler fh4, @except, @unwind
    mov rbp, rdx
    mov ecx, [rbp + 0x3C]
    cmp ecx, 42
    jne 1f
    note 5
1:
    mov rax, [rbp + 0x40]
    add rsp, 0x20
    pop rbp
    ret
    .seh_handlerdata
    .long \name\()_info@IMGREL
    .text
    .seh_endproc
    .endm

# Two places to go on at.
    .seh_proc two
two:
    enter
two_try:
    throw
two_end:
two_first:
    note 6
    leave_function
two_second:
    note 7
    leave_function
    .seh_handlerdata
    .long two_info@IMGREL
    .text
    .seh_endproc
    catch_block two_catch

# One place, whatever the block returns; the code that throws is a piece of its own.
    .seh_proc one
one:
    enter
    jmp one_piece
one_goes_on:
    note 8
    leave_function
    .seh_handlerdata
    .long one_info@IMGREL
    .text
    .seh_startchained
one_piece:
    .seh_endprologue
    nop
one_try:
    throw
one_end:
    .seh_endchained
    .seh_endproc
    catch_block one_catch

# Nothing may leave it.
    .seh_proc promise
promise:
    enter
    throw
    .seh_handlerdata
    .long promise_info@IMGREL
    .text
    .seh_endproc

run:
    mov qword ptr [rip + steps], 0
    test ecx, ecx
    je 1f
    cmp ecx, 1
    mov rcx, rdx
    je one
    jmp promise
1:
    mov rcx, rdx
    jmp two

    .globl DriverEntry
DriverEntry:
    lea rax, [rip + run]
    mov [rcx + 0x70], rax
    xor eax, eax
    ret

    .section .rdata,"dr"
# In the try block, with an object in the frame, with one whose address is there, in the catch block.
states:
    short 4
state0:
    short ((state0 - states) << 2)
state1:
    short (((state1 - state0) << 2) | 1)
    .long destroy@IMGREL
    short 0x30
state2:
    short (((state2 - state1) << 2) | 2)
    .long destroy@IMGREL
    short 0x48
state3:
    short ((state3 - states) << 2)

two_tries:
    short 1
    short 0
    short 2
    short 3
    .long two_catches@IMGREL
# Type, variable, two places.
two_catches:
    short 1
    .byte 0x26
    .long type@IMGREL
    short 0x3C
    .long two_catch@IMGREL
    wide (two_first - two)
    wide (two_second - two)
two_addresses:
    short 3
    short 0
    short 0
    wide (two_try - two)
    short 3
    wide (two_end - two_try)
    short 0
two_info:
    .byte 0x38
    .long states@IMGREL, two_tries@IMGREL, two_addresses@IMGREL
two_catch_info:
    .byte 0x39
    .long states@IMGREL, two_tries@IMGREL, catch_addresses@IMGREL
    short 0x38
catch_addresses:
    short 1
    short 0
    short 4

one_tries:
    short 1
    short 0
    short 2
    short 3
    .long one_catches@IMGREL
# Adjectives (by value), type, variable, one place as an RVA.
one_catches:
    short 1
    .byte 0x1F
    short 1
    .long type@IMGREL
    short 0x3C
    .long one_catch@IMGREL
    .long one_goes_on@IMGREL
one_pieces:
    short 2
    .long one@IMGREL, one_addresses@IMGREL
    .long one_piece@IMGREL, piece_addresses@IMGREL
one_addresses:
    short 1
    short 0
    short 0
piece_addresses:
    short 3
    short 0
    short 0
    short (one_try - one_piece)
    short 3
    short (one_end - one_try)
    short 0
one_info:
    .byte 0x3A
    .long states@IMGREL, one_tries@IMGREL, one_pieces@IMGREL
one_catch_info:
    .byte 0x39
    .long states@IMGREL, one_tries@IMGREL, catch_addresses@IMGREL
    short 0x38

promise_info:
    .byte 0x40
    .long catch_addresses@IMGREL

throwinfo:
    .long 0, 0, 0, types@IMGREL
types:
    .long 1, int_type@IMGREL
int_type:
    .long 1, type@IMGREL, 0, -1, 0, 4, 0
    .data
    .p2align 3
type:
    .quad 0, 0
    .asciz ".H"
    .p2align 3
steps:
    .quad 0
object:
    .long 4
