// Says what an address belongs to: a null pointer, a driver's section, a guest stack or its guard, a block of
// pool, a thunk of ours. It asks the parts that own memory and reads none itself, except to tell what is
// mapped. It knows nothing about the fault. Next: PoolService.Describe, which names blocks.
using System.Globalization;
using OpenWsk.Kernel;

namespace OpenWsk.Loader;

/// <summary>Addresses in words.</summary>
internal sealed class AddressDescriber(Executive executive, NativeCode native)
{
    // As on Windows: nothing is ever mapped in the first 64 KB.
    private const ulong NullAreaBytes = 0x1_0000;
    private const int GuardBytes = 64 << 10;
    private const int ThreadObjectBytes = 0x900;
    private const int BlockBytes = 0x1_0000;
    private const ulong LowerHalfEnd = 0x0000_8000_0000_0000;
    private const ulong UpperHalfStart = 0xFFFF_8000_0000_0000;

    /// <summary>What the address belongs to; null when nothing is known about it.</summary>
    public string? Describe(ulong address)
    {
        if (address < NullAreaBytes)
            return address == 0 ? "a null pointer" : $"a null pointer + {Hex(address)}";
        if (unchecked((long)address) is < 0 and > -(long)NullAreaBytes)
            return $"a null pointer - {Hex(0 - address)}";
        if (address is >= LowerHalfEnd and < UpperHalfStart)
            return Pattern(address) ?? "no address that a processor accepts (not canonical)";
        return Image((nuint)address) ?? Stack((nuint)address) ?? Pool((nuint)address) ?? Thunk((nuint)address)
            ?? Pattern(address)
            ?? (address < UpperHalfStart ? null
                : "an address in the upper half, where nothing is mapped here");
    }

    /// <summary>As <see cref="Describe"/>, but only what is worth a line beside a register.</summary>
    public string? DescribePointer(ulong value) =>
        value < NullAreaBytes || value >= LowerHalfEnd ? Pattern(value) : Describe(value);

    // What fills look like when they are taken for pointers, with a small offset added or not.
    private static string? Pattern(ulong address) => (address >> 16) switch
    {
        0xDDDD_DDDD_DDDD => "the fill of freed memory (0xDD): used after it was freed",
        0xA5A5_A5A5_A5A5 => "the fill of fresh memory (0xA5): used before it was set",
        0xCDCD_CDCD_CDCD => "a fill of fresh memory (0xCD): used before it was set",
        0xCCCC_CCCC_CCCC => "a fill of fresh stack or of padding (0xCC)",
        0xFEEE_FEEE_FEEE => "a fill of freed memory (0xFEEE): used after it was freed",
        _ => null,
    };

    private string? Image(nuint address)
    {
        if (native.ImageAt(address) is not { } mapped)
            return null;
        var rva = (uint)(address - mapped.Start);
        var section = mapped.Image.SectionAt(rva);
        var where = section is null ? "its headers" : $"section {section.Name}, {Access(section)}";
        var name = NativeCode.NameCode(mapped, address) is { } code ? $"{code.Place} in " : "";
        return $"{name}{mapped.Image.Name}+0x{rva:x} ({where})";
    }

    private static string Access(ImageSection section) => section.Access switch
    {
        SectionAccess.None => "which nobody may touch",
        SectionAccess.Read => "read only",
        SectionAccess.Execute or (SectionAccess.Read | SectionAccess.Execute) => "code",
        _ when (section.Access & SectionAccess.Execute) != 0 => "code that may be written",
        _ => "data",
    };

    private string? Stack(nuint address)
    {
        foreach (var block in native.Blocks)
        {
            if (block.Owner is not { } thread)
                continue;
            if (address >= block.StackStart && address < block.StackEnd)
                return $"the guest stack of T{thread.Id}, {Hex(block.StackEnd - address)} below its top";
            if (address < block.StackStart && block.StackStart - address <= GuardBytes)
                return $"the guard under the guest stack of T{thread.Id}: {Hex(block.StackStart - address)} "
                    + "below its end, so the stack overflowed";
            if (address - (block.Gs & ~(nuint)(BlockBytes - 1)) < BlockBytes)
                return $"the processor block (KPCR) of T{thread.Id}";
            if (address - thread.Object < ThreadObjectBytes)
                return $"the thread object of T{thread.Id}";
        }
        return null;
    }

    private string? Pool(nuint address) => executive.Pool.Describe(address)?.Text(native.NameAddress);

    private string? Thunk(nuint address) => native.NameOfThunk(address) is { } name
        ? $"the entry of {name}" : null;

    private static string Hex(ulong value) =>
        value < 10 ? value.ToString(CultureInfo.InvariantCulture) : $"0x{value:x}";
}
