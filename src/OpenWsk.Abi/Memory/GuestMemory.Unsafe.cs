// Views of guest memory as spans and strings; GuestBuffer.Unsafe.cs has it as Memory<byte>. It knows nothing
// about ownership: each caller names the lifetime that makes its view sound.
using System.Buffers;
using System.Runtime.CompilerServices;

namespace OpenWsk.Abi;

/// <summary>Views of guest memory by address and length in bytes.</summary>
public static class GuestMemory
{
    /// <summary>The bytes at <paramref name="address"/>; valid while the guest keeps the memory.</summary>
    /// <remarks>Errors: a length of 2 GB and more is the access violation that it must end in.</remarks>
    public static unsafe Span<byte> Span(nuint address, int lengthBytes)
    {
        if (lengthBytes < 0)
            Fault();
        return new((void*)address, lengthBytes);
    }

    /// <summary>UTF-16 units at <paramref name="address"/>.</summary>
    public static unsafe Span<char> Chars(nuint address, int lengthChars)
    {
        if (lengthChars < 0)
            Fault();
        return new((void*)address, lengthChars);
    }

    /// <summary>One value at <paramref name="address"/>, which need not be aligned.</summary>
    public static unsafe T Read<T>(nuint address) where T : unmanaged =>
        Unsafe.ReadUnaligned<T>((void*)address);

    /// <summary>Writes one value at <paramref name="address"/>, which need not be aligned.</summary>
    public static unsafe void Write<T>(nuint address, T value) where T : unmanaged =>
        Unsafe.WriteUnaligned((void*)address, value);

    /// <summary>A reference to a value at an aligned address, for interlocked operations.</summary>
    public static unsafe ref T Ref<T>(nuint address) where T : unmanaged =>
        ref Unsafe.AsRef<T>((void*)address);

    /// <summary>The null-terminated bytes at <paramref name="address"/> without the terminator.</summary>
    public static unsafe ReadOnlySpan<byte> AnsiZ(nuint address) =>
        System.Runtime.InteropServices.MemoryMarshal.CreateReadOnlySpanFromNullTerminated((byte*)address);

    /// <summary>The null-terminated UTF-16 text at <paramref name="address"/> without the
    /// terminator.</summary>
    public static unsafe ReadOnlySpan<char> WideZ(nuint address) =>
        System.Runtime.InteropServices.MemoryMarshal.CreateReadOnlySpanFromNullTerminated((char*)address);

    /// <summary>The address of pinned managed memory; sound until the pin is disposed.</summary>
    public static unsafe nuint AddressOf(in MemoryHandle pin) => (nuint)pin.Pointer;

    private static unsafe void Fault() => Unsafe.ReadUnaligned<byte>((void*)0);
}
