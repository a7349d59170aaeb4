// Every I/O control of WSK as data, with whom it is carried out by; and the rules that hold for all of them.
// One that is not here goes to the transport as it is (CTLS-09). Rules: CTLS-35..60, EXT.
using System.Collections.Frozen;
using OpenWsk.Abi;
using OpenWsk.Kernel;
using static OpenWsk.Abi.NTSTATUS;
using static OpenWsk.Abi.WskConstants;
using static OpenWsk.Provider.ControlArguments;

namespace OpenWsk.Provider;

/// <summary>The table of I/O controls.</summary>
internal static class IoControlTable
{
    private const SocketCategories Connected = SocketCategories.Connection | SocketCategories.Stream;
    private const SocketCategories Tcp = SocketCategories.Listen | Connected;

    private static readonly FrozenDictionary<uint, IoControl> s_byCode = new IoControl[]
    {
        new(
            SIO_WSK_SET_REMOTE_ADDRESS, nameof(SIO_WSK_SET_REMOTE_ADDRESS), SocketCategories.Datagram,
            IrpUse.Required, Input, FixedAddressControl.SetRemote) { IrpRule = "CTLS-42" },
        new(
            SIO_WSK_SET_SENDTO_ADDRESS, nameof(SIO_WSK_SET_SENDTO_ADDRESS), SocketCategories.Datagram,
            IrpUse.Required, Input, FixedAddressControl.SetSendTo) { IrpRule = "CTLS-42" },
        new(
            SIO_WSK_REGISTER_EXTENSION, nameof(SIO_WSK_REGISTER_EXTENSION), SocketCategories.All,
            IrpUse.Never, Input | Output, ExtensionControl.Register),
        new(
            SIO_WSK_QUERY_IDEAL_SEND_BACKLOG, nameof(SIO_WSK_QUERY_IDEAL_SEND_BACKLOG), Connected,
            IrpUse.Required, Output, ConnectionControl.QueryIdealSendBacklog),
        new(
            SIO_WSK_QUERY_RECEIVE_BACKLOG, nameof(SIO_WSK_QUERY_RECEIVE_BACKLOG), Connected,
            IrpUse.Required, Output, ConnectionControl.QueryReceiveBacklog),
        new(
            SIO_WSK_QUERY_INSPECT_ID, nameof(SIO_WSK_QUERY_INSPECT_ID), Connected,
            IrpUse.Never, Output | Size, ConnectionControl.QueryInspectId),
        new(
            SIO_WSK_SET_TCP_SILENT_MODE, nameof(SIO_WSK_SET_TCP_SILENT_MODE), Connected,
            IrpUse.Required, None, ConnectionControl.SetSilent),
        new(
            SIO_ADDRESS_LIST_QUERY, nameof(SIO_ADDRESS_LIST_QUERY), SocketCategories.All,
            IrpUse.Never, Output | Size, AddressListControl.Query) { PassiveRule = "IRQL-08" },
        new(
            SIO_ADDRESS_LIST_CHANGE, nameof(SIO_ADDRESS_LIST_CHANGE), SocketCategories.All,
            IrpUse.Required, None, AddressListControl.AwaitChange) { PassiveRule = "IRQL-08" },
        new(
            SIO_ADDRESS_LIST_SORT, nameof(SIO_ADDRESS_LIST_SORT), SocketCategories.All,
            IrpUse.Optional, Input | Output | Size, AddressListControl.Sort) { PassiveRule = "IRQL-08" },
        new(
            SIO_LOOPBACK_FAST_PATH, nameof(SIO_LOOPBACK_FAST_PATH), SocketCategories.All,
            IrpUse.Required, Input, ConnectionControl.SetFastPath) { PassiveRule = "CTLS-54" },
        new(
            SIO_QUERY_WFP_CONNECTION_REDIRECT_RECORDS, nameof(SIO_QUERY_WFP_CONNECTION_REDIRECT_RECORDS),
            Connected, IrpUse.Required, Output | Size, RedirectControl.QueryRecords)
        {
            IrpRule = "CTLS-60", PassiveRule = "CTLS-60",
        },
        new(
            SIO_QUERY_WFP_CONNECTION_REDIRECT_CONTEXT, nameof(SIO_QUERY_WFP_CONNECTION_REDIRECT_CONTEXT),
            Connected, IrpUse.Required, Output | Size, RedirectControl.QueryContext)
        {
            IrpRule = "CTLS-60", PassiveRule = "CTLS-60",
        },
        new(
            SIO_SET_WFP_CONNECTION_REDIRECT_RECORDS, nameof(SIO_SET_WFP_CONNECTION_REDIRECT_RECORDS),
            Connected, IrpUse.Required, Input, RedirectControl.SetRecords)
        {
            IrpRule = "CTLS-60", PassiveRule = "CTLS-60",
        },
        new(
            SIO_KEEPALIVE_VALS, nameof(SIO_KEEPALIVE_VALS), Tcp,
            IrpUse.Required, Input, TransportControl.SetKeepAlive),
        new(
            SIO_UDP_CONNRESET, nameof(SIO_UDP_CONNRESET), SocketCategories.Datagram,
            IrpUse.Required, Input, TransportControl.SetUnreachableReports),
    }.ToFrozenDictionary(c => c.Code);

    public static IEnumerable<IoControl> All => s_byCode.Values;

    /// <summary>Performs an I/O control; its level is ignored (CTLS-08).</summary>
    public static ControlResult Run(in ControlCall call)
    {
        if (!s_byCode.TryGetValue(call.Code, out var control))
            return TransportControl.Pass(call);
        ReportUnused(call, control);
        if (control.PassiveRule is { } rule && call.Provider.Executive.CurrentThread.Irql > Irql.Passive)
            call.Breach(rule, $"{control.Text} was called above PASSIVE_LEVEL");
        if ((control.Categories & call.Socket.Category) == 0)
            return WskSettings.WrongCategory;
        if (control.Irp == IrpUse.Required && call.Request is null)
        {
            call.Breach(control.IrpRule, $"{control.Text} was called without an IRP");
            return WskSettings.NeedsIrp;
        }
        // OPEN-44: the work is done and the IRP completed.
        if (control.Irp == IrpUse.Never && call.Request is not null)
            call.Breach(control.IrpRule, $"{control.Text} was called with an IRP, which must be NULL");
        return control.Handler(call);
    }

    private static void ReportUnused(in ControlCall call, IoControl control)
    {
        if (((control.Arguments & Input) == 0 && !call.Input.IsNone)
            || ((control.Arguments & Output) == 0 && !call.Output.IsNone))
            call.Breach("CTLS-10", $"{control.Text} was given a buffer that it does not use");
        if ((control.Arguments & Size) == 0 && !call.Returned.IsNull)
            call.Breach("CTLS-11", $"{control.Text} was given OutputSizeReturned");
    }
}
