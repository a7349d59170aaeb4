// Which Windows drivers find here: a current release, free build, 64 bits. It knows nothing about features.
// Drivers choose code paths by these numbers, so they name a release whose WSK has everything documented.
using OpenWsk.Abi;

namespace OpenWsk.Kernel;

/// <summary>Version routines of ntoskrnl.</summary>
public static class VersionRoutines
{
    private const uint Major = 10;
    private const uint Minor = 0;

    // Windows 11, version 24H2 (release information page of Windows 11).
    private const uint Build = 26100;

    // The upper bits of NtBuildNumber mark a free build.
    internal const uint BuildNumberVariable = 0xF000_0000 | Build;

    // VER_PLATFORM_WIN32_NT and VER_NT_WORKSTATION of winnt.h.
    private const uint PlatformNt = 2;
    private const byte ProductWorkstation = 1;
    private const uint ExtendedBytes = 284;

    // VER_NUM_BITS_PER_CONDITION_MASK and VER_CONDITION_MASK.
    private const int ConditionBits = 3;
    private const int ConditionMax = 7;

    /// <summary>Tells the version; the size that the caller set says which structure it is.</summary>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full, MaxIrql = Irql.Passive)]
    public static NTSTATUS RtlGetVersion(
        Executive executive, GuestPtr<RTL_OSVERSIONINFOEXW> lpVersionInformation)
    {
        ref var version = ref lpVersionInformation.Value;
        version.dwMajorVersion = Major;
        version.dwMinorVersion = Minor;
        version.dwBuildNumber = Build;
        version.dwPlatformId = PlatformNt;
        version.szCSDVersion = default;
        if (version.dwOSVersionInfoSize != ExtendedBytes)
            return NTSTATUS.STATUS_SUCCESS;
        version.wServicePackMajor = 0;
        version.wServicePackMinor = 0;
        version.wSuiteMask = 0;
        version.wProductType = ProductWorkstation;
        return NTSTATUS.STATUS_SUCCESS;
    }

    /// <summary>Tells the kind of product: a professional edition; FALSE for releases before 6.0.</summary>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full, MaxIrql = Irql.Passive)]
    public static byte RtlGetProductInfo(
        Executive executive,
        uint OSMajorVersion,
        uint OSMinorVersion,
        uint SpMajorVersion,
        uint SpMinorVersion,
        GuestPtr<uint> ReturnedProductType)
    {
        const uint firstMajor = 6;
        if (ReturnedProductType.IsNull)
            return 0;
        ReturnedProductType.Value = OSMajorVersion >= firstMajor
            ? WdmConstants.PRODUCT_PROFESSIONAL
            : WdmConstants.PRODUCT_UNDEFINED;
        return OSMajorVersion >= firstMajor ? (byte)1 : (byte)0;
    }

    /// <summary>Tells the version; FALSE for a free build.</summary>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full, MaxIrql = Irql.Passive)]
    public static byte PsGetVersion(
        Executive executive,
        GuestPtr<uint> MajorVersion,
        GuestPtr<uint> MinorVersion,
        GuestPtr<uint> BuildNumber,
        GuestPtr<UNICODE_STRING> CSDVersion)
    {
        Put(MajorVersion, Major);
        Put(MinorVersion, Minor);
        Put(BuildNumber, Build);
        if (!CSDVersion.IsNull)
            CSDVersion.Value.Length = 0;
        return 0;
    }

    /// <summary>Whether the system has the interfaces of a release or newer.</summary>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full, MaxIrql = Irql.Passive)]
    public static byte RtlIsNtDdiVersionAvailable(Executive executive, uint Version)
    {
        // NTDDI_WIN11_GE of sdkddkver.h.
        const uint newest = 0x0A00_0010;
        return Version <= newest ? (byte)1 : (byte)0;
    }

    /// <summary>Compares the version as a mask of conditions says.</summary>
    /// <remarks>Errors: STATUS_REVISION_MISMATCH; STATUS_INVALID_PARAMETER for an empty mask.</remarks>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full, MaxIrql = Irql.Passive)]
    public static NTSTATUS RtlVerifyVersionInfo(
        Executive executive, GuestPtr<RTL_OSVERSIONINFOEXW> VersionInfo, uint TypeMask, ulong ConditionMask)
    {
        const uint suite = 6;
        const uint product = 7;
        if (TypeMask == 0)
            return NTSTATUS.STATUS_INVALID_PARAMETER;
        var wanted = VersionInfo.Value;
        if (!IsVersionMet(wanted, TypeMask, ConditionMask))
            return NTSTATUS.STATUS_REVISION_MISMATCH;
        if ((TypeMask & (1u << (int)suite)) != 0 && wanted.wSuiteMask != 0)
            return NTSTATUS.STATUS_REVISION_MISMATCH;
        var isProductMet = (TypeMask & (1u << (int)product)) == 0
            || IsMet(ProductWorkstation, wanted.wProductType, Condition(ConditionMask, (int)product));
        return isProductMet ? NTSTATUS.STATUS_SUCCESS : NTSTATUS.STATUS_REVISION_MISMATCH;
    }

    /// <summary>Adds one condition to a mask for RtlVerifyVersionInfo.</summary>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full, Class = CallClass.Local)]
    public static ulong VerSetConditionMask(
        Executive executive, ulong ConditionMask, uint TypeMask, byte Condition)
    {
        for (var type = 0; type < 8; type++)
        {
            if ((TypeMask & (1u << type)) != 0)
                ConditionMask |= (ulong)(Condition & ConditionMax) << (type * ConditionBits);
        }
        return ConditionMask;
    }

    /// <summary>Whether the processor has a feature (PF_X of wdm.h).</summary>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full, Class = CallClass.Local)]
    public static byte ExIsProcessorFeaturePresent(Executive executive, uint ProcessorFeature)
    {
        // What every x64 processor has on which Windows 10 runs: compare-exchange of 8 and 16 bytes, MMX,
        // SSE to SSE3, the time stamp counter, PAE, no-execute, fast fail.
        ReadOnlySpan<byte> present = [2, 3, 6, 8, 9, 10, 12, 13, 14, 23];
        return ProcessorFeature < 256 && present.Contains((byte)ProcessorFeature) ? (byte)1 : (byte)0;
    }

    // Version and service pack count as one number; the condition is that of the first field asked for.
    private static bool IsVersionMet(in RTL_OSVERSIONINFOEXW wanted, uint types, ulong conditions)
    {
        // VER_MAJORVERSION 1, VER_MINORVERSION 0, VER_BUILDNUMBER 2, VER_PLATFORMID 3, service pack 5 and 4.
        (int Type, uint Is, uint Wanted)[] fields =
        [
            (1, Major, wanted.dwMajorVersion),
            (0, Minor, wanted.dwMinorVersion),
            (5, 0, wanted.wServicePackMajor),
            (4, 0, wanted.wServicePackMinor),
        ];
        var condition = 0;
        foreach (var (type, current, want) in fields)
        {
            if ((types & (1u << type)) == 0)
                continue;
            condition = condition == 0 ? Condition(conditions, type) : condition;
            if (current == want)
                continue;
            // The first field that differs decides.
            if (!IsMet(current, want, condition))
                return false;
            condition = -1;
            break;
        }
        const int equal = 1;
        if (condition is > equal and not (3 or 5))
            return false;
        return IsFieldMet(2, Build, wanted.dwBuildNumber, types, conditions)
            && IsFieldMet(3, PlatformNt, wanted.dwPlatformId, types, conditions);
    }

    private static bool IsFieldMet(int type, uint current, uint wanted, uint types, ulong conditions) =>
        (types & (1u << type)) == 0 || IsMet(current, wanted, Condition(conditions, type));

    private static int Condition(ulong mask, int type) =>
        (int)(mask >> (type * ConditionBits)) & ConditionMax;

    // VER_EQUAL 1, VER_GREATER 2, VER_GREATER_EQUAL 3, VER_LESS 4, VER_LESS_EQUAL 5.
    private static bool IsMet(uint current, uint wanted, int condition) => condition switch
    {
        1 => current == wanted,
        2 => current > wanted,
        3 => current >= wanted,
        4 => current < wanted,
        5 => current <= wanted,
        _ => false,
    };

    private static void Put(GuestPtr<uint> place, uint value)
    {
        if (!place.IsNull)
            place.Value = value;
    }
}
