// Registrations for changes of addresses, interfaces and routes. It knows nothing about how changes are
// found:
// MibNotifier.cs.
using OpenWsk.Abi;
using OpenWsk.Kernel;

namespace OpenWsk.Provider;

/// <summary>Notification routines of NETIO.SYS.</summary>
public static class MibNotifyRoutines
{
    /// <summary>Registers for changes of unicast addresses.</summary>
    /// <remarks>
    /// Callbacks run at PASSIVE_LEVEL. Owns: the caller ends it with CancelMibChangeNotify2.
    /// Errors: STATUS_INVALID_PARAMETER.
    /// </remarks>
    [Export(Libraries.Netio, SupportLevel.Full, MaxIrql = Irql.Passive)]
    public static NTSTATUS NotifyUnicastIpAddressChange(
        WskProvider provider,
        ushort Family,
        nuint Callback,
        nuint CallerContext,
        byte InitialNotification,
        GuestPtr<nuint> NotificationHandle) =>
        Add(
            provider, MibSubject.Address, Family, Callback, CallerContext, InitialNotification,
            NotificationHandle);

    /// <summary>Registers for changes of interfaces.</summary>
    /// <remarks>As NotifyUnicastIpAddressChange.</remarks>
    [Export(Libraries.Netio, SupportLevel.Full, MaxIrql = Irql.Passive)]
    public static NTSTATUS NotifyIpInterfaceChange(
        WskProvider provider,
        ushort Family,
        nuint Callback,
        nuint CallerContext,
        byte InitialNotification,
        GuestPtr<nuint> NotificationHandle) =>
        Add(
            provider, MibSubject.Interface, Family, Callback, CallerContext, InitialNotification,
            NotificationHandle);

    /// <summary>Registers for changes of routes.</summary>
    /// <remarks>As NotifyUnicastIpAddressChange.</remarks>
    [Export(Libraries.Netio, SupportLevel.Full, MaxIrql = Irql.Passive)]
    public static NTSTATUS NotifyRouteChange2(
        WskProvider provider,
        ushort AddressFamily,
        nuint Callback,
        nuint CallerContext,
        byte InitialNotification,
        GuestPtr<nuint> NotificationHandle) =>
        Add(
            provider, MibSubject.Route, AddressFamily, Callback, CallerContext, InitialNotification,
            NotificationHandle);

    /// <summary>Gives a table of addresses that have settled, which all have; the callback never
    /// runs.</summary>
    /// <remarks>Errors: those of GetUnicastIpAddressTable.</remarks>
    [Export(Libraries.Netio, SupportLevel.Full, MaxIrql = Irql.Passive)]
    public static NTSTATUS NotifyStableUnicastIpAddressTable(
        WskProvider provider,
        ushort Family,
        GuestPtr<nuint> Table,
        nuint CallerCallback,
        nuint CallerContext,
        GuestPtr<nuint> NotificationHandle)
    {
        if (CallerCallback == 0 || NotificationHandle.IsNull)
            return NTSTATUS.STATUS_INVALID_PARAMETER;
        NotificationHandle.Value = 0;
        return MibTableRoutines.GetUnicastIpAddressTable(provider, Family, Table);
    }

    /// <summary>Ends a registration and waits for its callback when that runs.</summary>
    /// <remarks>Errors: STATUS_INVALID_PARAMETER when there is none. Stops a driver that would wait for
    /// itself.</remarks>
    [Export(Libraries.Netio, SupportLevel.Full, MaxIrql = Irql.Passive, Class = CallClass.Blocking)]
    public static NTSTATUS CancelMibChangeNotify2(WskProvider provider, nuint NotificationHandle) =>
        provider.MibNotifier.Cancel(NotificationHandle)
            ? NTSTATUS.STATUS_SUCCESS
            : NTSTATUS.STATUS_INVALID_PARAMETER;

    private static NTSTATUS Add(
        WskProvider provider,
        MibSubject subject,
        ushort family,
        nuint callback,
        nuint context,
        byte isCalledAtOnce,
        GuestPtr<nuint> handle)
    {
        if (callback == 0 || handle.IsNull || !MibTableRoutines.IsFamily(family))
            return NTSTATUS.STATUS_INVALID_PARAMETER;
        handle.Value = provider.MibNotifier.Add(subject, family, callback, context, isCalledAtOnce != 0);
        return NTSTATUS.STATUS_SUCCESS;
    }
}
