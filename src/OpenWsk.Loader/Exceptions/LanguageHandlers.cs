// Recognises that an image's language handler is the kernel's own: linkers make it a jump through the import
// table. It knows nothing about what handlers do.
using System.Buffers.Binary;
using OpenWsk.Abi;

namespace OpenWsk.Loader;

/// <summary>Knows handlers by their code.</summary>
internal static class LanguageHandlers
{
    private const int JumpsMax = 3;

    /// <summary>Whether the handler leads to __C_specific_handler and nowhere else.</summary>
    public static bool IsC(NativeCode native, MappedImage mapped, uint handlerRva)
    {
        if (mapped.CHandlers.TryGetValue(handlerRva, out var isC))
            return isC;
        isC = LeadsToImport(native, mapped, handlerRva);
        mapped.CHandlers[handlerRva] = isC;
        return isC;
    }

    private static bool LeadsToImport(NativeCode native, MappedImage mapped, uint rva)
    {
        var view = mapped.Image.Functions.View;
        Span<byte> code = stackalloc byte[6];
        for (var jumps = 0; jumps < JumpsMax; jumps++)
        {
            if (!view.TryCopy(rva, code))
                return false;
            if (code is [0xFF, 0x25, ..])
            {
                var slot = rva + 6 + (uint)BinaryPrimitives.ReadInt32LittleEndian(code[2..]);
                // The slot lies in the mapped image, whose import table the loader has filled.
                return view.ContainsInSection(slot, 8) && mapped.DiscardedAt(mapped.Start + slot) is null
                    && GuestMemory.Read<nuint>(mapped.Start + slot) == native.CHandlerThunk;
            }
            if (code[0] != 0xE9)
                return false;
            rva += 5 + (uint)BinaryPrimitives.ReadInt32LittleEndian(code[1..]);
        }
        return false;
    }
}
