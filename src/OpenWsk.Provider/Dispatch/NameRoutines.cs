// WskGetAddressInfo, WskFreeAddressInfo and WskGetNameInfo: the arguments are judged, a query does the rest.
// Rules: group NAME. Next: Names/AddressInfoQuery.cs, Names/NameInfoQuery.cs.
using OpenWsk.Abi;
using OpenWsk.Kernel;
using OpenWsk.Ports;
using static OpenWsk.Abi.NTSTATUS;
using static OpenWsk.Abi.WskConstants;

namespace OpenWsk.Provider;

/// <summary>The name members of WSK_PROVIDER_DISPATCH.</summary>
public static class NameRoutines
{
    private const uint NameInfoFlags = NI_NOFQDN | NI_NUMERICHOST | NI_NAMEREQD | NI_NUMERICSERV | NI_DGRAM;
    private const uint SockaddrStorageBytes = 128;

    /// <summary>Translates a host name, a service name or both into a list of addresses.</summary>
    /// <remarks>
    /// IRQL: PASSIVE_LEVEL. Owns: the list is the client's until WskFreeAddressInfo; NodeName, ServiceName,
    /// Hints and Result stay valid until the IRP completes. Completes: through the IRP. Errors:
    /// STATUS_INVALID_PARAMETER for arguments that make no sense; STATUS_NOT_FOUND (or STATUS_NO_MATCH, a
    /// setting) when nothing matches; STATUS_RETRY when no name server answers; STATUS_CANCELLED. Rules:
    /// NAME-01..21, NAME-32..35. Page: nc-wsk-pfn_wsk_get_address_info.
    /// </remarks>
    [Export(Libraries.Wsk, SupportLevel.Full, MaxIrql = Irql.Passive, IrqlRule = "IRQL-09")]
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
        GuestPtr<IRP> Irp)
    {
        if (!ClientCall.TryBegin(
            provider, nameof(WskGetAddressInfo), Client, Irp, out var call, out var request, out var refusal))
            return refusal;
        using (call)
        {
            if (Result == 0 || !MayAskFor(provider, OwningProcess, OwningThread))
                return request.Refuse(STATUS_INVALID_PARAMETER);
            GuestMemory.Write(Result, (nuint)0);
            var status = AddressInfoArguments.Read(
                provider, NodeName, ServiceName, NameSpace, Provider, Hints, out var arguments);
            if (!status.IsSuccess())
                return request.Refuse(status);
            var answer = new AddressInfoAnswer(provider, arguments);
            new AddressInfoQuery(provider, request, call.Client, answer, Result).Start(
                provider.Security.OfNameClient(OwningProcess, OwningThread),
                [.. MemoryOf(NodeName), .. MemoryOf(ServiceName), Hints.Address]);
            return request.EndCall();
        }
    }

    /// <summary>Frees a list of addresses.</summary>
    /// <remarks>
    /// IRQL: PASSIVE_LEVEL. A pointer that is no list of the client's frees nothing. Rules: NAME-09, NAME-10.
    /// Page: nc-wsk-pfn_wsk_free_address_info.
    /// </remarks>
    [Export(Libraries.Wsk, SupportLevel.Full, MaxIrql = Irql.Passive, IrqlRule = "IRQL-09")]
    public static void WskFreeAddressInfo(
        WskProvider provider, GuestPtr<WSK_CLIENT> Client, GuestPtr<ADDRINFOEXW> AddrInfo)
    {
        if (!ClientCall.TryEnter(provider, nameof(WskFreeAddressInfo), Client, out var call))
            return;
        using (call)
        {
            // No list at all is freed by doing nothing, as FreeAddrInfoEx does.
            if (!AddrInfo.IsNull && !provider.AddressLists.TryFree(AddrInfo.Address, call.Client))
                provider.Executive.Breach(
                    "NAME-09", $"WskFreeAddressInfo of {AddrInfo}, which is no list of this client's");
        }
    }

    /// <summary>Translates an address and its port into names.</summary>
    /// <remarks>
    /// IRQL: PASSIVE_LEVEL. Owns: the strings and their buffers stay valid until the IRP completes.
    /// Completes: through the IRP. Errors: STATUS_INVALID_PARAMETER for arguments that make no sense;
    /// STATUS_BUFFER_TOO_SMALL; with NI_NAMEREQD STATUS_NOT_FOUND (or STATUS_NO_MATCH, a setting) and
    /// STATUS_RETRY; STATUS_CANCELLED. Rules: NAME-11..32. Page: nc-wsk-pfn_wsk_get_name_info.
    /// </remarks>
    [Export(Libraries.Wsk, SupportLevel.Full, MaxIrql = Irql.Passive, IrqlRule = "IRQL-09")]
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
        GuestPtr<IRP> Irp)
    {
        if (!ClientCall.TryBegin(
            provider, nameof(WskGetNameInfo), Client, Irp, out var call, out var request, out var refusal))
            return refusal;
        using (call)
        {
            if (!MayAskFor(provider, OwningProcess, OwningThread) || (Flags & ~NameInfoFlags) != 0
                || !TryReadAddress(provider, SockAddr, SockAddrLength, out var address))
                return request.Refuse(STATUS_INVALID_PARAMETER);
            if (NodeName.IsNull && ServiceName.IsNull)
            {
                provider.Executive.Breach(
                    "NAME-24", "WskGetNameInfo was given room for neither node nor service name");
                return request.Refuse(STATUS_INVALID_PARAMETER);
            }
            new NameInfoQuery(provider, request, call.Client, address, Flags, NodeName, ServiceName).Start(
                provider.Security.OfNameClient(OwningProcess, OwningThread));
            return request.EndCall();
        }
    }

    // NAME-13, NAME-14, NAME-15. DIFF-11: a thread needs its process.
    private static bool MayAskFor(WskProvider provider, nuint owningProcess, nuint owningThread) =>
        owningProcess == 0
            ? owningThread == 0
            : !provider.Security.IsImpersonating(provider.Executive.CurrentThread.Object);

    private static bool TryReadAddress(
        WskProvider provider, GuestPtr<SOCKADDR> source, uint lengthBytes, out EndpointAddress address)
    {
        address = default;
        if (lengthBytes > SockaddrStorageBytes)
        {
            provider.Executive.Breach(
                "NAME-23", $"WskGetNameInfo was given an address of {lengthBytes} bytes");
            return false;
        }
        return !source.IsNull
            && lengthBytes >= sizeof(ushort)
            && EndpointAddress.SockaddrBytes(source.As<ushort>().Value) is > 0 and var needed
            && lengthBytes >= needed
            && EndpointAddress.TryRead(source, out address);
    }

    private static IEnumerable<nuint> MemoryOf(GuestPtr<UNICODE_STRING> text) =>
        text.IsNull ? [] : [text.Address, text.Value.Buffer];
}
