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

    private static void Put(GuestPtr<uint> place, uint value)
    {
        if (!place.IsNull)
            place.Value = value;
    }
}
