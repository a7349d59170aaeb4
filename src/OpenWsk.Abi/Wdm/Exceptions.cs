// Exception records and the register context at their x64 layout, as handlers and filters of drivers read
// them. It knows nothing about dispatching an exception.
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace OpenWsk.Abi;

/// <summary>The 15 words that tell more about an exception.</summary>
[InlineArray(15)]
public struct ExceptionInformationWords
{
    private nuint _first;
}

/// <summary>One exception. 152 bytes.</summary>
public struct EXCEPTION_RECORD
{
    public NTSTATUS ExceptionCode;
    public uint ExceptionFlags;
    public GuestPtr<EXCEPTION_RECORD> ExceptionRecord;
    public nuint ExceptionAddress;
    public uint NumberParameters;
    public ExceptionInformationWords ExceptionInformation;
}

/// <summary>An exception and where it happened, as GetExceptionInformation returns them. 16 bytes.</summary>
public struct EXCEPTION_POINTERS
{
    public GuestPtr<EXCEPTION_RECORD> ExceptionRecord;
    public GuestPtr<CONTEXT> ContextRecord;
}

/// <summary>A 128-bit register. 16 bytes, aligned to 16.</summary>
[GuestAlignment(16)]
public struct M128A
{
    public ulong Low;
    public long High;
}

/// <summary>The sixteen XMM registers.</summary>
[InlineArray(16)]
public struct XmmRegisters
{
    private M128A _first;
}

/// <summary>The registers of a thread. 1232 bytes, aligned to 16.</summary>
[GuestAlignment(16)]
[StructLayout(LayoutKind.Explicit, Size = 0x4D0)]
public struct CONTEXT
{
    [FieldOffset(0x030)] public uint ContextFlags;
    [FieldOffset(0x034)] public uint MxCsr;
    [FieldOffset(0x038)] public ushort SegCs;
    [FieldOffset(0x03A)] public ushort SegDs;
    [FieldOffset(0x03C)] public ushort SegEs;
    [FieldOffset(0x03E)] public ushort SegFs;
    [FieldOffset(0x040)] public ushort SegGs;
    [FieldOffset(0x042)] public ushort SegSs;
    [FieldOffset(0x044)] public uint EFlags;
    [FieldOffset(0x048)] public ulong Dr0;
    [FieldOffset(0x050)] public ulong Dr1;
    [FieldOffset(0x058)] public ulong Dr2;
    [FieldOffset(0x060)] public ulong Dr3;
    [FieldOffset(0x068)] public ulong Dr6;
    [FieldOffset(0x070)] public ulong Dr7;
    [FieldOffset(0x078)] public ulong Rax;
    [FieldOffset(0x080)] public ulong Rcx;
    [FieldOffset(0x088)] public ulong Rdx;
    [FieldOffset(0x090)] public ulong Rbx;
    [FieldOffset(0x098)] public ulong Rsp;
    [FieldOffset(0x0A0)] public ulong Rbp;
    [FieldOffset(0x0A8)] public ulong Rsi;
    [FieldOffset(0x0B0)] public ulong Rdi;
    [FieldOffset(0x0B8)] public ulong R8;
    [FieldOffset(0x0C0)] public ulong R9;
    [FieldOffset(0x0C8)] public ulong R10;
    [FieldOffset(0x0D0)] public ulong R11;
    [FieldOffset(0x0D8)] public ulong R12;
    [FieldOffset(0x0E0)] public ulong R13;
    [FieldOffset(0x0E8)] public ulong R14;
    [FieldOffset(0x0F0)] public ulong R15;
    [FieldOffset(0x0F8)] public ulong Rip;
    [FieldOffset(0x1A0)] public XmmRegisters Xmm;
}
