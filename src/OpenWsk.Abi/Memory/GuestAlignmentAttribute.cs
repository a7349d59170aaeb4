// Says how a structure is aligned in guest memory when C# cannot express it (DECLSPEC_ALIGN of the Windows
// headers). It knows nothing about allocation: who makes such a structure reads the attribute, and the layout
// test does.
namespace OpenWsk.Abi;

/// <summary>The alignment in bytes that the guest expects of a structure.</summary>
/// <remarks>Units: bytes, a power of two.</remarks>
[AttributeUsage(AttributeTargets.Struct)]
public sealed class GuestAlignmentAttribute(int bytes) : Attribute
{
    /// <summary>The alignment.</summary>
    public int Bytes { get; } = bytes;
}
