// Registrations for what does not happen here: processes and images that come and go, power settings. Each is
// recorded, its routine is never called, and what is not taken back is a leftover. It knows nothing about
// what
// would be told. Next: Registrations.cs.
using OpenWsk.Abi;

namespace OpenWsk.Kernel;

/// <summary>Notification routines of ntoskrnl.</summary>
public static class NotifyRoutines
{
    private const string Process = "process notification";
    private const string Thread = "thread notification";
    private const string Image = "image notification";
    private const string Power = "power setting callback";
    private const string Note = "recorded; the routine is never called";

    /// <summary>Records a routine for processes, or takes it back.</summary>
    /// <remarks>Errors: STATUS_INVALID_PARAMETER when it is there already, or is not.</remarks>
    [Export(Libraries.Ntoskrnl, SupportLevel.Partial, MaxIrql = Irql.Passive, Note = Note)]
    public static NTSTATUS PsSetCreateProcessNotifyRoutine(
        Executive executive, nuint NotifyRoutine, byte Remove) =>
        Remove != 0 ? TakeBack(executive, Process, NotifyRoutine) : AddOnce(executive, Process,
            NotifyRoutine);

    /// <summary>Records a routine for processes, or takes it back.</summary>
    /// <remarks>Errors: STATUS_INVALID_PARAMETER when it is there already, or is not.</remarks>
    [Export(Libraries.Ntoskrnl, SupportLevel.Partial, MaxIrql = Irql.Passive, Note = Note)]
    public static NTSTATUS PsSetCreateProcessNotifyRoutineEx(
        Executive executive, nuint NotifyRoutine, byte Remove) =>
        PsSetCreateProcessNotifyRoutine(executive, NotifyRoutine, Remove);

    /// <summary>Records a routine for threads.</summary>
    /// <remarks>Errors: STATUS_INVALID_PARAMETER when it is there already.</remarks>
    [Export(Libraries.Ntoskrnl, SupportLevel.Partial, MaxIrql = Irql.Passive, Note = Note)]
    public static NTSTATUS PsSetCreateThreadNotifyRoutine(Executive executive, nuint NotifyRoutine) =>
        AddOnce(executive, Thread, NotifyRoutine);

    /// <summary>Takes a routine for threads back.</summary>
    /// <remarks>Errors: STATUS_PROCEDURE_NOT_FOUND when there is none.</remarks>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full, MaxIrql = Irql.Passive)]
    public static NTSTATUS PsRemoveCreateThreadNotifyRoutine(Executive executive, nuint NotifyRoutine) =>
        executive.Registrations.Remove(Thread, NotifyRoutine)
            ? NTSTATUS.STATUS_SUCCESS
            : NTSTATUS.STATUS_PROCEDURE_NOT_FOUND;

    /// <summary>Records a routine for images.</summary>
    /// <remarks>Errors: STATUS_INVALID_PARAMETER when it is there already.</remarks>
    [Export(Libraries.Ntoskrnl, SupportLevel.Partial, MaxIrql = Irql.Passive, Note = Note)]
    public static NTSTATUS PsSetLoadImageNotifyRoutine(Executive executive, nuint NotifyRoutine) =>
        AddOnce(executive, Image, NotifyRoutine);

    /// <summary>Takes a routine for images back.</summary>
    /// <remarks>Errors: STATUS_PROCEDURE_NOT_FOUND when there is none.</remarks>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full, MaxIrql = Irql.Passive)]
    public static NTSTATUS PsRemoveLoadImageNotifyRoutine(Executive executive, nuint NotifyRoutine) =>
        executive.Registrations.Remove(Image, NotifyRoutine)
            ? NTSTATUS.STATUS_SUCCESS
            : NTSTATUS.STATUS_PROCEDURE_NOT_FOUND;

    /// <summary>Records a callback for a power setting.</summary>
    /// <remarks>Errors: STATUS_INVALID_PARAMETER.</remarks>
    [Export(Libraries.Ntoskrnl, SupportLevel.Partial, MaxIrql = Irql.Passive, Note = Note)]
    public static NTSTATUS PoRegisterPowerSettingCallback(
        Executive executive,
        nuint DeviceObject,
        nuint SettingGuid,
        nuint Callback,
        nuint Context,
        GuestPtr<nuint> Handle)
    {
        if (SettingGuid == 0 || Callback == 0 || Handle.IsNull)
            return NTSTATUS.STATUS_INVALID_PARAMETER;
        Handle.Value = Callback;
        return executive.Registrations.Add(Power, Callback);
    }

    /// <summary>Takes a callback for a power setting back.</summary>
    /// <remarks>Errors: STATUS_INVALID_PARAMETER when there is none.</remarks>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full, MaxIrql = Irql.Passive)]
    public static NTSTATUS PoUnregisterPowerSettingCallback(Executive executive, nuint Handle) =>
        TakeBack(executive, Power, Handle);

    private static NTSTATUS AddOnce(Executive executive, string kind, nuint routine) =>
        routine == 0 || executive.Registrations.Contains(kind, routine)
            ? NTSTATUS.STATUS_INVALID_PARAMETER
            : executive.Registrations.Add(kind, routine);

    private static NTSTATUS TakeBack(Executive executive, string kind, nuint routine) =>
        executive.Registrations.Remove(kind, routine)
            ? NTSTATUS.STATUS_SUCCESS
            : NTSTATUS.STATUS_INVALID_PARAMETER;
}
