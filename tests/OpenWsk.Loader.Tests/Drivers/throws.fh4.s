# What throws.cpp needs to run with the tables of __CxxFrameHandler4, which its compiler cannot write: the way to
# that handler, and room for tables that a test writes over the linked file. It knows nothing about exceptions;
# see Exceptions/CompressedTables.cs.
    .intel_syntax noprefix
    .text
    .globl fh4
fh4:
    jmp qword ptr [rip + __imp___CxxFrameHandler4]

    .section .fh4,"dr"
    .long fh4@IMGREL
    .zero 65532
