# Test driver: what handlers are told and where tables end. A language handler of its own notes the flags of
# every record that it is shown; run(number) returns 5, or what went wrong. More of what handlers do is in
# handlers.s.
    .intel_syntax noprefix
    .text

    .globl recorder
recorder:
    mov eax, dword ptr [rip + noted]
    and eax, 7
    lea r8, [rip + seen]
    mov r9d, dword ptr [rcx + 4]
    mov dword ptr [r8 + 4*rax], r9d
    inc dword ptr [rip + noted]
    mov eax, 1
    ret

# The first instruction behind a __try faults: its __except is not asked, that of the caller is.
    .seh_proc outside
outside:
    sub rsp, 0x28
    .seh_stackalloc 0x28
    .seh_endprologue
    .seh_handler __C_specific_handler, @except
outside_begin:
    call behind
outside_end:
    nop
    jmp 3f
outside_except:
    mov eax, 5
3:
    add rsp, 0x28
    ret
    .seh_handlerdata
    .long 1
    .long outside_begin@IMGREL, outside_end@IMGREL, 1, outside_except@IMGREL
    .text
    .seh_endproc

    .seh_proc behind
behind:
    sub rsp, 0x28
    .seh_stackalloc 0x28
    .seh_endprologue
    .seh_handler __C_specific_handler, @except
    mov eax, 16
behind_begin:
    nop
behind_end:
    mov rax, [rax]
    mov eax, 8
    jmp 3f
behind_except:
    mov eax, 9
3:
    add rsp, 0x28
    ret
    .seh_handlerdata
    .long 1
    .long behind_begin@IMGREL, behind_end@IMGREL, 1, behind_except@IMGREL
    .text
    .seh_endproc

# A fault while the direction flag is set: an __except begins with it clear.
    .seh_proc direction
direction:
    sub rsp, 0x28
    .seh_stackalloc 0x28
    .seh_endprologue
    .seh_handler __C_specific_handler, @except
    mov eax, 16
    std
direction_begin:
    mov rax, [rax]
direction_end:
    int3
direction_except:
    pushfq
    pop rcx
    cld
    mov eax, 5
    test ecx, 0x400
    jz 3f
    mov eax, 8
3:
    add rsp, 0x28
    ret
    .seh_handlerdata
    .long 1
    .long direction_begin@IMGREL, direction_end@IMGREL, 1, direction_except@IMGREL
    .text
    .seh_endproc

# The filter faults when it is asked first, and takes its own fault when it is asked again. The recorder below
# it sees both, and is told to clean up.
    .seh_proc nested
nested:
    sub rsp, 0x28
    .seh_stackalloc 0x28
    .seh_endprologue
    .seh_handler __C_specific_handler, @except
nested_begin:
    call recorded
nested_end:
    nop
    jmp 3f
nested_except:
    mov eax, 5
3:
    add rsp, 0x28
    ret
    .seh_handlerdata
    .long 1
    .long nested_begin@IMGREL, nested_end@IMGREL, filter@IMGREL, nested_except@IMGREL
    .text
    .seh_endproc

    .seh_proc recorded
recorded:
    sub rsp, 0x28
    .seh_stackalloc 0x28
    .seh_endprologue
    .seh_handler recorder, @except, @unwind
    mov eax, 16
    mov rax, [rax]
    mov eax, 9
    add rsp, 0x28
    ret
    .seh_handlerdata
    .long 0
    .text
    .seh_endproc

    .seh_proc filter
filter:
    sub rsp, 0x28
    .seh_stackalloc 0x28
    .seh_endprologue
    inc dword ptr [rip + asked]
    cmp dword ptr [rip + asked], 1
    jne 3f
    mov eax, 16
    mov rax, [rax]
3:
    mov eax, 1
    add rsp, 0x28
    ret
    .seh_endproc

# Unwinds everything: no frame is the target.
    .seh_proc exits
exits:
    sub rsp, 0x38
    .seh_stackalloc 0x38
    .seh_endprologue
    .seh_handler recorder, @unwind
    xor ecx, ecx
    call unwind_to
    int3
    .seh_handlerdata
    .long 0
    .text
    .seh_endproc

# Unwinds to a frame that has gone: the frames above it are no business of that.
    .seh_proc gone
gone:
    sub rsp, 0x38
    .seh_stackalloc 0x38
    .seh_endprologue
    .seh_handler recorder, @unwind
    lea rcx, [rsp - 0x100]
    call unwind_to
    int3
    .seh_handlerdata
    .long 0
    .text
    .seh_endproc

    .seh_proc unwind_to
unwind_to:
    sub rsp, 0x38
    .seh_stackalloc 0x38
    .seh_endprologue
    lea rdx, [rip + run]
    xor r8d, r8d
    xor r9d, r9d
    mov qword ptr [rsp + 0x20], 0
    mov qword ptr [rsp + 0x28], 0
    call [rip + __imp_RtlUnwindEx]
    int3
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
    lea rax, [rip + noted]
    mov [rcx + 0x78], rax
    xor eax, eax
    ret

    .section .rdata,"dr"
routines:
    .long outside - routines, direction - routines, nested - routines, exits - routines, gone - routines
    .data
asked:
    .long 0
noted:
    .long 0
seen:
    .zero 32
