// Writes the ADDRINFOEXW list of a finished look-up into guest memory: one block that holds the entries,
// their addresses, the canonical name and the namespace provider's GUID. It knows nothing about look-ups.
using System.Runtime.CompilerServices;
using OpenWsk.Abi;
using OpenWsk.Ports;

namespace OpenWsk.Provider;

/// <summary>One result: an address with its port, and what socket it is for.</summary>
internal readonly record struct AddressEntry(EndpointAddress Address, int SocketType, int Protocol);

/// <summary>What a list says of all its entries.</summary>
/// <param name="Flags">ai_flags of each entry.</param>
/// <param name="CanonicalName">ai_canonname of the first entry; null for none.</param>
/// <param name="Provider">ai_provider of each entry; null for none.</param>
internal readonly record struct AddressListFacts(uint Flags, string? CanonicalName, Guid? Provider);

/// <summary>Makes lists.</summary>
internal static class AddressListWriter
{
    // Room for a SOCKADDR_IN6 at the alignment of a pointer.
    private const int AddressBytes = 32;
    private static readonly int s_entryBytes = Unsafe.SizeOf<ADDRINFOEXW>() + AddressBytes;

    /// <summary>Writes a list of at least one entry; its head is the block that the client frees.</summary>
    public static nuint Write(
        AddressLists lists, ClientRegistration client, IReadOnlyList<AddressEntry> entries,
        in AddressListFacts facts)
    {
        var nameBytes = facts.CanonicalName is { } name ? (name.Length + 1) * sizeof(char) : 0;
        var tail = entries.Count * s_entryBytes;
        var head = lists.Allocate(client, tail + Unsafe.SizeOf<Guid>() + nameBytes);
        var provider = new GuestPtr<Guid>(facts.Provider is null ? 0 : head + (nuint)tail);
        if (facts.Provider is { } guid)
            provider.Value = guid;
        for (var i = 0; i < entries.Count; i++)
        {
            var at = head + (nuint)(i * s_entryBytes);
            WriteEntry(at, entries[i], facts.Flags, provider, isLast: i == entries.Count - 1);
        }
        if (facts.CanonicalName is not null)
        {
            var text = head + (nuint)(tail + Unsafe.SizeOf<Guid>());
            facts.CanonicalName.CopyToGuest(GuestMemory.Chars(text, facts.CanonicalName.Length));
            new GuestPtr<ADDRINFOEXW>(head).Value.ai_canonname = text;
        }
        return head;
    }

    private static void WriteEntry(
        nuint at, in AddressEntry entry, uint flags, GuestPtr<Guid> provider, bool isLast)
    {
        var address = new GuestPtr<SOCKADDR>(at + (nuint)Unsafe.SizeOf<ADDRINFOEXW>());
        entry.Address.Write(address);
        new GuestPtr<ADDRINFOEXW>(at).Value = new ADDRINFOEXW
        {
            ai_flags = (int)flags,
            ai_family = entry.Address.Family,
            ai_socktype = entry.SocketType,
            ai_protocol = entry.Protocol,
            ai_addrlen = (nuint)EndpointAddress.SockaddrBytes(entry.Address.Family),
            ai_addr = address,
            ai_provider = provider,
            ai_next = new GuestPtr<ADDRINFOEXW>(isLast ? 0 : at + (nuint)s_entryBytes),
        };
    }
}
