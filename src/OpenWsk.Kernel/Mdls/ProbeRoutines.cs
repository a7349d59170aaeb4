// Checks of addresses that an application has given: range, alignment and whether the memory is there. What
// is wrong is raised in the caller. It knows nothing about locking; see MdlRoutines.cs.
// Divergence from Windows: memory of drivers and of applications lies in one range here, so an address of a
// driver's own passes where Windows would raise.
using OpenWsk.Abi;

namespace OpenWsk.Kernel;

/// <summary>Probing routines of ntoskrnl.</summary>
public static class ProbeRoutines
{
    private const nuint PageBytes = 4096;

    /// <summary>Checks that a range can be an application's; memory is not touched.</summary>
    /// <remarks>
    /// Units: bytes. Errors: STATUS_DATATYPE_MISALIGNMENT and STATUS_ACCESS_VIOLATION are raised.
    /// </remarks>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full, MaxIrql = Irql.Apc)]
    public static void ProbeForRead(Executive executive, nuint Address, nuint Length, uint Alignment) =>
        CheckRange(Address, Length, Alignment);

    /// <summary>Checks that a range can be an application's and each of its pages written.</summary>
    /// <remarks>
    /// Units: bytes. Errors: STATUS_DATATYPE_MISALIGNMENT and STATUS_ACCESS_VIOLATION are raised.
    /// </remarks>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full, MaxIrql = Irql.Apc)]
    public static void ProbeForWrite(Executive executive, nuint Address, nuint Length, uint Alignment)
    {
        CheckRange(Address, Length, Alignment);
        RequireAccess(executive, Address, Length, isWrite: true);
    }

    /// <summary>Raises STATUS_ACCESS_VIOLATION when a page of the range cannot be reached.</summary>
    internal static void RequireAccess(Executive executive, nuint address, nuint lengthBytes, bool isWrite)
    {
        if (lengthBytes == 0 || executive.Code.Native is not { } native)
            return;
        var last = address + lengthBytes - 1;
        for (var at = address; ; at = (at & ~(PageBytes - 1)) + PageBytes)
        {
            if (at > last || at < address)
                return;
            if (!native.CanAccess(at, isWrite))
                throw new GuestRaiseException(
                    NTSTATUS.STATUS_ACCESS_VIOLATION, isWrite ? 1ul : 0, (ulong)at);
        }
    }

    private static void CheckRange(nuint address, nuint lengthBytes, uint alignment)
    {
        if (lengthBytes == 0)
            return;
        if (alignment != 0 && (address & (alignment - 1)) != 0)
            throw new GuestRaiseException(NTSTATUS.STATUS_DATATYPE_MISALIGNMENT);
        var end = address + lengthBytes;
        if (end < address || end > unchecked((nuint)Executive.UserProbeAddress))
            throw new GuestRaiseException(NTSTATUS.STATUS_ACCESS_VIOLATION, 0, (ulong)address);
    }
}
