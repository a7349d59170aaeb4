// What the variant and amount of an operation mean: which category, which address, which flags. The model and
// the call maker both read operations through this, so that they mean the same call.
using OpenWsk.Abi;
using static OpenWsk.Abi.NTSTATUS;

namespace OpenWsk.Model.Tests;

/// <summary>Forms of WskBind.</summary>
internal enum BindForm
{
    Any,
    Loopback,
    LoopbackFixed,
    AnyFixed,
    LoopbackOtherFixed,
    NotLocal,
    OtherFamily,
    NoAddress,
    WithFlags,
}

/// <summary>Decodes operations.</summary>
internal static partial class CallMaker
{
    private static readonly ModelCategory[] s_categories =
    [
        ModelCategory.Basic, ModelCategory.Listen, ModelCategory.Listen, ModelCategory.Listen,
        ModelCategory.Listen, ModelCategory.Listen, ModelCategory.Connection, ModelCategory.Connection,
        ModelCategory.Connection, ModelCategory.Connection, ModelCategory.Datagram, ModelCategory.Datagram,
        ModelCategory.Datagram, ModelCategory.Stream, ModelCategory.Stream, ModelCategory.Listen,
    ];

    private static readonly BindForm[] s_forms =
    [
        BindForm.Any, BindForm.Any, BindForm.Any, BindForm.Any, BindForm.Loopback, BindForm.Loopback,
        BindForm.Loopback, BindForm.LoopbackFixed, BindForm.LoopbackFixed, BindForm.AnyFixed,
        BindForm.LoopbackOtherFixed, BindForm.NotLocal, BindForm.OtherFamily, BindForm.NoAddress,
        BindForm.WithFlags, BindForm.Loopback,
    ];

    /// <summary>The socket that Open makes. The last form is a UDP socket that listens (OBS-09).</summary>
    public static ModelSocket Opened(int variant)
    {
        var category = s_categories[variant % 16];
        var isImpossible = variant % 16 == 15;
        return new ModelSocket(
            category,
            IsV6: variant / 16 % 4 == 0,
            IsUdp: category == ModelCategory.Datagram || isImpossible,
            IsUsable: !isImpossible);
    }

    /// <summary>Category bits together, no transport, no family, no client.</summary>
    public static NTSTATUS WrongOpenStatus(int variant) => (variant % 4) switch
    {
        0 => STATUS_INVALID_PARAMETER,
        1 or 2 => STATUS_PROTOCOL_UNREACHABLE,
        _ => STATUS_INVALID_HANDLE,
    };

    public static BindForm FormOf(Operation operation) => s_forms[operation.Variant % 16];

    /// <summary>Which of the two named ports a bind takes; 0 for none.</summary>
    public static int FixedPort(BindForm form) => form switch
    {
        BindForm.LoopbackFixed or BindForm.AnyFixed => 1,
        BindForm.LoopbackOtherFixed => 2,
        _ => 0,
    };

    public static bool IsOn(Operation operation) => operation.Amount % 4 != 0;

    public static bool HasUnknownFlag(Operation operation) => operation.Variant % 32 == 31;

    public static bool HasBothFlags(Operation operation) => operation.Variant % 32 == 30;

    public static bool WaitsForAll(Operation operation) => operation.Variant % 32 < 8;

    public static bool Drains(Operation operation) => operation.Variant % 32 is 8 or 9;

    public static int ReceiveAmount(Operation operation) => Drains(operation) ? 0 : operation.Amount;

    public static bool HasNoAddress(Operation operation) => operation.Variant % 32 == 0;

    /// <summary>Whether sockets of the category have the call, so that it is made at all.</summary>
    public static bool Fits(OperationKind kind, ModelCategory category) => kind switch
    {
        OperationKind.Bind or OperationKind.LocalAddress => category != ModelCategory.Basic,
        OperationKind.Listen => category == ModelCategory.Stream,
        OperationKind.Accept => category is ModelCategory.Listen or ModelCategory.Stream,
        OperationKind.Connect or OperationKind.Send or OperationKind.Receive or OperationKind.Disconnect
            or OperationKind.Abort or OperationKind.RemoteAddress =>
            category is ModelCategory.Connection or ModelCategory.Stream,
        OperationKind.SendTo or OperationKind.ReceiveFrom => category == ModelCategory.Datagram,
        _ => true,
    };

    /// <summary>A function that sockets of the category do not have.</summary>
    public static string Foreign(ModelCategory category) => category switch
    {
        ModelCategory.Datagram => "WskSend",
        ModelCategory.Stream or ModelCategory.Connection => "WskReceiveFrom",
        _ => "WskConnect",
    };
}
