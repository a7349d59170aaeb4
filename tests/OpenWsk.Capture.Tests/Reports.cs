// A crash report made by hand, with every part filled.
// It knows nothing about where reports come from; the loader's tests make real ones.
using OpenWsk.Abi;
using OpenWsk.Kernel;

namespace OpenWsk.Capture.Tests;

/// <summary>Sample reports.</summary>
internal static class Reports
{
    public const ulong Image = 0x7f00_0002_0000;
    public const ulong StackStart = 0x7f00_1000_0f00;

    /// <summary>A driver that reads through a null pointer at DISPATCH_LEVEL.</summary>
    public static CrashReport NullPointer()
    {
        var context =
            new CONTEXT { Rip = Image + 0x1010, Rsp = StackStart + 0x80, Rax = 0, EFlags = 0x10246 };
        var frame = new CrashFrame
        {
            Address = Image + 0x1010, Module = "sample.sys", ModuleOffset = 0x1010, Function = "Touch",
            FunctionOffset = 0x10, File = "/src/driver/sample.c", Line = 12,
        };
        return new CrashReport
        {
            Check = new BugCheck(BugCheckCode.DRIVER_IRQL_NOT_LESS_OR_EQUAL, 8, 2, 0, Image + 0x1010)
            {
                Detail = "reading 0x8 at DISPATCH_LEVEL",
                Snapshot = new FaultSnapshot
                {
                    Context = context, Exception = ReadOfNull(), ThreadId = 8, ThreadName = "worker",
                    Irql = 2,
                },
            },
            FaultAddress = 8,
            FaultAddressOwner = "a null pointer + 8",
            Place = "Touch+0x10 (sample.sys+0x1010), sample.c:12",
            Instructions =
            [
                new CrashInstruction(
                    Image + 0x100c, [0x33, 0xc0], "xor     eax, eax", false, "Touch sample.c:11"),
                new CrashInstruction(
                    Image + 0x1010, [0x8b, 0x40, 0x08], "mov     eax, [rax+8]", true, "Touch sample.c:12"),
            ],
            Operand = "[rax+0x8] with rax = 0x0 is 0x8: a null pointer + 8",
            Registers = [new CrashRegister("rsp", context.Rsp, "the guest stack of T8, 0x80 below its top")],
            Stack =
            [
                frame,
                new CrashFrame { Function = "ntoskrnl.exe!KeInsertQueueDpc", IsRoutine = true },
                new CrashFrame { Address = Image + 0x1100, Module = "sample.sys", ModuleOffset = 0x1100 },
            ],
            Modules =
            [
                new CrashModule
                {
                    Name = "sample.sys", Start = Image, SizeBytes = 0x3000,
                    TimeStamp = 0x1234, CheckSum = 0x77,
                    PdbIdentity = "ab age 1 (sample.pdb)",
                    PdbRecord = "RSDS0123456789abcdefAGE1sample.pdb\0"u8.ToArray(),
                    Symbols = ["PDB sample.pdb"], SymbolNotes = ["DWARF cannot be used: it is damaged"],
                },
            ],
            Threads =
            [
                new CrashThread
                {
                    Id = 8, Name = "worker", Irql = 2, State = "made the fault",
                    Context = context, Stack = [frame],
                    Kpcr = 0x7f00_2000_0000, StackStart = StackStart, StackBytes = 0x100,
                },
                new CrashThread { Id = 12, Name = "", Irql = 0, State = "ran code of a driver" },
            ],
            Memory =
            [
                new CrashMemory(Image, new byte[0x3000], true),
                new CrashMemory(StackStart - 0xf00, Enumerable.Repeat((byte)0x5a, 0x1000).ToArray(), false),
            ],
            Events = ["0.1 T8 PASSIVE_LEVEL KeInsertQueueDpc(Dpc=0x1)"],
            Command = "openwsk run sample.sys",
        };
    }

    private static EXCEPTION_RECORD ReadOfNull()
    {
        var record = new EXCEPTION_RECORD
        {
            ExceptionCode = NTSTATUS.STATUS_ACCESS_VIOLATION,
            ExceptionAddress = unchecked((nuint)(Image + 0x1010)),
            NumberParameters = 2,
        };
        record.ExceptionInformation[1] = 8;
        return record;
    }
}
