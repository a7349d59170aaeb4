/* openwsk/ntifs-se.h: tokens, and the identifiers and privileges that everybody knows, as ntifs.h has them.
 * It knows nothing about access checks: those are in wdm-se-routines.h. */
#ifndef OPENWSK_NTIFS_SE_H
#define OPENWSK_NTIFS_SE_H

#include <openwsk/wdm-se-routines.h>

OPENWSK_EXTERN_C_BEGIN

typedef enum _TOKEN_TYPE { TokenPrimary = 1, TokenImpersonation } TOKEN_TYPE, *PTOKEN_TYPE;
typedef enum _TOKEN_INFORMATION_CLASS {
    TokenUser = 1,
    TokenGroups = 2,
    TokenPrivileges = 3,
    TokenOwner = 4,
    TokenPrimaryGroup = 5,
    TokenStatistics = 10,
    TokenSessionId = 12,
    TokenIntegrityLevel = 25
} TOKEN_INFORMATION_CLASS, *PTOKEN_INFORMATION_CLASS;

typedef struct _SID_AND_ATTRIBUTES {
    PSID Sid;
    ULONG Attributes;
} SID_AND_ATTRIBUTES, *PSID_AND_ATTRIBUTES;

typedef struct _TOKEN_USER {
    SID_AND_ATTRIBUTES User;
} TOKEN_USER, *PTOKEN_USER;

typedef struct _TOKEN_GROUPS {
    ULONG GroupCount;
    SID_AND_ATTRIBUTES Groups[ANYSIZE_ARRAY];
} TOKEN_GROUPS, *PTOKEN_GROUPS;

typedef struct _TOKEN_OWNER {
    PSID Owner;
} TOKEN_OWNER, *PTOKEN_OWNER;

typedef struct _SE_EXPORTS {
    LUID SeCreateTokenPrivilege, SeAssignPrimaryTokenPrivilege, SeLockMemoryPrivilege,
        SeIncreaseQuotaPrivilege,
        SeUnsolicitedInputPrivilege, SeTcbPrivilege, SeSecurityPrivilege, SeTakeOwnershipPrivilege,
        SeLoadDriverPrivilege, SeCreatePagefilePrivilege, SeIncreaseBasePriorityPrivilege,
        SeSystemProfilePrivilege, SeSystemtimePrivilege, SeProfileSingleProcessPrivilege,
        SeCreatePermanentPrivilege, SeBackupPrivilege, SeRestorePrivilege, SeShutdownPrivilege,
        SeDebugPrivilege, SeAuditPrivilege, SeSystemEnvironmentPrivilege, SeChangeNotifyPrivilege,
        SeRemoteShutdownPrivilege;
    PSID SeNullSid, SeWorldSid, SeLocalSid, SeCreatorOwnerSid, SeCreatorGroupSid;
    PSID SeNtAuthoritySid, SeDialupSid, SeNetworkSid, SeBatchSid, SeInteractiveSid, SeLocalSystemSid,
        SeAliasAdminsSid, SeAliasUsersSid, SeAliasGuestsSid, SeAliasPowerUsersSid, SeAliasAccountOpsSid,
        SeAliasSystemOpsSid, SeAliasPrintOpsSid, SeAliasBackupOpsSid;
    PSID SeAuthenticatedUsersSid, SeRestrictedSid, SeAnonymousLogonSid;
    LUID SeUndockPrivilege, SeSyncAgentPrivilege, SeEnableDelegationPrivilege;
    PSID SeLocalServiceSid, SeNetworkServiceSid;
    LUID SeManageVolumePrivilege, SeImpersonatePrivilege, SeCreateGlobalPrivilege;
    LUID SeTrustedCredManAccessPrivilege, SeRelabelPrivilege, SeIncreaseWorkingSetPrivilege,
        SeTimeZonePrivilege, SeCreateSymbolicLinkPrivilege;
    PSID SeIUserSid;
    PSID SeUntrustedMandatorySid, SeLowMandatorySid, SeMediumMandatorySid, SeHighMandatorySid,
        SeSystemMandatorySid, SeOwnerRightsSid;
    PSID SeAllAppPackagesSid, SeUserModeDriversSid;
    PSID SeProcTrustWinTcbSid;
    PSID SeTrustedInstallerSid;
    LUID SeDelegateSessionUserImpersonatePrivilege;
} SE_EXPORTS, *PSE_EXPORTS;

extern DECLSPEC_IMPORT PSE_EXPORTS SeExports;
extern DECLSPEC_IMPORT POBJECT_TYPE *SeTokenObjectType;

NTKERNELAPI NTSTATUS NTAPI SeQueryInformationToken(
    PACCESS_TOKEN Token, TOKEN_INFORMATION_CLASS TokenInformationClass, PVOID *TokenInformation);
NTKERNELAPI BOOLEAN NTAPI SeTokenIsAdmin(PACCESS_TOKEN Token);
NTKERNELAPI BOOLEAN NTAPI SeTokenIsRestricted(PACCESS_TOKEN Token);
NTKERNELAPI TOKEN_TYPE NTAPI SeTokenType(PACCESS_TOKEN Token);
NTKERNELAPI NTSTATUS NTAPI SeQueryAuthenticationIdToken(PACCESS_TOKEN Token, PLUID AuthenticationId);
NTKERNELAPI NTSTATUS NTAPI SeQuerySessionIdToken(PACCESS_TOKEN Token, PULONG SessionId);
NTKERNELAPI PACCESS_TOKEN NTAPI PsReferenceImpersonationToken(PETHREAD Thread, PBOOLEAN CopyOnOpen,
    PBOOLEAN EffectiveOnly, PSECURITY_IMPERSONATION_LEVEL ImpersonationLevel);
NTKERNELAPI VOID NTAPI PsDereferenceImpersonationToken(PACCESS_TOKEN ImpersonationToken);
NTKERNELAPI NTSTATUS NTAPI ObSetSecurityObjectByPointer(
    PVOID Object, SECURITY_INFORMATION SecurityInformation, PSECURITY_DESCRIPTOR SecurityDescriptor);
#define SeQuerySubjectContextToken(SubjectContext) \
    ((SubjectContext)->ClientToken != NULL ? (SubjectContext)->ClientToken : (SubjectContext)->PrimaryToken)

OPENWSK_EXTERN_C_END

#endif
