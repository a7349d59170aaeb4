// Instructions that only a kernel may execute, where a driver on Windows may do so and no harm is done: they
// get the effect that the driver expects of them. Everything else stays an exception
// (STATUS_PRIVILEGED_INSTRUCTION). What is needed often (cli, sti, cr8) the signal stub does itself. It knows
// nothing about exceptions.
// Divergence from Windows: ports have no device behind them, control registers are constants, and caches need
// no care.
using Iced.Intel;
using OpenWsk.Abi;

namespace OpenWsk.Loader;

/// <summary>Emulates privileged instructions.</summary>
internal static unsafe class PrivilegedInstructions
{
    private const uint MsrTimeStamp = 0x10;
    private const uint MsrApicBase = 0x1B;
    private const uint MsrExtendedFeatures = 0xC000_0080;
    private const uint MsrFsBase = 0xC000_0100;
    private const uint MsrGsBase = 0xC000_0101;
    private const uint MsrKernelGsBase = 0xC000_0102;

    /// <summary>
    /// Gives the instruction at the fault its effect and steps over it; false when it is none of these.
    /// </summary>
    public static bool TryEmulate(ThreadBlock block, in FaultInfo fault, CONTEXT* context)
    {
        var mayBe = fault.Trap is FaultInfo.GeneralProtection or FaultInfo.InvalidOpcode
            || fault.IsPageFault && fault.Cr2 - SharedPage.WindowsAddress < SharedPage.PageBytes;
        if (!mayBe)
            return false;
        var instruction = GuestInstruction.At(context->Rip);
        if (!TryEmulate(block, fault, context, instruction))
            return false;
        context->Rip = instruction.NextIP;
        return true;
    }

    private static bool TryEmulate(
        ThreadBlock block, in FaultInfo fault, CONTEXT* context, in Instruction instruction) =>
        fault.IsPageFault ? ReadSharedPage(block, fault, context, instruction)
        : instruction.Mnemonic switch
        {
            Mnemonic.Rdmsr => ReadRegister(block, context),
            Mnemonic.In => ReadPort(context, instruction),
            Mnemonic.Mov => MoveSpecial(context, instruction),
            Mnemonic.Out or Mnemonic.Invlpg or Mnemonic.Wbinvd or Mnemonic.Invd or Mnemonic.Hlt
                or Mnemonic.Clts or Mnemonic.Cli or Mnemonic.Sti or Mnemonic.Clac or Mnemonic.Stac
                or Mnemonic.Wbnoinvd or Mnemonic.Invpcid => true,
            _ => false,
        };

    // The form without a register that could be made to point to the world's page.
    private static bool ReadSharedPage(
        ThreadBlock block, in FaultInfo fault, CONTEXT* context, in Instruction instruction)
    {
        var page = block.Word(ThreadBlock.SharedPageAddress);
        if (page == 0 || fault.Operation != 0 || instruction.Mnemonic != Mnemonic.Mov
            || instruction.Op0Kind != OpKind.Register || instruction.Op1Kind != OpKind.Memory)
        {
            return false;
        }
        var size = instruction.Op0Register.GetSize();
        if (fault.Cr2 - SharedPage.WindowsAddress > (ulong)(SharedPage.PageBytes - size))
            return false;
        Span<byte> bytes = stackalloc byte[8];
        bytes.Clear();
        if (GuestCopy.Read(page + (nuint)(fault.Cr2 - SharedPage.WindowsAddress), bytes[..size]) != size)
            return false;
        GuestInstruction.Set(context, instruction.Op0Register, BitConverter.ToUInt64(bytes));
        return true;
    }

    private static bool ReadRegister(ThreadBlock block, CONTEXT* context)
    {
        ulong? value = (uint)context->Rcx switch
        {
            MsrTimeStamp => (ulong)System.Diagnostics.Stopwatch.GetTimestamp(),
            MsrApicBase => 0xFEE0_0900,
            MsrExtendedFeatures => 0xD01,
            MsrGsBase => block.Gs,
            MsrFsBase or MsrKernelGsBase => 0,
            _ => null,
        };
        if (value is not { } read)
            return false;
        context->Rax = (uint)read;
        context->Rdx = read >> 32;
        return true;
    }

    // What a bus without a device answers.
    private static bool ReadPort(CONTEXT* context, in Instruction instruction)
    {
        GuestInstruction.Set(context, instruction.Op0Register, ulong.MaxValue);
        return true;
    }

    private static bool MoveSpecial(CONTEXT* context, in Instruction instruction)
    {
        if (instruction.Op0Kind != OpKind.Register || instruction.Op1Kind != OpKind.Register)
            return false;
        if (Constant(instruction.Op1Register) is { } value)
        {
            GuestInstruction.Set(context, instruction.Op0Register, value);
            return true;
        }
        // Writing back what was read changes nothing; anything else would take protection away. The
        // breakpoints of debug registers never trigger.
        if (instruction.Op0Register.IsDR())
            return true;
        return Constant(instruction.Op0Register) is { } present
            && present == GuestInstruction.Value(*context, instruction.Op1Register);
    }

    private static ulong? Constant(Register register) => register switch
    {
        Register.CR0 => 0x8005_0033,
        Register.CR2 => 0,
        Register.CR3 => 0x1A_D000,
        Register.CR4 => 0x37_0678,
        Register.DR6 => 0xFFFF_0FF0,
        Register.DR7 => 0x400,
        >= Register.DR0 and <= Register.DR3 => 0,
        _ => null,
    };
}
