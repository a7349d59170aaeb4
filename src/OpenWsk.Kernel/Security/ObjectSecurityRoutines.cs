// Descriptors that belong to objects: made for new ones, told, set. It knows nothing about what they say.
// Next: DescriptorComposer.cs.
using OpenWsk.Abi;
using static OpenWsk.Abi.WdmConstants;

namespace OpenWsk.Kernel;

/// <summary>Object security routines of ntoskrnl.</summary>
public static class ObjectSecurityRoutines
{
    private const uint PoolTag = 0x64536553; // 'SeSd'
    private const byte ContainerInherit = 0x02;
    private const byte ObjectInherit = 0x01;
    private const byte NoPropagate = 0x04;
    private const byte InheritOnly = 0x08;
    private const byte Inherited = 0x10;

    /// <summary>Makes the descriptor of a new object of what is asked for, its parent's and its
    /// maker's.</summary>
    /// <remarks>
    /// Owns: the caller frees it with SeDeassignSecurity. Errors: STATUS_INVALID_OWNER when the maker may not
    /// give it away; STATUS_INVALID_SECURITY_DESCR; STATUS_NO_TOKEN; STATUS_INSUFFICIENT_RESOURCES.
    /// </remarks>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full, MaxIrql = Irql.Passive)]
    public static NTSTATUS SeAssignSecurity(
        Executive executive,
        nuint ParentDescriptor,
        nuint ExplicitDescriptor,
        GuestPtr<nuint> NewDescriptor,
        byte IsDirectoryObject,
        GuestPtr<SECURITY_SUBJECT_CONTEXT> SubjectContext,
        nuint GenericMapping,
        int PoolType)
    {
        if (executive.Security.SubjectOf(SubjectContext.Value) is not { } token)
            return NTSTATUS.STATUS_NO_TOKEN;
        var asked = DescriptorView.Read(ExplicitDescriptor);
        var parent = DescriptorView.Read(ParentDescriptor);
        if ((ExplicitDescriptor != 0 && asked is null) || (asked is { } a && !a.IsValid())
            || (parent is { } p && !p.IsValid()))
            return NTSTATUS.STATUS_INVALID_SECURITY_DESCR;
        var owner = DescriptorComposer.SidAt(asked?.Owner ?? 0) ?? SidText.Bytes(token.Owner);
        if (asked is { Owner: not 0 } named && !token.Has(SidText.Read(named.Owner)!))
            return NTSTATUS.STATUS_INVALID_OWNER;
        var group = DescriptorComposer.SidAt(asked?.Group ?? 0) ?? SidText.Bytes(token.User);
        var mapping = Kernel.GenericMapping.At(GenericMapping);
        var (control, dacl) = DaclFor(asked, parent, token, IsDirectoryObject != 0, mapping);
        var sacl = DescriptorComposer.AclAt(asked?.Sacl ?? 0);
        if (sacl is not null)
            control |= (ushort)SE_SACL_PRESENT;
        var bytes = DescriptorComposer.Compose(control, owner, group, sacl, dacl);
        return Give(executive, bytes, NewDescriptor);
    }

    /// <summary>Frees a descriptor that SeAssignSecurity made.</summary>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full, MaxIrql = Irql.Passive)]
    public static NTSTATUS SeDeassignSecurity(Executive executive, GuestPtr<nuint> SecurityDescriptor)
    {
        if (SecurityDescriptor.Value != 0)
            executive.Pool.Free(SecurityDescriptor.Value, 0);
        SecurityDescriptor.Value = 0;
        return NTSTATUS.STATUS_SUCCESS;
    }

    /// <summary>Tells the descriptor that an object was given; NULL when none.</summary>
    /// <remarks>Owns: the caller gives it back with ObReleaseObjectSecurity.</remarks>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full, MaxIrql = Irql.Passive)]
    public static NTSTATUS ObGetObjectSecurity(
        Executive executive, nuint Object, GuestPtr<nuint> SecurityDescriptor, GuestPtr<byte> MemoryAllocated)
    {
        SecurityDescriptor.Value = 0;
        MemoryAllocated.Value = 0;
        if (executive.Security.DescriptorOf(Object) is not { } bytes)
            return NTSTATUS.STATUS_SUCCESS;
        MemoryAllocated.Value = 1;
        return Give(executive, bytes, SecurityDescriptor);
    }

    /// <summary>Gives back what ObGetObjectSecurity told.</summary>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full, MaxIrql = Irql.Passive)]
    public static void ObReleaseObjectSecurity(
        Executive executive, nuint SecurityDescriptor, byte MemoryAllocated)
    {
        if (SecurityDescriptor != 0 && MemoryAllocated != 0)
            executive.Pool.Free(SecurityDescriptor, 0);
    }

    /// <summary>Gives an object a descriptor, or parts of one.</summary>
    /// <remarks>Errors: STATUS_INVALID_SECURITY_DESCR.</remarks>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full, MaxIrql = Irql.Passive)]
    public static NTSTATUS ObSetSecurityObjectByPointer(
        Executive executive, nuint Object, uint SecurityInformation, nuint SecurityDescriptor)
    {
        if (DescriptorView.Read(SecurityDescriptor) is not { } view || !view.IsValid())
            return NTSTATUS.STATUS_INVALID_SECURITY_DESCR;
        var old = executive.Security.DescriptorOf(Object);
        var current = old is null ? null : new SavedParts(old);
        byte[]? Part(uint flag, byte[]? replaced, int index) =>
            (SecurityInformation & flag) != 0 ? replaced : current?.Part(index);

        var sacl = Part(SACL_SECURITY_INFORMATION, DescriptorComposer.AclAt(view.Sacl), 2);
        var dacl = Part(DACL_SECURITY_INFORMATION, DescriptorComposer.AclAt(view.Dacl), 3);
        var replacesDacl = (SecurityInformation & DACL_SECURITY_INFORMATION) != 0;
        var source = replacesDacl ? view.Control : current?.Control ?? 0;
        var control = (ushort)((source & (SE_DACL_PRESENT | SE_DACL_PROTECTED))
            | (sacl is null ? 0 : SE_SACL_PRESENT));
        executive.Security.SetDescriptor(Object, DescriptorComposer.Compose(
            control,
            Part(OWNER_SECURITY_INFORMATION, DescriptorComposer.SidAt(view.Owner), 0),
            Part(GROUP_SECURITY_INFORMATION, DescriptorComposer.SidAt(view.Group), 1),
            sacl, dacl));
        return NTSTATUS.STATUS_SUCCESS;
    }

    private static (ushort Control, byte[]? Dacl) DaclFor(
        DescriptorView? asked,
        DescriptorView? parent,
        AccessToken token,
        bool isContainer,
        GenericMapping mapping)
    {
        if (asked is { HasDacl: true } explicitly)
        {
            var entries = explicitly.Dacl == 0 ? null : AclView.Read(explicitly.Dacl);
            return (Control(explicitly.Control & SE_DACL_PROTECTED),
                entries is null ? null : DescriptorComposer.AclOf(Mapped(entries, mapping)));
        }
        if (parent is { HasDacl: true, Dacl: not 0 } above && AclView.Read(above.Dacl) is { } from
            && Inheritable(from, isContainer).ToList() is { Count: > 0 } inherited)
            return (Control(0), DescriptorComposer.AclOf(Mapped(inherited, mapping)));
        // The default list of the maker's token: itself and the system everything.
        AclEntry[] defaults =
        [
            new(ACCESS_ALLOWED_ACE_TYPE, 0, mapping.All, AccessToken.LocalSystem),
            new(ACCESS_ALLOWED_ACE_TYPE, 0, mapping.All, token.Owner),
        ];
        return (Control(SE_DACL_DEFAULTED), DescriptorComposer.AclOf(defaults));
    }

    private static ushort Control(uint more) => (ushort)(SE_DACL_PRESENT | more);

    private static IEnumerable<AclEntry> Inheritable(IReadOnlyList<AclEntry> entries, bool isContainer)
    {
        foreach (var entry in entries.Where(e => e.Sid.Length != 0))
        {
            var direct = isContainer ? ContainerInherit : ObjectInherit;
            if ((entry.Flags & direct) != 0)
            {
                var kept = !isContainer || (entry.Flags & NoPropagate) != 0
                    ? 0
                    : entry.Flags & (ContainerInherit | ObjectInherit);
                yield return entry with { Flags = (byte)(kept | Inherited) };
            }
            else if (isContainer && (entry.Flags & ObjectInherit) != 0 && (entry.Flags & NoPropagate) == 0)
            {
                yield return entry with { Flags = ObjectInherit | InheritOnly | Inherited };
            }
        }
    }

    private static IEnumerable<AclEntry> Mapped(IEnumerable<AclEntry> entries, GenericMapping mapping) =>
        entries.Where(e => e.Sid.Length != 0).Select(e => e with { Mask = mapping.Map(e.Mask) });

    private static NTSTATUS Give(Executive executive, byte[] bytes, GuestPtr<nuint> place)
    {
        var block = executive.Pool.Allocate((nuint)bytes.Length, PoolTag, isPaged: true, isZeroed: true);
        if (block == 0)
            return NTSTATUS.STATUS_INSUFFICIENT_RESOURCES;
        bytes.CopyToGuest(GuestMemory.Span(block, bytes.Length));
        place.Value = block;
        return NTSTATUS.STATUS_SUCCESS;
    }

    // A self-relative descriptor of ours, by part: owner, group, system list, discretionary list.
    private sealed class SavedParts(byte[] bytes)
    {
        public ushort Control => BitConverter.ToUInt16(bytes, 2);

        public byte[]? Part(int index)
        {
            var offset = BitConverter.ToInt32(bytes, 4 + (index * 4));
            if (offset == 0)
                return null;
            var length = index < 2
                ? SidText.LengthOf(bytes[offset + 1])
                : BitConverter.ToUInt16(bytes, offset + 2);
            return bytes[offset..(offset + length)];
        }
    }
}
