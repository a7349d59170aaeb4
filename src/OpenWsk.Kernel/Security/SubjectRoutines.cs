// Who asks: subjects that drivers capture, and the tokens of processes and threads. It knows nothing about
// whether they may: SeAccessRoutines.cs.
using OpenWsk.Abi;

namespace OpenWsk.Kernel;

/// <summary>Subject and token routines of ntoskrnl.</summary>
public static class SubjectRoutines
{
    private const uint LevelImpersonation = 2;
    private const int TypePrimary = 1;
    private const int TypeImpersonation = 2;

    /// <summary>Captures who the calling thread acts for.</summary>
    /// <remarks>Owns: the caller releases it with SeReleaseSubjectContext.</remarks>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full, MaxIrql = Irql.Passive)]
    public static void SeCaptureSubjectContext(
        Executive executive, GuestPtr<SECURITY_SUBJECT_CONTEXT> SubjectContext) =>
        SeCaptureSubjectContextEx(
            executive, executive.CurrentThread.Object, executive.SystemProcess, SubjectContext);

    /// <summary>Captures who a thread of a process acts for.</summary>
    /// <remarks>Owns: the caller releases it with SeReleaseSubjectContext.</remarks>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full, MaxIrql = Irql.Passive)]
    public static void SeCaptureSubjectContextEx(
        Executive executive,
        nuint Thread,
        nuint Process,
        GuestPtr<SECURITY_SUBJECT_CONTEXT> SubjectContext)
    {
        var security = executive.Security;
        var client = Thread == 0 ? null : security.ImpersonatedBy(Thread);
        SubjectContext.Value = new SECURITY_SUBJECT_CONTEXT
        {
            ClientToken = client is null ? 0 : security.Reference(client),
            ImpersonationLevel = client is null ? 0 : LevelImpersonation,
            PrimaryToken = security.Reference(security.System),
            ProcessAuditId = Executive.SystemProcessId,
        };
    }

    /// <summary>Keeps a subject as it is; tokens do not change here.</summary>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full, MaxIrql = Irql.Passive)]
    public static void SeLockSubjectContext(
        Executive executive, GuestPtr<SECURITY_SUBJECT_CONTEXT> SubjectContext)
    {
    }

    /// <summary>Ends what SeLockSubjectContext began.</summary>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full, MaxIrql = Irql.Passive)]
    public static void SeUnlockSubjectContext(
        Executive executive, GuestPtr<SECURITY_SUBJECT_CONTEXT> SubjectContext)
    {
    }

    /// <summary>Gives a captured subject back.</summary>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full, MaxIrql = Irql.Passive)]
    public static void SeReleaseSubjectContext(
        Executive executive, GuestPtr<SECURITY_SUBJECT_CONTEXT> SubjectContext)
    {
        var subject = SubjectContext.Value;
        Release(executive, subject.ClientToken, nameof(SeReleaseSubjectContext));
        Release(executive, subject.PrimaryToken, nameof(SeReleaseSubjectContext));
        SubjectContext.Value = default;
    }

    /// <summary>The token of a process, referenced.</summary>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full, MaxIrql = Irql.Passive)]
    public static nuint PsReferencePrimaryToken(Executive executive, nuint Process) =>
        executive.Security.Reference(executive.Security.System);

    /// <summary>Gives a token back.</summary>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full, MaxIrql = Irql.Passive)]
    public static void PsDereferencePrimaryToken(Executive executive, nuint PrimaryToken) =>
        Release(executive, PrimaryToken, nameof(PsDereferencePrimaryToken));

    /// <summary>The token that a thread impersonates, referenced; NULL when it does not.</summary>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full, MaxIrql = Irql.Passive)]
    public static nuint PsReferenceImpersonationToken(
        Executive executive,
        nuint Thread,
        GuestPtr<byte> CopyOnOpen,
        GuestPtr<byte> EffectiveOnly,
        GuestPtr<uint> ImpersonationLevel)
    {
        if (executive.Security.ImpersonatedBy(Thread) is not { } token)
            return 0;
        CopyOnOpen.Value = 0;
        EffectiveOnly.Value = 0;
        ImpersonationLevel.Value = LevelImpersonation;
        return executive.Security.Reference(token);
    }

    /// <summary>Gives a token back.</summary>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full, MaxIrql = Irql.Passive)]
    public static void PsDereferenceImpersonationToken(Executive executive, nuint ImpersonationToken) =>
        Release(executive, ImpersonationToken, nameof(PsDereferenceImpersonationToken));

    /// <summary>Whether a token is an administrator's.</summary>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full, MaxIrql = Irql.Passive)]
    public static byte SeTokenIsAdmin(Executive executive, nuint Token) =>
        executive.Security.Find(Token) is { IsAdmin: true } ? (byte)1 : (byte)0;

    /// <summary>Whether a token is restricted; none is.</summary>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full, MaxIrql = Irql.Passive)]
    public static byte SeTokenIsRestricted(Executive executive, nuint Token) => 0;

    /// <summary>Whether a token is a process's or a thread's.</summary>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full, MaxIrql = Irql.Passive)]
    public static int SeTokenType(Executive executive, nuint Token) =>
        ReferenceEquals(executive.Security.Find(Token), executive.Security.System)
            ? TypePrimary
            : TypeImpersonation;

    /// <summary>Tells the logon session: the system's.</summary>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full, MaxIrql = Irql.Passive)]
    public static NTSTATUS SeQueryAuthenticationIdToken(
        Executive executive, nuint Token, GuestPtr<LUID> AuthenticationId)
    {
        AuthenticationId.Value = new LUID { LowPart = TokenInformation.SystemLogon };
        return NTSTATUS.STATUS_SUCCESS;
    }

    /// <summary>Tells the terminal session: 0, that of services.</summary>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full, MaxIrql = Irql.Passive)]
    public static NTSTATUS SeQuerySessionIdToken(Executive executive, nuint Token, GuestPtr<uint> SessionId)
    {
        SessionId.Value = 0;
        return NTSTATUS.STATUS_SUCCESS;
    }

    /// <summary>Tells something of a token in a block of paged pool, or a number in its place.</summary>
    /// <remarks>
    /// Owns: the caller frees the block with ExFreePool. Errors: STATUS_INVALID_INFO_CLASS;
    /// STATUS_INVALID_PARAMETER when there is no token; STATUS_INSUFFICIENT_RESOURCES.
    /// </remarks>
    [Export(Libraries.Ntoskrnl, SupportLevel.Partial, MaxIrql = Irql.Passive,
        Note = "TokenUser, TokenGroups, TokenPrivileges, TokenOwner, TokenPrimaryGroup, TokenStatistics, "
            + "TokenSessionId, TokenIntegrityLevel")]
    public static NTSTATUS SeQueryInformationToken(
        Executive executive, nuint Token, int TokenInformationClass, nuint TokenInformation) =>
        executive.Security.Find(Token) is { } token
            ? Kernel.TokenInformation.Query(executive, token, TokenInformationClass, TokenInformation)
            : NTSTATUS.STATUS_INVALID_PARAMETER;

    private static void Release(Executive executive, nuint token, string routine)
    {
        if (token == 0)
            return;
        if (executive.Security.Find(token) is null || executive.Objects.Dereference(token) < 0)
            throw executive.BugCheck(
                BugCheckCode.REFERENCE_BY_POINTER, $"{routine}: there is no token at 0x{(ulong)token:x}");
    }
}
