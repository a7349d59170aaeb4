// Security descriptors of ntifs.h at their x64 layout. It knows nothing about access checks.
namespace OpenWsk.Abi;

/// <summary>A security descriptor whose parts are pointers. 40 bytes.</summary>
public struct SECURITY_DESCRIPTOR
{
    public byte Revision;
    public byte Sbz1;
    public ushort Control;
    public nuint Owner;
    public nuint Group;
    public nuint Sacl;
    public nuint Dacl;
}

/// <summary>A security descriptor whose parts are offsets behind it. 20 bytes.</summary>
public struct SECURITY_DESCRIPTOR_RELATIVE
{
    public byte Revision;
    public byte Sbz1;
    public ushort Control;
    public uint Owner;
    public uint Group;
    public uint Sacl;
    public uint Dacl;
}
