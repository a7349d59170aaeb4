// A typed address in guest memory: the memory that drivers and the kernel share at Windows x64 layout.
// It knows nothing about who allocated the memory or whether it is still alive; an address that came from
// a driver can be wild, and reading it faults exactly as it would in a driver.
// Next: GuestSpan.Unsafe.cs for bulk memory; the structures are in Wdm/, Wsk/, Netio/ and Winsock/.
using System.Runtime.CompilerServices;

namespace OpenWsk.Abi;

/// <summary>A typed address in guest memory; the size of a pointer and blittable.</summary>
public readonly struct GuestPtr<T> : IEquatable<GuestPtr<T>>
    where T : unmanaged
{
    public GuestPtr(nuint address) => Address = address;

    /// <summary>The address itself; 0 is NULL.</summary>
    public nuint Address { get; }

    public bool IsNull => Address == 0;

    /// <summary>The structure in place. The caller guarantees that it stays allocated while the reference
    /// lives.</summary>
    public unsafe ref T Value => ref Unsafe.AsRef<T>((void*)Address);

    /// <summary>The element <paramref name="index"/> places further on.</summary>
    public GuestPtr<T> At(int index) => new(Address + (nuint)(index * Unsafe.SizeOf<T>()));

    public GuestPtr<TOther> As<TOther>() where TOther : unmanaged => new(Address);

    public bool Equals(GuestPtr<T> other) => Address == other.Address;

    public override bool Equals(object? obj) => obj is GuestPtr<T> other && Equals(other);

    public override int GetHashCode() => Address.GetHashCode();

    public override string ToString() => $"0x{(ulong)Address:x}";

    public static bool operator ==(GuestPtr<T> left, GuestPtr<T> right) => left.Equals(right);

    public static bool operator !=(GuestPtr<T> left, GuestPtr<T> right) => !left.Equals(right);
}
