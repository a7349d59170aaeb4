// Reads the SOCKADDR arguments of calls, each copied during the call (OPEN-50), and reports what is wrong
// with them. It knows nothing about sockets. Next: SocketArguments.cs.
using OpenWsk.Abi;
using OpenWsk.Ports;

namespace OpenWsk.Provider;

/// <summary>Address arguments as values.</summary>
internal static class AddressArgument
{
    /// <summary>
    /// Reads an address of the family; STATUS_INVALID_PARAMETER and a breach of the rule when it is NULL or
    /// of another family (OPEN-09).
    /// </summary>
    public static NTSTATUS Read(
        WskProvider provider, GuestPtr<SOCKADDR> source, ushort family, string rule,
        out EndpointAddress address)
    {
        address = default;
        if (source.IsNull)
        {
            provider.Executive.Breach(rule, "the address is NULL");
            return NTSTATUS.STATUS_INVALID_PARAMETER;
        }
        if (source.Value.sa_family == family && EndpointAddress.TryRead(source, out address))
        {
            provider.AddressLists.ReportFreed(source.Address);
            return NTSTATUS.STATUS_SUCCESS;
        }
        if (provider.ShownAddresses.RuleOf(source) is { } copyRule)
        {
            provider.Executive.Breach(copyRule, $"the address {source} was valid in a callback only");
            return WskSettings.FamilyMismatch;
        }
        provider.Executive.Breach(
            rule, $"the address has family {source.Value.sa_family}, the socket {family}");
        return WskSettings.FamilyMismatch;
    }
}
