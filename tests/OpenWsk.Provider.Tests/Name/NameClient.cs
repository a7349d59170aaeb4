// A client that looks names up as a careful driver does: strings in guest memory with a terminator, an IRP
// for each call, lists read back as values. Rule tests start from it and change one thing.
using OpenWsk.Abi;
using OpenWsk.Ports;

namespace OpenWsk.Provider.Tests;

/// <summary>One entry of a list, as a driver sees it.</summary>
public sealed record FoundAddress(EndpointAddress Address, uint Flags, int SocketType, int Protocol)
{
    /// <summary>Address and port as text.</summary>
    public string Text => Address.ToString();
}

/// <summary>What WskGetNameInfo wrote.</summary>
public sealed record FoundNames(NTSTATUS Status, string? Node, string? Service);

/// <summary>The name functions of a TestClient.</summary>
public sealed class NameClient : IDisposable
{
    private const int RoomBytes = 2 * (int)WskConstants.NI_MAXHOST;

    /// <summary>The GUID by which Windows names its provider for NS_DNS.</summary>
    public static readonly Guid DnsProvider = new("22059D40-7E9E-11CF-AE5A-00AA00A7112B");

    public NameClient(ContractWorld world) => Client = new TestClient(world);

    public TestClient Client { get; }

    public ContractWorld World => Client.World;

    /// <summary>A place for Result that holds no list yet.</summary>
    public nuint ResultPlace()
    {
        var place = Client.Memory(8);
        GuestMemory.Write(place, (nuint)0xBAD);
        return place;
    }

    /// <summary>A UNICODE_STRING with a terminated buffer; 0 for null.</summary>
    public nuint String(string? text)
    {
        if (text is null)
            return 0;
        var buffer = Client.Memory((text.Length + 1) * sizeof(char));
        text.CopyTo(GuestMemory.Chars(buffer, text.Length));
        return String(buffer, text.Length * sizeof(char), (text.Length + 1) * sizeof(char));
    }

    /// <summary>A UNICODE_STRING over a buffer.</summary>
    public nuint String(nuint buffer, int lengthBytes, int roomBytes)
    {
        var memory = Client.Memory(16);
        GuestMemory.Write(memory, new UNICODE_STRING
        {
            Length = (ushort)lengthBytes,
            MaximumLength = (ushort)roomBytes,
            Buffer = buffer,
        });
        return memory;
    }

    /// <summary>An empty UNICODE_STRING with room, for WskGetNameInfo.</summary>
    public nuint Room(int roomBytes = RoomBytes) => String(Client.Memory(roomBytes + 2), 0, roomBytes);

    /// <summary>Hints in guest memory.</summary>
    public nuint Hints(uint flags = 0, int family = 0, int type = 0, int protocol = 0)
    {
        var memory = Client.Memory(72);
        GuestMemory.Write(memory, new ADDRINFOEXW
        {
            ai_flags = (int)flags,
            ai_family = family,
            ai_socktype = type,
            ai_protocol = protocol,
        });
        return memory;
    }

    /// <summary>WskGetAddressInfo with raw arguments.</summary>
    public NTSTATUS Call(
        TestIrp irp, nuint node, nuint service, nuint result, nuint hints = 0, uint nameSpace = 0,
        nuint provider = 0, nuint process = 0, nuint thread = 0) =>
        World.Call(
            Client.Table.WskGetAddressInfo, Client.Client, node, service, nameSpace, provider, hints, result,
            process, thread, irp);

    /// <summary>WskGetAddressInfo, waited for; the list is 0 unless it succeeds.</summary>
    public (NTSTATUS Status, nuint List) Ask(
        string? node, string? service = null, nuint hints = 0, uint nameSpace = 0, nuint provider = 0,
        nuint process = 0, nuint thread = 0)
    {
        var place = ResultPlace();
        var status = Client.Run(irp => Call(
            irp, String(node), String(service), place, hints, nameSpace, provider, process, thread));
        return (status, GuestMemory.Read<nuint>(place));
    }

    /// <summary>The entries that WskGetAddressInfo finds; the list is freed again.</summary>
    public IReadOnlyList<FoundAddress> Find(string? node, string? service = null, nuint hints = 0)
    {
        var (status, list) = Ask(node, service, hints);
        Assert.Equal(NTSTATUS.STATUS_SUCCESS, status);
        var found = Read(list);
        Free(list);
        return found;
    }

    /// <summary>Addresses and ports that WskGetAddressInfo finds, as text.</summary>
    public IEnumerable<string> Texts(string? node, string? service = null, nuint hints = 0) =>
        Find(node, service, hints).Select(found => found.Text);

    /// <summary>The status of a look-up that fails.</summary>
    public NTSTATUS Fail(
        string? node, string? service = null, nuint hints = 0, uint nameSpace = 0, nuint provider = 0)
    {
        var (status, list) = Ask(node, service, hints, nameSpace, provider);
        Assert.False(status.IsSuccess());
        Assert.Equal((nuint)0, list);
        return status;
    }

    public void Free(nuint list) => World.Call(Client.Table.WskFreeAddressInfo, Client.Client, list);

    /// <summary>The entries of a list.</summary>
    public static IReadOnlyList<FoundAddress> Read(nuint list)
    {
        var all = new List<FoundAddress>();
        for (var at = list; at != 0;)
        {
            var entry = GuestMemory.Read<ADDRINFOEXW>(at);
            Assert.True(EndpointAddress.TryRead(entry.ai_addr, out var address));
            Assert.Equal((int)address.Family, entry.ai_family);
            Assert.Equal((nuint)EndpointAddress.SockaddrBytes(address.Family), entry.ai_addrlen);
            Assert.Equal(((nuint)0, (nuint)0), (entry.ai_blob, entry.ai_bloblen));
            all.Add(new FoundAddress(address, (uint)entry.ai_flags, entry.ai_socktype, entry.ai_protocol));
            at = entry.ai_next.Address;
        }
        return all;
    }

    /// <summary>ai_canonname of a list's first entry; null when there is none.</summary>
    public static string? CanonicalName(nuint list)
    {
        var name = GuestMemory.Read<ADDRINFOEXW>(list).ai_canonname;
        return name == 0 ? null : GuestMemory.WideZ(name).ToString();
    }

    /// <summary>WskGetNameInfo with raw arguments.</summary>
    public NTSTATUS CallNames(
        TestIrp irp, ulong address, uint lengthBytes, nuint node, nuint service, uint flags = 0,
        nuint process = 0, nuint thread = 0) =>
        World.Call(
            Client.Table.WskGetNameInfo, Client.Client, address, lengthBytes, node, service, flags, process,
            thread, irp);

    /// <summary>WskGetNameInfo, waited for.</summary>
    public FoundNames Names(
        EndpointAddress address, uint flags = 0, bool wantsNode = true, bool wantsService = true,
        nuint process = 0, nuint thread = 0)
    {
        var (node, service) = (wantsNode ? Room() : 0, wantsService ? Room() : 0);
        var status = Client.Run(irp => CallNames(
            irp, Client.Address(address), (uint)EndpointAddress.SockaddrBytes(address.Family), node, service,
            flags, process, thread));
        return new FoundNames(status, Text(node), Text(service));
    }

    public void Dispose() => Client.Dispose();

    // What is written has its length and its terminator.
    private static string? Text(nuint place)
    {
        if (place == 0)
            return null;
        var value = GuestMemory.Read<UNICODE_STRING>(place);
        var text = GuestMemory.WideZ(value.Buffer).ToString();
        Assert.Equal(text.Length * sizeof(char), value.Length);
        return text;
    }
}
