// Executes the beginning and the ends of a compiled function on paper, so that unwinding from each of their
// instructions can be compared with the state at the call. It follows what prologues and epilogues do (stack
// pointer, saves, frame pointer) and gives up on the rest. It knows nothing about unwind information.
using Iced.Intel;

namespace OpenWsk.Loader.Tests;

/// <summary>Registers and a stack that instructions change.</summary>
internal sealed unsafe class SimulatedFunction
{
    private const int StackBytes = 1 << 20;
    private const ulong Unknown = 0xDEAD_0000_0000_0000;
    private const ulong CallerMark = 0x1111_0000_0000_0000;
    private readonly byte* _stack;
    private readonly InstructionInfoFactory _factory = new();

    public SimulatedFunction(byte* stack)
    {
        _stack = stack;
        Stack = new GuestStack((nuint)stack, (nuint)stack + StackBytes);
        for (var i = 0; i < 16; i++)
        {
            General[i] = CallerMark + (ulong)i;
            Vectors[i] = new M128A { Low = CallerMark + 0x100 + (ulong)i, High = i };
        }
        General[VirtualUnwinder.Rsp] = EntryRsp;
        *(ulong*)EntryRsp = ReturnAddress;
    }

    /// <summary>Room that a caller gives the constructor.</summary>
    public static int RoomBytes => StackBytes;

    public static ulong ReturnAddress => 0x2222_3333_4444;

    public GuestStack Stack { get; }

    public ulong[] General { get; } = new ulong[16];

    public M128A[] Vectors { get; } = new M128A[16];

    private ulong EntryRsp => (ulong)_stack + StackBytes - 0x1008;

    /// <summary>Whether a context is the caller's, as it was at the call.</summary>
    public bool IsCaller(CONTEXT* context)
    {
        int[] kept = [3, 5, 6, 7, 12, 13, 14, 15];
        var isRight = context->Rip == ReturnAddress && context->Rsp == EntryRsp + 8;
        foreach (var number in kept)
            isRight &= VirtualUnwinder.General(context)[number] == CallerMark + (ulong)number;
        for (var i = 6; i < 16; i++)
            isRight &= VirtualUnwinder.Vectors(context)[i].Low == CallerMark + 0x100 + (ulong)i;
        return isRight;
    }

    public void Store(CONTEXT* context)
    {
        for (var i = 0; i < 16; i++)
        {
            VirtualUnwinder.General(context)[i] = General[i];
            VirtualUnwinder.Vectors(context)[i] = Vectors[i];
        }
    }

    /// <summary>
    /// Executes an instruction; false when it leaves the straight line or cannot be followed.
    /// </summary>
    public bool TryExecute(in Instruction i)
    {
        switch (i.Mnemonic)
        {
            case Mnemonic.Push:
                General[4] -= 8;
                return Write(General[4], i.Op0Kind == OpKind.Register ? Value(i.Op0Register) : 0, 8);
            case Mnemonic.Pop when i.Op0Kind == OpKind.Register:
                Set(i.Op0Register, Read(General[4]));
                General[4] += 8;
                return true;
            case Mnemonic.Sub or Mnemonic.Add when i.Op0Register.IsGPR64() && i.Op1Kind != OpKind.Memory:
                var operand = i.Op1Kind == OpKind.Register ? Value(i.Op1Register) : i.GetImmediate(1);
                Set(i.Op0Register, Value(i.Op0Register)
                    + (i.Mnemonic == Mnemonic.Add ? operand : 0 - operand));
                return true;
            case Mnemonic.And when i.Op0Register == Register.RSP:
                General[4] &= i.GetImmediate(1);
                return true;
            case Mnemonic.Lea when i.Op0Register.IsGPR64():
                Set(i.Op0Register, Address(i));
                return true;
            case Mnemonic.Mov when i.Op0Register.IsGPR() && i.Op1Kind != OpKind.Memory:
                Set(i.Op0Register.GetFullRegister(),
                    i.Op1Kind == OpKind.Register ? Value(i.Op1Register.GetFullRegister())
                    : i.GetImmediate(1) & (i.Op0Register.IsGPR64() ? ulong.MaxValue : uint.MaxValue));
                return true;
            case Mnemonic.Mov when i.Op0Kind == OpKind.Memory && i.Op1Register.IsGPR64():
                return Write(Address(i), Value(i.Op1Register), 8);
            case Mnemonic.Movaps or Mnemonic.Movups or Mnemonic.Movdqa or Mnemonic.Movapd or Mnemonic.Movupd:
                return MoveVector(i);
            default:
                return Ignore(i);
        }
    }

    private bool MoveVector(in Instruction i)
    {
        if (i.Op0Kind == OpKind.Memory)
        {
            var value = Vectors[i.Op1Register - Register.XMM0];
            return Write(Address(i), value.Low, 8) && Write(Address(i) + 8, (ulong)value.High, 8);
        }
        if (i.Op1Kind == OpKind.Memory)
        {
            var at = Address(i);
            Vectors[i.Op0Register - Register.XMM0] =
                new M128A { Low = Read(at), High = (long)Read(at + 8) };
            return true;
        }
        Vectors[i.Op0Register - Register.XMM0] = Vectors[i.Op1Register - Register.XMM0];
        return true;
    }

    // Anything else changes registers to what nobody knows; a call returns with the stack as it was.
    private bool Ignore(in Instruction i)
    {
        if (i.FlowControl is not (FlowControl.Next or FlowControl.Call or FlowControl.IndirectCall))
            return false;
        foreach (var used in _factory.GetInfo(i).GetUsedRegisters())
        {
            var register = used.Register.GetFullRegister();
            if (used.Access is OpAccess.Read or OpAccess.CondRead or OpAccess.None || !register.IsGPR64())
                continue;
            if (register == Register.RSP)
            {
                if (i.FlowControl == FlowControl.Next)
                    return false;
                continue;
            }
            Set(register, Unknown);
        }
        return true;
    }

    private ulong Address(in Instruction i)
    {
        var address = i.MemoryDisplacement64;
        if (i.IsIPRelativeMemoryOperand)
            return address;
        if (i.MemoryBase != Register.None)
            address += Value(i.MemoryBase.GetFullRegister());
        if (i.MemoryIndex != Register.None)
            address += Value(i.MemoryIndex.GetFullRegister()) * (ulong)i.MemoryIndexScale;
        return address;
    }

    private ulong Value(Register register) => General[register.GetFullRegister() - Register.RAX];

    private void Set(Register register, ulong value) => General[register - Register.RAX] = value;

    private ulong Read(ulong address) => Stack.TryRead(address, out var value) ? value : Unknown;

    // Writes elsewhere than to the stack change nothing that matters here.
    private bool Write(ulong address, ulong value, ulong lengthBytes)
    {
        if (Stack.Contains(address, lengthBytes))
            *(ulong*)address = value;
        return true;
    }
}
