// Makes the crash report of a bug check, on the thread where it happened and while guest memory is as it
// was. It asks each part that knows something and decides nothing; a report that lacks a part is better than
// none. It knows nothing about text: OpenWsk.Capture renders what this collects. Next: CodeListing.cs,
// CrashFrames.cs.
using Iced.Intel;
using OpenWsk.Abi;
using OpenWsk.Kernel;

namespace OpenWsk.Loader;

/// <summary>Collects crash reports of one world.</summary>
internal sealed class CrashCollector(Executive executive, NativeCode native)
{
    private readonly AddressDescriber _addresses = new(executive, native);
    private readonly CrashFrames _frames = new(native);

    /// <summary>Everything that is known now.</summary>
    public CrashReport Collect(BugCheck check)
    {
        var snapshot = check.Snapshot;
        var memory = new MemoryCopies();
        var stack = snapshot is null ? [] : _frames.OfFault(snapshot);
        var faultAddress = FaultAddress(check);
        var report = new CrashReport
        {
            Check = check,
            TimeNs = executive.Clock.NowNs,
            FaultAddress = faultAddress,
            FaultAddressOwner = faultAddress is { } address ? _addresses.Describe(address) : null,
            ParameterOwners =
            [
                _addresses.DescribePointer(check.Parameter1), _addresses.DescribePointer(check.Parameter2),
                _addresses.DescribePointer(check.Parameter3), _addresses.DescribePointer(check.Parameter4),
            ],
            Stack = stack,
            Threads = new CrashThreads(native, _frames).Describe(check, stack, memory),
            Modules = [.. native.Images.Select(mapped => Module(mapped, memory))],
        };
        if (snapshot is not null)
            report = AddCode(report, snapshot);
        if (faultAddress is { } used && executive.Pool.Describe((nuint)used) is { } block)
            report = report with
            {
                BlockMade = _frames.OfReturns(block.MadeStack),
                BlockFreed = block.IsFreed ? _frames.OfReturns(block.FreedStack) : [],
            };
        if (faultAddress is { } fault)
            memory.AddPage(fault);
        foreach (var register in report.Registers)
            memory.AddPage(register.Value);
        return report with { Memory = memory.Copy() };
    }

    private CrashReport AddCode(CrashReport report, FaultSnapshot snapshot)
    {
        var context = snapshot.Context;
        var isReturn = snapshot.Exception is null;
        var address = native.OriginalAddress((nuint)context.Rip);
        var instructions = new CodeListing(native).Make(address, isReturn, out var instruction);
        return report with
        {
            Place = Place(report, address),
            Instructions = instructions,
            Operand = isReturn ? null : Operand(instruction, context),
            Registers =
            [
                .. GuestRegisters.General(context)
                    .Select(r => (r.Name, r.Value, What: _addresses.DescribePointer(r.Value)))
                    .Where(r => r.What is not null)
                    .Select(r => new CrashRegister(r.Name, r.Value, r.What!)),
            ],
        };
    }

    private string Place(CrashReport report, nuint address)
    {
        var frame = report.Stack.FirstOrDefault(f => !f.IsRoutine);
        var line = frame is { File: { } file, Line: not 0 } ? $", {Path.GetFileName(file)}:{frame.Line}" : "";
        return native.NameAddress(address) + line;
    }

    private string? Operand(in Instruction instruction, in CONTEXT context) =>
        OperandText.Explain(instruction, context, _addresses);

    // The bug checks of bad addresses have the address as their first parameter; an access violation that
    // nobody handled has it in its record.
    private static ulong? FaultAddress(BugCheck check)
    {
        if (check.Snapshot?.Exception is { ExceptionCode: NTSTATUS.STATUS_ACCESS_VIOLATION } record
            && record.NumberParameters >= 2)
            return record.ExceptionInformation[1];
        return (BugCheckCode)check.Code switch
        {
            BugCheckCode.IRQL_NOT_LESS_OR_EQUAL or BugCheckCode.DRIVER_IRQL_NOT_LESS_OR_EQUAL
                or BugCheckCode.PAGE_FAULT_IN_NONPAGED_AREA or BugCheckCode.ATTEMPTED_WRITE_TO_READONLY_MEMORY
                or BugCheckCode.PAGE_FAULT_IN_FREED_SPECIAL_POOL
                or BugCheckCode.PAGE_FAULT_BEYOND_END_OF_ALLOCATION
                or BugCheckCode.DRIVER_PAGE_FAULT_IN_FREED_SPECIAL_POOL
                or BugCheckCode.DRIVER_PAGE_FAULT_BEYOND_END_OF_ALLOCATION
                or BugCheckCode.ATTEMPTED_EXECUTE_OF_NOEXECUTE_MEMORY => check.Parameter1,
            _ => null,
        };
    }

    private static CrashModule Module(MappedImage mapped, MemoryCopies memory)
    {
        var symbols = mapped.Symbols!.Value;
        // All of it: with its unwind information in the dump, a debugger needs no file to walk the stack.
        memory.AddCode(mapped.Start, mapped.Image.SizeBytes);
        return new CrashModule
        {
            Name = mapped.Image.Name,
            Path = mapped.Image.Folder is { } folder ? Path.Combine(folder, mapped.Image.Name) : null,
            Start = mapped.Start,
            SizeBytes = mapped.Image.SizeBytes,
            TimeStamp = symbols.TimeStamp,
            CheckSum = symbols.CheckSum,
            PdbIdentity = symbols.Pdb is { } pdb ? $"{pdb.Guid:D} age {pdb.Age} ({pdb.FileName})" : null,
            PdbRecord = symbols.Pdb?.Record() ?? [],
            Symbols = symbols.Sources,
            SymbolNotes = symbols.Notes,
        };
    }
}
