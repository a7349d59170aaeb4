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

    /// <summary>Whether a value of the type fits.</summary>
    public bool Holds<T>() where T : unmanaged => HasRoom(Unsafe.SizeOf<T>());

    public bool HasRoom(int lengthBytes) => Address != 0 && SizeBytes >= (nuint)lengthBytes;

    public T Read<T>() where T : unmanaged => GuestMemory.Read<T>(Address);
}
