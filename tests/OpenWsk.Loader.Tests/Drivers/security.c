/* Test driver: identifiers, lists, descriptors and access checks, as a driver that guards its device makes
 * them. It tells the line of the first check that failed, 0 for none. It knows nothing about devices. */
#include "wdk.h"

static ULONG admins[4], everyone[3];
static GENERIC_MAPPING mapping = {0x1, 0x2, 0x4, 0x7};

static ULONG64 identifiers(void)
{
    SID_IDENTIFIER_AUTHORITY nt = {SECURITY_NT_AUTHORITY}, world = {SECURITY_WORLD_SID_AUTHORITY};
    UNICODE_STRING text;
    ULONG copy[4];
    CHECK(RtlLengthRequiredSid(2) == 16);
    CHECK(NT_SUCCESS(RtlInitializeSid(admins, &nt, 2)) && NT_SUCCESS(RtlInitializeSid(everyone, &world, 1)));
    *RtlSubAuthoritySid(admins, 0) = 32;
    *RtlSubAuthoritySid(admins, 1) = 544;
    *RtlSubAuthoritySid(everyone, 0) = 0;
    CHECK(RtlValidSid(admins) && RtlLengthSid(admins) == 16 && RtlEqualSid(everyone, SeExports->SeWorldSid));
    CHECK(RtlEqualSid(admins, SeExports->SeAliasAdminsSid) && !RtlEqualSid(admins, everyone));
    CHECK(NT_SUCCESS(RtlCopySid(sizeof(copy), copy, admins)) && RtlEqualSid(copy, admins));
    CHECK(!NT_SUCCESS(RtlCopySid(8, copy, admins)));
    CHECK(NT_SUCCESS(RtlConvertSidToUnicodeString(&text, admins, TRUE)));
    CHECK(text.Length == 24 && RtlCompareMemory(text.Buffer, L"S-1-5-32-544", 24) == 24);
    RtlFreeUnicodeString(&text);
    return 0;
}

static ULONG64 lists(PACL acl, ULONG bytes)
{
    PACCESS_ALLOWED_ACE ace;
    CHECK(NT_SUCCESS(RtlCreateAcl(acl, bytes, ACL_REVISION)));
    CHECK(NT_SUCCESS(RtlAddAccessAllowedAce(acl, ACL_REVISION, GENERIC_ALL, admins)));
    CHECK(NT_SUCCESS(RtlAddAccessAllowedAce(acl, ACL_REVISION, 1, everyone)));
    CHECK(acl->AceCount == 2 && NT_SUCCESS(RtlGetAce(acl, 1, (PVOID *)&ace)));
    CHECK(ace->Mask == 1 && RtlEqualSid(&ace->SidStart, everyone));
    CHECK(!NT_SUCCESS(RtlGetAce(acl, 2, (PVOID *)&ace)));
    return 0;
}

static ULONG64 descriptors(void)
{
    SECURITY_DESCRIPTOR whole;
    ULONG64 room[16], relative[32], line;
    ULONG bytes = 0;
    PACL acl = NULL;
    BOOLEAN present = FALSE, defaulted = TRUE;
    line = lists((PACL)room, sizeof(room));
    if (line != 0) return line;
    CHECK(NT_SUCCESS(RtlCreateSecurityDescriptor(&whole, SECURITY_DESCRIPTOR_REVISION)));
    CHECK(NT_SUCCESS(RtlSetDaclSecurityDescriptor(&whole, TRUE, (PACL)room, FALSE)));
    CHECK(NT_SUCCESS(RtlSetOwnerSecurityDescriptor(&whole, admins, FALSE)));
    CHECK(RtlValidSecurityDescriptor(&whole) && RtlLengthSecurityDescriptor(&whole) > sizeof(whole));
    CHECK(RtlAbsoluteToSelfRelativeSD(&whole, relative, &bytes) == STATUS_BUFFER_TOO_SMALL);
    CHECK(bytes != 0 && bytes <= sizeof(relative));
    CHECK(NT_SUCCESS(RtlAbsoluteToSelfRelativeSD(&whole, relative, &bytes)));
    CHECK(SeValidSecurityDescriptor(bytes, relative) && !SeValidSecurityDescriptor(bytes - 8, relative));
    CHECK(NT_SUCCESS(RtlGetDaclSecurityDescriptor(relative, &present, &acl, &defaulted)));
    CHECK(present && !defaulted && acl->AceCount == 2 && (PVOID)acl != (PVOID)room);
    return 0;
}

static ULONG64 checks(void)
{
    SECURITY_DESCRIPTOR none, wide;
    SECURITY_SUBJECT_CONTEXT subject;
    ULONG64 room[8];
    ACCESS_MASK granted = 0, mask = GENERIC_READ | GENERIC_EXECUTE;
    NTSTATUS status = 1;
    CHECK(NT_SUCCESS(RtlCreateAcl((PACL)room, sizeof(room), ACL_REVISION)));
    RtlCreateSecurityDescriptor(&none, SECURITY_DESCRIPTOR_REVISION);
    RtlSetDaclSecurityDescriptor(&none, TRUE, (PACL)room, FALSE);
    RtlSetOwnerSecurityDescriptor(&none, everyone, FALSE);
    RtlSetGroupSecurityDescriptor(&none, everyone, FALSE);
    wide = none;
    RtlSetDaclSecurityDescriptor(&wide, TRUE, NULL, FALSE);
    RtlMapGenericMask(&mask, &mapping);
    CHECK(mask == 5);
    SeCaptureSubjectContext(&subject);
    SeLockSubjectContext(&subject);
    CHECK(SeAccessCheck(&wide, &subject, TRUE, 3, 0, NULL, &mapping, UserMode, &granted, &status));
    CHECK(granted == 3 && status == STATUS_SUCCESS);
    CHECK(!SeAccessCheck(&none, &subject, TRUE, 1, 0, NULL, &mapping, UserMode, &granted, &status));
    CHECK(status == STATUS_ACCESS_DENIED);
    CHECK(SeAccessCheck(&none, &subject, TRUE, 1, 0, NULL, &mapping, KernelMode, &granted, &status));
    SeUnlockSubjectContext(&subject);
    SeReleaseSubjectContext(&subject);
    CHECK(SeSinglePrivilegeCheck(RtlConvertUlongToLuid(SE_LOAD_DRIVER_PRIVILEGE), KernelMode));
    return 0;
}

static ULONG64 tokens(void)
{
    PACCESS_TOKEN token = PsReferencePrimaryToken(PsGetCurrentProcess());
    PTOKEN_USER user = NULL;
    CHECK(token != NULL && SeTokenIsAdmin(token) && SeTokenType(token) == TokenPrimary);
    CHECK(NT_SUCCESS(SeQueryInformationToken(token, TokenUser, (PVOID *)&user)));
    CHECK(RtlEqualSid(user->User.Sid, SeExports->SeLocalSystemSid));
    ExFreePool(user);
    PsDereferencePrimaryToken(token);
    return 0;
}

static ULONG64 run(void)
{
    ULONG64 (*const all[])(void) = {identifiers, descriptors, checks, tokens};
    for (unsigned i = 0; i < sizeof(all) / sizeof(*all); i++) {
        ULONG64 line = all[i]();
        if (line != 0) return line;
    }
    return 0;
}
