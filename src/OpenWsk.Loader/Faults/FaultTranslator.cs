// Turns what the processor said into the exception that Windows would raise: its code, address and
// parameters (documented with EXCEPTION_RECORD and the NTSTATUS values). It knows nothing about handlers or
// bug checks; see FaultJudge.cs.
using Iced.Intel;
using OpenWsk.Abi;

namespace OpenWsk.Loader;

/// <summary>Makes exception records of faults.</summary>
internal static class FaultTranslator
{
    private const int FloatDivide = 3;
    private const int FloatOverflow = 4;
    private const int FloatUnderflow = 5;
    private const int FloatInexact = 6;
    private const byte FastFail = 0x29;
    private const byte AssertionFailure = 0x2C;
    private const byte DebugService = 0x2D;

    /// <summary>
    /// The record of a fault at a context, whose instruction pointer is put where Windows has it.
    /// </summary>
    public static EXCEPTION_RECORD Translate(in FaultInfo fault, ref CONTEXT context)
    {
        if (fault.Trap == FaultInfo.Breakpoint)
            // The processor stands behind the instruction, a handler of Windows sees the instruction itself.
            context.Rip--;
        var record = new EXCEPTION_RECORD
        {
            ExceptionCode = Code(fault, context),
            ExceptionAddress = (nuint)context.Rip,
        };
        if (record.ExceptionCode == NTSTATUS.STATUS_ACCESS_VIOLATION)
            SetAccess(ref record, fault.Operation, fault.IsPageFault ? fault.Cr2 : ulong.MaxValue);
        else if (record.ExceptionCode == NTSTATUS.STATUS_BREAKPOINT)
            record.NumberParameters = 1;
        else if (record.ExceptionCode == NTSTATUS.STATUS_STACK_BUFFER_OVERRUN)
        {
            record.ExceptionFlags = WdmConstants.EXCEPTION_NONCONTINUABLE;
            record.NumberParameters = 1;
            record.ExceptionInformation[0] = (nuint)(uint)context.Rcx;
        }
        return record;
    }

    /// <summary>The record of a routine that raises.</summary>
    public static EXCEPTION_RECORD Translate(Kernel.GuestRaiseException raise, nuint address)
    {
        var record = new EXCEPTION_RECORD
        {
            ExceptionCode = raise.Code,
            ExceptionFlags = raise.Flags,
            ExceptionAddress = address,
            NumberParameters = (uint)Math.Min(raise.Information.Count, 15),
        };
        for (var i = 0; i < record.NumberParameters; i++)
            record.ExceptionInformation[i] = (nuint)raise.Information[i];
        return record;
    }

    private static void SetAccess(ref EXCEPTION_RECORD record, ulong operation, ulong address)
    {
        record.NumberParameters = 2;
        record.ExceptionInformation[0] = (nuint)operation;
        record.ExceptionInformation[1] = (nuint)address;
    }

    private static NTSTATUS Code(in FaultInfo fault, in CONTEXT context) => fault.Trap switch
    {
        FaultInfo.DivideError => GuestInstruction.DividesByZero(context, GuestInstruction.At(context.Rip))
            ? NTSTATUS.STATUS_INTEGER_DIVIDE_BY_ZERO
            : NTSTATUS.STATUS_INTEGER_OVERFLOW,
        FaultInfo.Debug => NTSTATUS.STATUS_SINGLE_STEP,
        FaultInfo.Breakpoint => NTSTATUS.STATUS_BREAKPOINT,
        FaultInfo.Overflow => NTSTATUS.STATUS_INTEGER_OVERFLOW,
        FaultInfo.InvalidOpcode => NTSTATUS.STATUS_ILLEGAL_INSTRUCTION,
        FaultInfo.AlignmentCheck => NTSTATUS.STATUS_DATATYPE_MISALIGNMENT,
        FaultInfo.FloatError or FaultInfo.VectorError => FloatCode(fault.Code),
        FaultInfo.GeneralProtection => ProtectionCode(context),
        _ => NTSTATUS.STATUS_ACCESS_VIOLATION,
    };

    private static NTSTATUS FloatCode(int code) => code switch
    {
        FloatDivide => NTSTATUS.STATUS_FLOAT_DIVIDE_BY_ZERO,
        FloatOverflow => NTSTATUS.STATUS_FLOAT_OVERFLOW,
        FloatUnderflow => NTSTATUS.STATUS_FLOAT_UNDERFLOW,
        FloatInexact => NTSTATUS.STATUS_FLOAT_INEXACT_RESULT,
        _ => NTSTATUS.STATUS_FLOAT_INVALID_OPERATION,
    };

    // A general protection fault is an address that cannot be one, a software interrupt of Windows, or an
    // instruction that only a kernel may execute.
    private static NTSTATUS ProtectionCode(in CONTEXT context)
    {
        var instruction = GuestInstruction.At(context.Rip);
        if (instruction.Code == Iced.Intel.Code.Int_imm8)
        {
            return instruction.Immediate8 switch
            {
                FastFail => NTSTATUS.STATUS_STACK_BUFFER_OVERRUN,
                AssertionFailure => NTSTATUS.STATUS_ASSERTION_FAILURE,
                DebugService => NTSTATUS.STATUS_BREAKPOINT,
                _ => NTSTATUS.STATUS_ACCESS_VIOLATION,
            };
        }
        return instruction.IsPrivileged ? NTSTATUS.STATUS_PRIVILEGED_INSTRUCTION
            : NTSTATUS.STATUS_ACCESS_VIOLATION;
    }
}
