// Registry callbacks: a driver's wish to be told before and after every operation. They are recorded and
// never
// called. It knows nothing about operations: RegistryKeyRoutines.cs.
using OpenWsk.Abi;

namespace OpenWsk.Kernel;

/// <summary>Registry callback routines of ntoskrnl.</summary>
public static class RegistryCallbackRoutines
{
    private const string Kind = "registry callback";
    private const string Note = "recorded; the routine is never called";

    /// <summary>Records a callback; the cookie takes it back.</summary>
    /// <remarks>Errors: STATUS_INVALID_PARAMETER.</remarks>
    [Export(Libraries.Ntoskrnl, SupportLevel.Partial, MaxIrql = Irql.Apc, Note = Note)]
    public static NTSTATUS CmRegisterCallback(
        Executive executive, nuint Function, nuint Context, GuestPtr<ulong> Cookie)
    {
        if (Function == 0 || Cookie.IsNull)
            return NTSTATUS.STATUS_INVALID_PARAMETER;
        Cookie.Value = Function;
        return executive.Registrations.Add(Kind, Function);
    }

    /// <summary>Records a callback with an altitude; the cookie takes it back.</summary>
    /// <remarks>Errors: STATUS_INVALID_PARAMETER.</remarks>
    [Export(Libraries.Ntoskrnl, SupportLevel.Partial, MaxIrql = Irql.Apc, Note = Note)]
    public static NTSTATUS CmRegisterCallbackEx(
        Executive executive,
        nuint Function,
        GuestPtr<UNICODE_STRING> Altitude,
        nuint Driver,
        nuint Context,
        GuestPtr<ulong> Cookie,
        nuint Reserved) =>
        CmRegisterCallback(executive, Function, Context, Cookie);

    /// <summary>Takes a callback back.</summary>
    /// <remarks>Errors: STATUS_INVALID_PARAMETER when there is none.</remarks>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full, MaxIrql = Irql.Apc)]
    public static NTSTATUS CmUnRegisterCallback(Executive executive, ulong Cookie) =>
        executive.Registrations.Remove(Kind, (nuint)Cookie)
            ? NTSTATUS.STATUS_SUCCESS
            : NTSTATUS.STATUS_INVALID_PARAMETER;
}
