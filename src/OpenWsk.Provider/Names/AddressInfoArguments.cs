// What a call of WskGetAddressInfo asks for, copied during the call and judged. What is wrong with it becomes
// STATUS_INVALID_PARAMETER (NAME-17), before anything is started. It knows nothing about look-ups: next
// AddressInfoQuery.cs.
using OpenWsk.Abi;
using static OpenWsk.Abi.NTSTATUS;
using static OpenWsk.Abi.WskConstants;

namespace OpenWsk.Provider;

/// <summary>The arguments of one WskGetAddressInfo.</summary>
internal sealed record AddressInfoArguments
{
    // AI_EXTENDED asks for a larger structure, which WSK does not have.
    private const uint KnownFlags = AI_PASSIVE | AI_CANONNAME | AI_NUMERICHOST | AI_NUMERICSERV | AI_DNS_ONLY
        | AI_ALL | AI_ADDRCONFIG | AI_V4MAPPED | AI_NON_AUTHORITATIVE | AI_SECURE
        | AI_RETURN_PREFERRED_NAMES | AI_FQDN | AI_FILESERVER;

    /// <summary>The namespace provider that answers for NS_DNS on Windows; the only one here.</summary>
    public static readonly Guid DnsProvider = new("22059D40-7E9E-11CF-AE5A-00AA00A7112B");

    /// <summary>Null when no host is asked for.</summary>
    public string? NodeName { get; private init; }

    /// <summary>Null when no service is asked for.</summary>
    public string? ServiceName { get; private init; }

    public uint Flags { get; private init; }

    /// <summary>AF_INET, AF_INET6, or 0 for both.</summary>
    public ushort Family { get; private init; }

    public int SocketType { get; private init; }

    public int Protocol { get; private init; }

    /// <summary>
    /// Whether the namespace and the provider that were named are ours (NAME-06, NAME-07); otherwise nobody
    /// answers names.
    /// </summary>
    public bool IsForUs { get; private init; }

    public bool Has(uint flag) => (Flags & flag) != 0;

    /// <summary>Reads and judges; the record is there on success only.</summary>
    public static NTSTATUS Read(
        WskProvider provider,
        GuestPtr<UNICODE_STRING> nodeName,
        GuestPtr<UNICODE_STRING> serviceName,
        uint nameSpace,
        GuestPtr<Guid> namespaceProvider,
        GuestPtr<ADDRINFOEXW> hints,
        out AddressInfoArguments arguments)
    {
        arguments = null!;
        if (!NameString.TryRead(provider, nodeName, "NodeName", out var node)
            || !NameString.TryRead(provider, serviceName, "ServiceName", out var service))
            return STATUS_INVALID_PARAMETER;
        if (string.IsNullOrEmpty(node) && string.IsNullOrEmpty(service))
        {
            provider.Executive.Breach("NAME-04", "WskGetAddressInfo was given neither node nor service name");
            return STATUS_INVALID_PARAMETER;
        }
        var asked = hints.IsNull ? default : hints.Value;
        if (!IsGood(asked) || (((uint)asked.ai_flags & AI_CANONNAME) != 0 && node is null))
            return STATUS_INVALID_PARAMETER;
        arguments = new AddressInfoArguments
        {
            NodeName = node,
            ServiceName = string.IsNullOrEmpty(service) ? null : service,
            Flags = (uint)asked.ai_flags,
            Family = (ushort)asked.ai_family,
            SocketType = asked.ai_socktype,
            Protocol = asked.ai_protocol,
            IsForUs = nameSpace is NS_ALL or NS_DNS
                && (namespaceProvider.IsNull || namespaceProvider.Value == DnsProvider),
        };
        return STATUS_SUCCESS;
    }

    // The members beyond the first four say nothing in hints and are zero.
    private static bool IsGood(in ADDRINFOEXW hints)
    {
        const uint either = AI_CANONNAME | AI_FQDN;
        var flags = (uint)hints.ai_flags;
        return (flags & ~KnownFlags) == 0
            && (flags & either) != either
            && hints.ai_family is 0 or AF_INET or AF_INET6
            && hints.ai_socktype is >= 0 and <= SOCK_SEQPACKET
            && hints is { ai_addrlen: 0, ai_canonname: 0, ai_addr.IsNull: true, ai_next.IsNull: true };
    }
}
