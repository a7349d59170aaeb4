// WskGetAddressInfo, WskFreeAddressInfo and WskGetNameInfo. Name resolution is not built yet: the slots are
// filled so that the table conforms to its version (NPI-26), and the calls answer STATUS_NOT_IMPLEMENTED
// through the IRP.
using OpenWsk.Abi;
using OpenWsk.Kernel;

namespace OpenWsk.Provider;

/// <summary>The name members of WSK_PROVIDER_DISPATCH.</summary>
public static class NameRoutines
{
    private const string NotBuilt = "name resolution is not built yet: answers STATUS_NOT_IMPLEMENTED";

    /// <summary>Would translate a name into addresses.</summary>
    /// <remarks>
    /// IRQL: PASSIVE_LEVEL. Errors: STATUS_NOT_IMPLEMENTED always. Page: nc-wsk-pfn_wsk_get_address_info.
    /// </remarks>
    [Export(Libraries.Wsk, SupportLevel.Stub, MaxIrql = Irql.Passive, IrqlRule = "IRQL-09", Note = NotBuilt)]
    public static NTSTATUS WskGetAddressInfo(
        WskProvider provider,
        GuestPtr<WSK_CLIENT> Client,
        GuestPtr<UNICODE_STRING> NodeName,
        GuestPtr<UNICODE_STRING> ServiceName,
        uint NameSpace,
        GuestPtr<Guid> Provider,
        GuestPtr<ADDRINFOEXW> Hints,
        nuint Result,
        nuint OwningProcess,
        nuint OwningThread,
        GuestPtr<IRP> Irp) => Answer(provider, nameof(WskGetAddressInfo), Client, Irp);

    /// <summary>Would free a list of addresses; nothing of ours is ever one.</summary>
    /// <remarks>IRQL: PASSIVE_LEVEL. Page: nc-wsk-pfn_wsk_free_address_info.</remarks>
    [Export(Libraries.Wsk, SupportLevel.Stub, MaxIrql = Irql.Passive, IrqlRule = "IRQL-09", Note = NotBuilt)]
    public static void WskFreeAddressInfo(
        WskProvider provider, GuestPtr<WSK_CLIENT> Client, GuestPtr<ADDRINFOEXW> AddrInfo) =>
        provider.Executive.Breach(
            "NAME-09", $"WskFreeAddressInfo of {AddrInfo}, which no WskGetAddressInfo returned");

    /// <summary>Would translate an address into names.</summary>
    /// <remarks>
    /// IRQL: PASSIVE_LEVEL. Errors: STATUS_NOT_IMPLEMENTED always. Page: nc-wsk-pfn_wsk_get_name_info.
    /// </remarks>
    [Export(Libraries.Wsk, SupportLevel.Stub, MaxIrql = Irql.Passive, IrqlRule = "IRQL-09", Note = NotBuilt)]
    public static NTSTATUS WskGetNameInfo(
        WskProvider provider,
        GuestPtr<WSK_CLIENT> Client,
        GuestPtr<SOCKADDR> SockAddr,
        uint SockAddrLength,
        GuestPtr<UNICODE_STRING> NodeName,
        GuestPtr<UNICODE_STRING> ServiceName,
        uint Flags,
        nuint OwningProcess,
        nuint OwningThread,
        GuestPtr<IRP> Irp) => Answer(provider, nameof(WskGetNameInfo), Client, Irp);

    private static NTSTATUS Answer(
        WskProvider provider, string function, GuestPtr<WSK_CLIENT> client, GuestPtr<IRP> irp)
    {
        if (!ClientCall.TryBegin(
            provider, function, client, irp, out var call, out var request, out var refusal))
            return refusal;
        using (call)
            return request.Refuse(NTSTATUS.STATUS_NOT_IMPLEMENTED);
    }
}
