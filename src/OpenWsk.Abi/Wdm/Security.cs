// Security descriptors, lists and identifiers of wdm.h and ntifs.h at their x64 layout.
// It knows nothing about access checks.
using System.Runtime.CompilerServices;

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

/// <summary>Head of an access control list; the entries follow. 8 bytes.</summary>
public struct ACL
{
    public byte AclRevision;
    public byte Sbz1;
    public ushort AclSize;
    public ushort AceCount;
    public ushort Sbz2;
}

/// <summary>Head of every access control entry. 4 bytes.</summary>
public struct ACE_HEADER
{
    public byte AceType;
    public byte AceFlags;
    public ushort AceSize;
}

/// <summary>An entry that allows access; the SID begins at SidStart. 12 bytes.</summary>
public struct ACCESS_ALLOWED_ACE
{
    public ACE_HEADER Header;
    public uint Mask;
    public uint SidStart;
}

/// <summary>The six bytes of a SID's authority, most significant first.</summary>
[InlineArray(6)]
public struct SidAuthorityBytes
{
    private byte _first;
}

/// <summary>The authority that issued a SID. 6 bytes.</summary>
public struct SID_IDENTIFIER_AUTHORITY
{
    public SidAuthorityBytes Value;
}

/// <summary>A security identifier; further subauthorities follow the first. 12 bytes.</summary>
public struct SID
{
    public byte Revision;
    public byte SubAuthorityCount;
    public SID_IDENTIFIER_AUTHORITY IdentifierAuthority;
    public uint SubAuthority;
}

/// <summary>A privilege and its state. 12 bytes.</summary>
public struct LUID_AND_ATTRIBUTES
{
    public LUID Luid;
    public uint Attributes;
}

/// <summary>Who asks: the tokens of thread and process. 32 bytes.</summary>
public struct SECURITY_SUBJECT_CONTEXT
{
    public nuint ClientToken;
    public uint ImpersonationLevel;
    public nuint PrimaryToken;
    public nuint ProcessAuditId;
}
