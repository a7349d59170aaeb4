// An input or output buffer of the two control functions: an address and a size in bytes that the guest
// names. It knows nothing about control codes; see ClientControlRoutine.cs and SocketControlRoutine.cs.
using System.Runtime.CompilerServices;
using OpenWsk.Abi;

namespace OpenWsk.Provider;

/// <summary>A buffer argument.</summary>
internal readonly record struct ControlBuffer(nuint Address, nuint SizeBytes)
{
    /// <summary>A NULL pointer with size zero.</summary>
    public bool IsNone => Address == 0 && SizeBytes == 0;

    /// <summary>
    /// The bytes, as far as a span can count them; empty for a NULL pointer whatever its size.
    /// </summary>
    public Span<byte> Bytes =>
        Address == 0 ? [] : GuestMemory.Span(Address, (int)nuint.Min(SizeBytes, int.MaxValue));

    /// <summary>Whether a value of the type fits.</summary>
    public bool Holds<T>() where T : unmanaged => HasRoom(Unsafe.SizeOf<T>());

    public bool HasRoom(int lengthBytes) => Address != 0 && SizeBytes >= (nuint)lengthBytes;

    public T Read<T>() where T : unmanaged => GuestMemory.Read<T>(Address);

    public void Write<T>(T value) where T : unmanaged => GuestMemory.Write(Address, value);
}
