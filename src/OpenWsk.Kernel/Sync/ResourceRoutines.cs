// Executive resources (ERESOURCE) as drivers call them: reader-writer locks that a thread may take again
// and may give away under another name. A caller keeps normal kernel APCs away while it owns one. It knows
// nothing about who is next: see ResourceService.cs.
using OpenWsk.Abi;

namespace OpenWsk.Kernel;

/// <summary>Resource routines of ntoskrnl.</summary>
public static class ResourceRoutines
{
    /// <summary>Makes a free resource.</summary>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full, MaxIrql = Irql.Dispatch)]
    public static NTSTATUS ExInitializeResourceLite(Executive executive, GuestPtr<ERESOURCE> Resource)
    {
        executive.Resources.Initialize(Resource);
        executive.Origins.Note(OriginKind.Resource, Resource.Address);
        return NTSTATUS.STATUS_SUCCESS;
    }

    /// <summary>Makes a resource free again.</summary>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full, MaxIrql = Irql.Dispatch)]
    public static NTSTATUS ExReinitializeResourceLite(Executive executive, GuestPtr<ERESOURCE> Resource) =>
        ExInitializeResourceLite(executive, Resource);

    /// <summary>Ends a resource, which nobody owns.</summary>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full, MaxIrql = Irql.Dispatch)]
    public static NTSTATUS ExDeleteResourceLite(Executive executive, GuestPtr<ERESOURCE> Resource)
    {
        executive.Resources.Delete(Resource);
        executive.Origins.Forget(OriginKind.Resource, Resource.Address);
        return NTSTATUS.STATUS_SUCCESS;
    }

    /// <summary>Takes a resource alone; FALSE when the caller does not wait and would have to.</summary>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full, MaxIrql = Irql.Apc, Class = CallClass.Blocking)]
    public static byte ExAcquireResourceExclusiveLite(
        Executive executive, GuestPtr<ERESOURCE> Resource, byte Wait)
    {
        executive.CurrentThread.RequireApcsDisabled(nameof(ExAcquireResourceExclusiveLite));
        return executive.Resources.AcquireAlone(Resource, Wait != 0) ? (byte)1 : (byte)0;
    }

    /// <summary>Takes a resource alone if that is possible at once.</summary>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full, MaxIrql = Irql.Apc)]
    public static byte ExTryToAcquireResourceExclusiveLite(
        Executive executive, GuestPtr<ERESOURCE> Resource) =>
        ExAcquireResourceExclusiveLite(executive, Resource, 0);

    /// <summary>Takes a share; FALSE when the caller does not wait and would have to.</summary>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full, MaxIrql = Irql.Apc, Class = CallClass.Blocking)]
    public static byte ExAcquireResourceSharedLite(
        Executive executive, GuestPtr<ERESOURCE> Resource, byte Wait) =>
        Share(executive, Resource, Wait, ResourceShare.Fair, nameof(ExAcquireResourceSharedLite));

    /// <summary>Takes a share past those who wait for the resource alone.</summary>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full, MaxIrql = Irql.Apc, Class = CallClass.Blocking)]
    public static byte ExAcquireSharedStarveExclusive(
        Executive executive, GuestPtr<ERESOURCE> Resource, byte Wait) =>
        Share(executive, Resource, Wait, ResourceShare.StarveExclusive,
            nameof(ExAcquireSharedStarveExclusive));

    /// <summary>Takes a share behind those who wait for the resource alone.</summary>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full, MaxIrql = Irql.Apc, Class = CallClass.Blocking)]
    public static byte ExAcquireSharedWaitForExclusive(
        Executive executive, GuestPtr<ERESOURCE> Resource, byte Wait) =>
        Share(executive, Resource, Wait, ResourceShare.WaitForExclusive,
            nameof(ExAcquireSharedWaitForExclusive));

    /// <summary>Turns having a resource alone into a share.</summary>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full, MaxIrql = Irql.Dispatch)]
    public static void ExConvertExclusiveToSharedLite(Executive executive, GuestPtr<ERESOURCE> Resource) =>
        executive.Resources.Convert(Resource);

    /// <summary>Gives one acquisition of the calling thread back.</summary>
    /// <remarks>Errors: bug check 0xE3 when it has none.</remarks>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full, MaxIrql = Irql.Dispatch)]
    public static void ExReleaseResourceLite(Executive executive, GuestPtr<ERESOURCE> Resource) =>
        executive.Resources.Release(Resource, executive.CurrentThread.Object);

    /// <summary>Gives one acquisition of a thread, or of an owner pointer, back.</summary>
    /// <remarks>Errors: bug check 0xE3 when it has none.</remarks>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full, MaxIrql = Irql.Dispatch)]
    public static void ExReleaseResourceForThreadLite(
        Executive executive, GuestPtr<ERESOURCE> Resource, nuint ResourceThreadId) =>
        executive.Resources.Release(Resource, ResourceThreadId);

    /// <summary>Makes a pointer of the caller's the owner instead of the calling thread.</summary>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full, MaxIrql = Irql.Dispatch)]
    public static void ExSetResourceOwnerPointer(
        Executive executive, GuestPtr<ERESOURCE> Resource, nuint OwnerPointer)
    {
        // The two low bits say that the owner is no thread.
        if ((OwnerPointer & 3) != 3)
            executive.Breach(
                "LOCK", $"the owner pointer 0x{(ulong)OwnerPointer:x} has its two low bits not set");
        executive.Resources.SetOwner(Resource, OwnerPointer);
    }

    /// <summary>ExSetResourceOwnerPointer with flags, which say whose reference the pointer holds.</summary>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full, MaxIrql = Irql.Dispatch)]
    public static void ExSetResourceOwnerPointerEx(
        Executive executive, GuestPtr<ERESOURCE> Resource, nuint OwnerPointer, uint Flags) =>
        ExSetResourceOwnerPointer(executive, Resource, OwnerPointer);

    /// <summary>Whether the calling thread has the resource alone.</summary>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full, MaxIrql = Irql.Dispatch)]
    public static byte ExIsResourceAcquiredExclusiveLite(
        Executive executive, GuestPtr<ERESOURCE> Resource) =>
        executive.Resources.CountOfCaller(Resource, isExclusiveOnly: true) != 0 ? (byte)1 : (byte)0;

    /// <summary>How often the calling thread has the resource, shared or alone.</summary>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full, MaxIrql = Irql.Dispatch)]
    public static uint ExIsResourceAcquiredSharedLite(
        Executive executive, GuestPtr<ERESOURCE> Resource) =>
        (uint)executive.Resources.CountOfCaller(Resource, isExclusiveOnly: false);

    /// <summary>How many threads wait for the resource alone.</summary>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full, MaxIrql = Irql.Dispatch)]
    public static uint ExGetExclusiveWaiterCount(Executive executive, GuestPtr<ERESOURCE> Resource) =>
        (uint)executive.Resources.CountWaiters(Resource, isExclusive: true);

    /// <summary>How many threads wait for a share.</summary>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full, MaxIrql = Irql.Dispatch)]
    public static uint ExGetSharedWaiterCount(Executive executive, GuestPtr<ERESOURCE> Resource) =>
        (uint)executive.Resources.CountWaiters(Resource, isExclusive: false);

    /// <summary>Owners of the resource get no better priority; here they never do.</summary>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full, MaxIrql = Irql.Dispatch, Class = CallClass.Local)]
    public static void ExDisableResourceBoostLite(Executive executive, GuestPtr<ERESOURCE> Resource)
    {
    }

    private static byte Share(
        Executive executive, GuestPtr<ERESOURCE> resource, byte wait, ResourceShare share, string routine)
    {
        executive.CurrentThread.RequireApcsDisabled(routine);
        return executive.Resources.AcquireShared(resource, wait != 0, share) ? (byte)1 : (byte)0;
    }
}
