// The three controls about the host's addresses: SOCKET_ADDRESS_LIST as it lies in the client's buffer, and
// the requests that wait for a change (AddressListChanges.cs). Rules: CTLS-35..37, IRQL-08. It knows nothing
// about interfaces: the transport lists the addresses.
using OpenWsk.Abi;
using OpenWsk.Ports;
using static OpenWsk.Abi.NTSTATUS;

namespace OpenWsk.Provider;

/// <summary>SIO_ADDRESS_LIST_QUERY, SIO_ADDRESS_LIST_CHANGE and SIO_ADDRESS_LIST_SORT.</summary>
internal static class AddressListControl
{
    // SOCKET_ADDRESS_LIST: the count, padded, then SOCKET_ADDRESS entries. The addresses lie behind them.
    private const int EntriesOffset = 8;
    private const int EntryBytes = 16;
    private const int CountMax = 4096;

    public static ControlResult Query(in ControlCall call)
    {
        var family = call.Socket.Identity.Family;
        return Write(call.Output, call.Provider.Transport.ListAddresses(family));
    }

    public static ControlResult AwaitChange(in ControlCall call)
    {
        call.Provider.AddressListChanges.Add(call.Socket, call.Request!);
        return STATUS_PENDING;
    }

    /// <summary>OPEN-61: the list in the order of preference, as in user mode.</summary>
    public static ControlResult Sort(in ControlCall call)
    {
        if (!TryRead(call.Input, out var addresses))
            return STATUS_INVALID_PARAMETER;
        var local = call.Provider.Transport;
        return Write(call.Output, addresses.OrderBy(a => AddressPreference.Of(a, local)).ToList());
    }

    private static ControlResult Write(ControlBuffer output, IReadOnlyList<EndpointAddress> addresses)
    {
        var bytes = EntriesOffset
            + addresses.Sum(a => EntryBytes + EndpointAddress.SockaddrBytes(a.Family));
        if (!output.HasRoom(bytes))
            return new ControlResult(STATUS_BUFFER_OVERFLOW, (nuint)bytes);
        GuestMemory.Write(output.Address, addresses.Count);
        var entry = output.Address + EntriesOffset;
        var place = entry + (nuint)(addresses.Count * EntryBytes);
        foreach (var address in addresses)
        {
            var length = EndpointAddress.SockaddrBytes(address.Family);
            var sockaddr = new GuestPtr<SOCKADDR>(place);
            address.Write(sockaddr);
            GuestMemory.Write(
                entry, new SOCKET_ADDRESS { lpSockaddr = sockaddr, iSockaddrLength = length });
            entry += EntryBytes;
            place += (nuint)length;
        }
        return new ControlResult(STATUS_SUCCESS, (nuint)bytes);
    }

    private static bool TryRead(ControlBuffer input, out List<EndpointAddress> addresses)
    {
        addresses = [];
        if (!input.HasRoom(EntriesOffset))
            return false;
        var count = input.Read<int>();
        if (count is < 0 or > CountMax || !input.HasRoom(EntriesOffset + (count * EntryBytes)))
            return false;
        for (var i = 0; i < count; i++)
        {
            var entry = GuestMemory.Read<SOCKET_ADDRESS>(
                input.Address + (nuint)(EntriesOffset + (i * EntryBytes)));
            if (entry.lpSockaddr.IsNull
                || !EndpointAddress.TryRead(entry.lpSockaddr, out var address)
                || entry.iSockaddrLength < EndpointAddress.SockaddrBytes(address.Family))
                return false;
            addresses.Add(address);
        }
        return true;
    }
}
