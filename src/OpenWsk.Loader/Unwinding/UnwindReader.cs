// Reads .xdata from the image's file, trusting nothing: a number that leads outside, an operation that does
// not exist or codes that are cut off make the whole information unreadable. The file and not the memory is
// read, because the guest can write there and patches change it. It keeps nothing; see FunctionTable.cs.
namespace OpenWsk.Loader;

/// <summary>Reads unwind information of one image.</summary>
internal sealed class UnwindReader(ImageView view, uint imageBytes)
{
    private const int HeaderBytes = 4;

    /// <summary>Reads a RUNTIME_FUNCTION; false when it lies outside or has no sensible range.</summary>
    public bool TryReadEntry(ulong rva, out FunctionEntry entry)
    {
        entry = default;
        if (!view.TryRead(rva, out uint begin) || !view.TryRead(rva + 4, out uint end)
            || !view.TryRead(rva + 8, out uint unwind))
            return false;
        entry = new FunctionEntry(begin, end, unwind);
        return begin < end && end <= imageBytes;
    }

    /// <summary>The unwind information of a function, or null when it cannot be.</summary>
    public UnwindInfo? Read(FunctionEntry entry)
    {
        ulong rva = entry.Unwind;
        if (!view.TryRead(rva, out uint header))
            return null;
        var version = (int)(header & 7);
        var count = (int)(header >> 16 & 0xFF);
        if (version is not (1 or 2))
            return null;
        Span<ushort> slots = stackalloc ushort[256];
        slots = slots[..count];
        for (var i = 0; i < count; i++)
        {
            if (!view.TryRead(rva + HeaderBytes + 2 * (ulong)i, out slots[i]))
                return null;
        }
        var codes = new List<UnwindCode>(count);
        var epilogs = new List<EpilogRange>();
        if (!TryReadCodes(slots, version, entry, codes, epilogs))
            return null;
        var tail = rva + HeaderBytes + 2 * (ulong)((count + 1) & ~1);
        return Make(header, version, [.. codes], [.. epilogs], tail);
    }

    private UnwindInfo? Make(
        uint header, int version, UnwindCode[] codes, EpilogRange[] epilogs, ulong tail)
    {
        var flags = (byte)(header >> 3 & 0x1F);
        var isChained = (flags & UnwindInfo.ChainedInfo) != 0;
        FunctionEntry chained = default;
        uint handler = 0;
        if (isChained && !TryReadEntry(tail, out chained))
            return null;
        var hasHandler = !isChained
            && (flags & (UnwindInfo.ExceptionHandler | UnwindInfo.TerminationHandler)) != 0;
        if (hasHandler && (!view.TryRead(tail, out handler) || handler == 0 || handler >= imageBytes))
            return null;
        return new UnwindInfo
        {
            Version = version,
            Flags = flags,
            PrologBytes = header >> 8 & 0xFF,
            FrameRegister = (int)(header >> 24 & 0xF),
            FrameOffset = 16 * (header >> 28),
            Codes = codes,
            Epilogs = epilogs,
            HandlerRva = handler,
            HandlerDataRva = hasHandler ? (uint)tail + 4 : 0,
            Chained = isChained ? chained : null,
        };
    }

    private static bool TryReadCodes(
        ReadOnlySpan<ushort> slots, int version, FunctionEntry entry, List<UnwindCode> codes,
        List<EpilogRange> epilogs)
    {
        uint epilogBytes = 0;
        for (var i = 0; i < slots.Length; i++)
        {
            var operation = (UnwindOperation)(slots[i] >> 8 & 0xF);
            var info = (byte)(slots[i] >> 12);
            if (operation == UnwindOperation.Epilog && version == 2)
            {
                ReadEpilog(slots[i], entry, ref epilogBytes, epilogs);
                continue;
            }
            var extra = ExtraSlots(operation, info);
            if (extra < 0 || i + extra >= slots.Length)
                return false;
            var operand = Operand(operation, info, slots.Slice(i + 1, extra));
            codes.Add(new UnwindCode((byte)slots[i], operation, info, operand));
            i += extra;
        }
        return true;
    }

    // The first one tells the size of all epilogues, and by its lowest bit whether one ends the function;
    // each of the others tells how far before the function's end one begins. 0 fills up the count.
    private static void ReadEpilog(
        ushort slot, FunctionEntry entry, ref uint epilogBytes, List<EpilogRange> epilogs)
    {
        uint distance;
        if (epilogBytes == 0)
        {
            epilogBytes = (byte)slot;
            distance = (slot & 0x1000) != 0 ? epilogBytes : 0;
        }
        else
        {
            distance = (uint)((byte)slot | slot >> 12 << 8);
        }
        if (distance == 0 || distance > entry.End - entry.Begin)
            return;
        var begin = entry.End - distance;
        epilogs.Add(new EpilogRange(begin, Math.Min(begin + epilogBytes, entry.End)));
    }

    private static int ExtraSlots(UnwindOperation operation, byte info) => operation switch
    {
        UnwindOperation.PushNonvolatile or UnwindOperation.AllocateSmall => 0,
        UnwindOperation.SetFrameRegister => 0,
        UnwindOperation.PushMachineFrame => info <= 1 ? 0 : -1,
        UnwindOperation.AllocateLarge => info switch { 0 => 1, 1 => 2, _ => -1 },
        UnwindOperation.SaveNonvolatile or UnwindOperation.SaveXmm128 => 1,
        UnwindOperation.SaveNonvolatileFar or UnwindOperation.SaveXmm128Far => 2,
        UnwindOperation.Spare => 2,
        _ => -1,
    };

    private static uint Operand(UnwindOperation operation, byte info, ReadOnlySpan<ushort> slots)
    {
        var value = slots.Length switch
        {
            1 => slots[0],
            2 => (uint)(slots[0] | slots[1] << 16),
            _ => 0u,
        };
        return operation switch
        {
            UnwindOperation.AllocateSmall => 8u * info + 8,
            UnwindOperation.AllocateLarge when info == 0 => 8 * value,
            UnwindOperation.SaveNonvolatile => 8 * value,
            UnwindOperation.SaveXmm128 => 16 * value,
            _ => value,
        };
    }
}
