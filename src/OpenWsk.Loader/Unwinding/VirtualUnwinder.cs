// Turns the context of a function into that of its caller, by the function's unwind information: what the
// prologue has done is undone, or what is left of an epilogue is done. Everything it reads of the guest is
// the thread's own stack. It knows nothing about handlers but where they are; see
// Exceptions/ExceptionDispatcher.cs.
using OpenWsk.Abi;

namespace OpenWsk.Loader;

/// <summary>What unwinding one frame has found.</summary>
/// <param name="Establisher">The frame as its handlers know it.</param>
/// <param name="HandlerRva">The language handler; 0 in a prologue, in an epilogue or without one.</param>
/// <param name="HandlerFlags">Whether the handler takes part in searching or in unwinding.</param>
internal readonly record struct UnwoundFrame(
    ulong Establisher, uint HandlerRva, uint HandlerDataRva, byte HandlerFlags);

/// <summary>Unwinds single frames.</summary>
internal static unsafe class VirtualUnwinder
{
    /// <summary>Number of the stack pointer among the general registers.</summary>
    public const int Rsp = 4;

    private const int GeneralOffset = 0x78;
    private const int VectorOffset = 0x1A0;
    private const int ChainMax = 32;
    private const int VectorCount = 16;

    /// <summary>The sixteen general registers of a context, in the processor's order.</summary>
    public static ulong* General(CONTEXT* context) => (ulong*)((byte*)context + GeneralOffset);

    /// <summary>The sixteen XMM registers of a context.</summary>
    public static M128A* Vectors(CONTEXT* context) => (M128A*)((byte*)context + VectorOffset);

    /// <summary>
    /// Unwinds a function without unwind information: one that has not touched the stack pointer.
    /// </summary>
    public static bool TryUnwindLeaf(CONTEXT* context, GuestStack stack)
    {
        if (!stack.TryRead(context->Rsp, out var returnAddress))
            return false;
        context->Rip = returnAddress;
        context->Rsp += 8;
        return true;
    }

    /// <summary>
    /// Unwinds a function that the context's Rip is in, at that RVA. False when the information is damaged or
    /// the stack pointer leads outside the stack; the context is then worthless.
    /// </summary>
    /// <param name="pointers">
    /// 32 places that get the addresses from which registers were loaded, or null.
    /// </param>
    public static bool TryUnwind(
        FunctionTable table, FunctionEntry entry, uint rva, CONTEXT* context, GuestStack stack,
        nuint* pointers, bool isReturnAddress, out UnwoundFrame frame)
    {
        frame = default;
        if (table.InfoOf(entry) is not { } info)
            return false;
        var offset = rva - entry.Begin;
        var isChained = (info.Flags & UnwindInfo.ChainedInfo) != 0;
        var isInProlog = offset < info.PrologBytes && !isChained;
        var establisher = Establisher(info, offset, isInProlog, context);
        frame = new UnwoundFrame(establisher, 0, 0, 0);
        // After a call an epilogue's rest gives the same as undoing the prologue, which is cheaper.
        if (!isReturnAddress && !isInProlog
            && Epilogue.TrySimulate(table, entry, info, rva, context, stack))
            return true;
        var state = new State(context, stack, establisher, pointers);
        for (var depth = 0; ; depth++)
        {
            if (!Undo(ref state, info, depth == 0 ? offset : uint.MaxValue))
                return false;
            if (info.Chained is not { } next)
                break;
            if (depth == ChainMax || table.InfoOf(next) is not { } nextInfo)
                return false;
            info = nextInfo;
        }
        if (!state.HasMachineFrame && !TryUnwindLeaf(context, stack))
            return false;
        if (!isInProlog && info.HandlerRva != 0)
        {
            frame = new UnwoundFrame(establisher, info.HandlerRva, info.HandlerDataRva, info.Flags);
        }
        return true;
    }

    private static ulong Establisher(UnwindInfo info, uint offset, bool isInProlog, CONTEXT* context)
    {
        if (info.FrameRegister == 0)
            return context->Rsp;
        var frame = General(context)[info.FrameRegister] - info.FrameOffset;
        if (!isInProlog)
            return frame;
        foreach (var code in info.Codes)
        {
            if (code.Operation == UnwindOperation.SetFrameRegister && code.Offset <= offset)
                return frame;
        }
        return context->Rsp;
    }

    // Codes of instructions that have not been executed yet are passed over.
    private static bool Undo(ref State state, UnwindInfo info, uint offset)
    {
        foreach (var code in info.Codes)
        {
            if (code.Offset <= offset && !state.Undo(code, info))
                return false;
        }
        return true;
    }

    private ref struct State(CONTEXT* context, GuestStack stack, ulong frame, nuint* pointers)
    {
        private readonly CONTEXT* _context = context;
        private readonly nuint* _pointers = pointers;

        public bool HasMachineFrame { get; private set; }

        public bool Undo(UnwindCode code, UnwindInfo info)
        {
            switch (code.Operation)
            {
                case UnwindOperation.PushNonvolatile:
                    return Load(code.Register, _context->Rsp) && Raise(8);
                case UnwindOperation.AllocateLarge:
                case UnwindOperation.AllocateSmall:
                    return Raise(code.Operand);
                case UnwindOperation.SetFrameRegister:
                    _context->Rsp = General(_context)[info.FrameRegister] - info.FrameOffset;
                    return true;
                case UnwindOperation.SaveNonvolatile:
                case UnwindOperation.SaveNonvolatileFar:
                    return Load(code.Register, frame + code.Operand);
                case UnwindOperation.SaveXmm128:
                case UnwindOperation.SaveXmm128Far:
                    return LoadVector(code.Register, frame + code.Operand);
                case UnwindOperation.PushMachineFrame:
                    return LoadMachineFrame(code.Register);
                default:
                    return true;
            }
        }

        private readonly bool Raise(uint bytes)
        {
            _context->Rsp += bytes;
            return true;
        }

        private readonly bool Load(byte register, ulong address)
        {
            if (!stack.TryRead(address, out var value))
                return false;
            General(_context)[register] = value;
            if (_pointers != null)
                _pointers[VectorCount + register] = (nuint)address;
            return true;
        }

        private readonly bool LoadVector(byte register, ulong address)
        {
            if (!stack.Contains(address, 16))
                return false;
            Vectors(_context)[register] = *(M128A*)address;
            if (_pointers != null)
                _pointers[register] = (nuint)address;
            return true;
        }

        // What the processor pushes for an interrupt, with or without an error code.
        private bool LoadMachineFrame(byte hasErrorCode)
        {
            var at = _context->Rsp + 8ul * hasErrorCode;
            if (!stack.TryRead(at, out var rip) || !stack.TryRead(at + 24, out var rsp))
                return false;
            _context->Rip = rip;
            _context->Rsp = rsp;
            HasMachineFrame = true;
            return true;
        }
    }
}
