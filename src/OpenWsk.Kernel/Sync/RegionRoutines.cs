// Critical regions keep normal kernel APCs away, guarded regions all of them; who leaves the last one takes
// those that came meanwhile. A resource can be taken in the same call.
// It knows nothing about resources: see ResourceRoutines.cs.
using OpenWsk.Abi;

namespace OpenWsk.Kernel;

/// <summary>Region routines of ntoskrnl.</summary>
public static class RegionRoutines
{
    /// <summary>Keeps normal kernel APCs away.</summary>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full, MaxIrql = Irql.Apc, Class = CallClass.Local)]
    public static void KeEnterCriticalRegion(Executive executive) =>
        executive.CurrentThread.CriticalRegions++;

    /// <summary>Ends KeEnterCriticalRegion.</summary>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full, MaxIrql = Irql.Apc, Class = CallClass.Local)]
    public static void KeLeaveCriticalRegion(Executive executive)
    {
        var thread = executive.CurrentThread;
        if (thread.CriticalRegions > 0)
            thread.CriticalRegions--;
        else
            executive.Breach("LOCK", "KeLeaveCriticalRegion outside every critical region");
        if (thread.Record.HasApcs)
            executive.Apcs.Deliver(thread);
    }

    /// <summary>Keeps all APCs away.</summary>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full, MaxIrql = Irql.Apc, Class = CallClass.Local)]
    public static void KeEnterGuardedRegion(Executive executive) =>
        executive.CurrentThread.GuardedRegions++;

    /// <summary>Ends KeEnterGuardedRegion.</summary>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full, MaxIrql = Irql.Apc, Class = CallClass.Local)]
    public static void KeLeaveGuardedRegion(Executive executive)
    {
        var thread = executive.CurrentThread;
        if (thread.GuardedRegions > 0)
            thread.GuardedRegions--;
        else
            executive.Breach("LOCK", "KeLeaveGuardedRegion outside every guarded region");
        if (thread.Record.HasApcs)
            executive.Apcs.Deliver(thread);
    }

    /// <summary>Whether all APCs are kept away.</summary>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full, MaxIrql = Irql.Dispatch, Class = CallClass.Local)]
    public static byte KeAreAllApcsDisabled(Executive executive)
    {
        var thread = executive.CurrentThread;
        return thread.GuardedRegions > 0 || thread.Irql >= Irql.Apc ? (byte)1 : (byte)0;
    }

    /// <summary>Whether normal kernel APCs are kept away.</summary>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full, MaxIrql = Irql.Dispatch, Class = CallClass.Local)]
    public static byte KeAreApcsDisabled(Executive executive)
    {
        var thread = executive.CurrentThread;
        return thread.AreApcsDisabled ? (byte)1 : (byte)0;
    }

    /// <summary>Enters a critical region and takes the resource alone.</summary>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full, MaxIrql = Irql.Apc, Class = CallClass.Blocking)]
    public static nuint ExEnterCriticalRegionAndAcquireResourceExclusive(
        Executive executive, GuestPtr<ERESOURCE> Resource)
    {
        KeEnterCriticalRegion(executive);
        ResourceRoutines.ExAcquireResourceExclusiveLite(executive, Resource, 1);
        return executive.CurrentThread.Object;
    }

    /// <summary>Enters a critical region and takes a share.</summary>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full, MaxIrql = Irql.Apc, Class = CallClass.Blocking)]
    public static nuint ExEnterCriticalRegionAndAcquireResourceShared(
        Executive executive, GuestPtr<ERESOURCE> Resource)
    {
        KeEnterCriticalRegion(executive);
        ResourceRoutines.ExAcquireResourceSharedLite(executive, Resource, 1);
        return executive.CurrentThread.Object;
    }

    /// <summary>
    /// Enters a critical region and takes a share behind those who wait for the resource alone.
    /// </summary>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full, MaxIrql = Irql.Apc, Class = CallClass.Blocking)]
    public static nuint ExEnterCriticalRegionAndAcquireSharedWaitForExclusive(
        Executive executive, GuestPtr<ERESOURCE> Resource)
    {
        KeEnterCriticalRegion(executive);
        ResourceRoutines.ExAcquireSharedWaitForExclusive(executive, Resource, 1);
        return executive.CurrentThread.Object;
    }

    /// <summary>Gives the resource back and leaves the critical region.</summary>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full, MaxIrql = Irql.Apc)]
    public static void ExReleaseResourceAndLeaveCriticalRegion(
        Executive executive, GuestPtr<ERESOURCE> Resource)
    {
        ResourceRoutines.ExReleaseResourceLite(executive, Resource);
        KeLeaveCriticalRegion(executive);
    }

    /// <summary>
    /// Enters a priority region, which is a critical one here, and takes the resource alone.
    /// </summary>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full, MaxIrql = Irql.Apc, Class = CallClass.Blocking)]
    public static nuint ExEnterPriorityRegionAndAcquireResourceExclusive(
        Executive executive, GuestPtr<ERESOURCE> Resource) =>
        ExEnterCriticalRegionAndAcquireResourceExclusive(executive, Resource);

    /// <summary>Enters a priority region, which is a critical one here, and takes a share.</summary>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full, MaxIrql = Irql.Apc, Class = CallClass.Blocking)]
    public static nuint ExEnterPriorityRegionAndAcquireResourceShared(
        Executive executive, GuestPtr<ERESOURCE> Resource) =>
        ExEnterCriticalRegionAndAcquireResourceShared(executive, Resource);

    /// <summary>Gives the resource back and leaves the priority region.</summary>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full, MaxIrql = Irql.Apc)]
    public static void ExReleaseResourceAndLeavePriorityRegion(
        Executive executive, GuestPtr<ERESOURCE> Resource) =>
        ExReleaseResourceAndLeaveCriticalRegion(executive, Resource);
}
