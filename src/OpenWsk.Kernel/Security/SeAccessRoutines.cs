// Whether a subject may: access checks and privileges. It knows nothing about how entries decide:
// AccessCheck.cs.
using OpenWsk.Abi;
using static OpenWsk.Abi.WdmConstants;

namespace OpenWsk.Kernel;

/// <summary>Access routines of ntoskrnl.</summary>
public static class SeAccessRoutines
{
    private const byte KernelMode = 0;
    private const uint LevelImpersonation = 2;

    // PRIVILEGE_SET: count, control, then entries of twelve bytes.
    private const int PrivilegesOffset = 8;
    private const int PrivilegeBytes = 12;
    private const uint PrivilegesMax = 64;
    private const uint AllNecessary = 1;
    private const uint UsedForAccess = 0x80000000;

    /// <summary>Whether a subject may do what it asks with an object.</summary>
    /// <remarks>
    /// The status and the granted rights are told in AccessStatus and GrantedAccess; FALSE when denied.
    /// Kernel mode is granted everything. Errors: STATUS_ACCESS_DENIED; STATUS_PRIVILEGE_NOT_HELD;
    /// STATUS_BAD_IMPERSONATION_LEVEL.
    /// </remarks>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full, MaxIrql = Irql.Passive)]
    public static byte SeAccessCheck(
        Executive executive,
        nuint SecurityDescriptor,
        GuestPtr<SECURITY_SUBJECT_CONTEXT> SubjectSecurityContext,
        byte SubjectContextLocked,
        uint DesiredAccess,
        uint PreviouslyGrantedAccess,
        GuestPtr<nuint> Privileges,
        nuint GenericMapping,
        byte AccessMode,
        GuestPtr<uint> GrantedAccess,
        GuestPtr<uint> AccessStatus)
    {
        var mapping = Kernel.GenericMapping.At(GenericMapping);
        var status = AccessMode == KernelMode
            ? GrantAll(DesiredAccess, PreviouslyGrantedAccess, mapping, out var granted)
            : Check(
                executive, SecurityDescriptor, SubjectSecurityContext, DesiredAccess, PreviouslyGrantedAccess,
                mapping, out granted);
        if (!Privileges.IsNull)
            Privileges.Value = 0;
        GrantedAccess.Value = granted;
        AccessStatus.Value = (uint)status;
        return status.IsSuccess() ? (byte)1 : (byte)0;
    }

    /// <summary>Frees what SeAccessCheck told of privileges, which is nothing.</summary>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full, MaxIrql = Irql.Passive)]
    public static void SeFreePrivileges(Executive executive, nuint Privileges)
    {
        if (Privileges != 0)
            executive.Pool.Free(Privileges, 0);
    }

    /// <summary>Whether a subject has privileges: all of them, or any, as the set says.</summary>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full, MaxIrql = Irql.Passive)]
    public static byte SePrivilegeCheck(
        Executive executive,
        nuint RequiredPrivileges,
        GuestPtr<SECURITY_SUBJECT_CONTEXT> SubjectSecurityContext,
        byte AccessMode)
    {
        if (AccessMode == KernelMode)
            return 1;
        var count = GuestMemory.Read<uint>(RequiredPrivileges);
        if (count > PrivilegesMax
            || executive.Security.SubjectOf(SubjectSecurityContext.Value) is not { } token)
            return 0;
        var held = 0u;
        for (var i = 0u; i < count; i++)
        {
            var entry = RequiredPrivileges + PrivilegesOffset + (i * PrivilegeBytes);
            if (!IsHeld(token, GuestMemory.Read<ulong>(entry)))
                continue;
            GuestMemory.Write(entry + 8, GuestMemory.Read<uint>(entry + 8) | UsedForAccess);
            held++;
        }
        var needsAll = (GuestMemory.Read<uint>(RequiredPrivileges + 4) & AllNecessary) != 0;
        return (needsAll ? held == count : held != 0) ? (byte)1 : (byte)0;
    }

    /// <summary>Whether the calling thread has a privilege.</summary>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full, MaxIrql = Irql.Passive)]
    public static byte SeSinglePrivilegeCheck(Executive executive, ulong PrivilegeValue, byte PreviousMode)
    {
        if (PreviousMode == KernelMode)
            return 1;
        var token = executive.Security.ImpersonatedBy(executive.CurrentThread.Object)
            ?? executive.Security.System;
        return IsHeld(token, PrivilegeValue) ? (byte)1 : (byte)0;
    }

    private static bool IsHeld(AccessToken token, ulong privilege) =>
        privilege <= uint.MaxValue && token.Privileges.Contains((uint)privilege);

    private static NTSTATUS GrantAll(uint desired, uint previous, GenericMapping mapping, out uint granted)
    {
        granted = (desired & MAXIMUM_ALLOWED) != 0
            ? mapping.All | mapping.Map(desired & ~MAXIMUM_ALLOWED) | previous
            : desired | previous;
        return NTSTATUS.STATUS_SUCCESS;
    }

    private static NTSTATUS Check(
        Executive executive,
        nuint descriptor,
        GuestPtr<SECURITY_SUBJECT_CONTEXT> subject,
        uint desired,
        uint previous,
        GenericMapping mapping,
        out uint granted)
    {
        granted = 0;
        if (subject.Value.ClientToken != 0 && subject.Value.ImpersonationLevel < LevelImpersonation)
            return NTSTATUS.STATUS_BAD_IMPERSONATION_LEVEL;
        if (DescriptorView.Read(descriptor) is not { } view
            || executive.Security.SubjectOf(subject.Value) is not { } token)
            return NTSTATUS.STATUS_ACCESS_DENIED;
        if (desired == 0)
        {
            granted = previous;
            return previous == 0 ? NTSTATUS.STATUS_ACCESS_DENIED : NTSTATUS.STATUS_SUCCESS;
        }
        return AccessCheck.Evaluate(view, token, desired, previous, mapping, out granted);
    }
}
