// The control calls of a TestClient: options of a socket, event callbacks, client controls, cached
// descriptors. It knows nothing about what they do.
using OpenWsk.Abi;
using OpenWsk.Ports;
using static OpenWsk.Abi.NTSTATUS;
using static OpenWsk.Abi.WskConstants;

namespace OpenWsk.Provider.Tests;

public sealed partial class TestClient
{
    private static readonly Guid s_interface = new("2227E803-8D8B-11D4-ABAD-009027719E09");

    /// <summary>NPI_WSK_INTERFACE_ID in guest memory.</summary>
    public nuint InterfaceId()
    {
        var memory = Memory(16);
        GuestMemory.Write(memory, s_interface);
        return memory;
    }

    /// <summary>A WSK_EVENT_CALLBACK_CONTROL in guest memory.</summary>
    public nuint EventControl(uint mask)
    {
        var memory = Memory(16);
        GuestMemory.Write(
            memory, new WSK_EVENT_CALLBACK_CONTROL { NpiId = new GuestPtr<Guid>(InterfaceId()),
            EventMask = mask });
        return memory;
    }

    /// <summary>SO_WSK_EVENT_CALLBACK, without an IRP unless one is given.</summary>
    public NTSTATUS SetEvents(nuint socket, uint mask, ulong irp = 0) =>
        World.Call(
            Functions(socket).Basic.WskControlSocket, socket, (ulong)WSK_CONTROL_SOCKET_TYPE.WskSetOption,
            SO_WSK_EVENT_CALLBACK, SOL_SOCKET, 16, EventControl(mask), 0, 0, 0, irp);

    /// <summary>Sets an option, of SOL_SOCKET unless another level is named, with an IRP and waits.</summary>
    public NTSTATUS SetOption(
        nuint socket, uint option, ulong value, int lengthBytes = 4, uint level = SOL_SOCKET)
    {
        var memory = Memory(8);
        GuestMemory.Write(memory, value);
        return Run(irp => World.Call(
            Functions(socket).Basic.WskControlSocket, socket, (ulong)WSK_CONTROL_SOCKET_TYPE.WskSetOption,
            option,
            level, (ulong)lengthBytes, memory, 0, 0, 0, irp));
    }

    /// <summary>WskControlClient.</summary>
    public NTSTATUS Control(
        uint code,
        int inputSize = 0,
        ulong input = 0,
        int outputSize = 0,
        ulong output = 0,
        ulong returned = 0,
        ulong irp = 0) =>
        World.Call(
            Table.WskControlClient, Client, code, (ulong)inputSize, input, (ulong)outputSize, output,
            returned, irp);

    /// <summary>WSK_CACHE_SD of a descriptor with these entries.</summary>
    public ulong CacheDescriptor(params ReadOnlySpan<(bool IsAllowed, string Sid)> entries)
    {
        var input = Memory(8);
        var output = Memory(8);
        GuestMemory.Write(input, (ulong)TestDescriptor.Write(this, entries));
        Assert.Equal(STATUS_SUCCESS, Control(WSK_CACHE_SD, 8, input, 8, output));
        var copy = GuestMemory.Read<ulong>(output);
        Assert.NotEqual(0ul, copy);
        return copy;
    }

    /// <summary>WSK_RELEASE_SD.</summary>
    public NTSTATUS ReleaseDescriptor(ulong descriptor)
    {
        var input = Memory(8);
        GuestMemory.Write(input, descriptor);
        return Control(WSK_RELEASE_SD, 8, input);
    }

    /// <summary>WSK_TRANSPORT_LIST_QUERY with a buffer that is large enough.</summary>
    public IReadOnlyList<WSK_TRANSPORT> Transports()
    {
        var size = System.Runtime.CompilerServices.Unsafe.SizeOf<WSK_TRANSPORT>();
        var buffer = Memory(16 * size);
        var returned = Memory(8);
        Assert.Equal(STATUS_SUCCESS, Control(WSK_TRANSPORT_LIST_QUERY, 0, 0, 16 * size, buffer, returned));
        var count = (int)GuestMemory.Read<ulong>(returned) / size;
        return [.. Enumerable.Range(0, count)
            .Select(i => GuestMemory.Read<WSK_TRANSPORT>(buffer + (nuint)(i * size)))];
    }

    /// <summary>The local address of a socket; its port is taken by that.</summary>
    public EndpointAddress BoundTo(nuint socket)
    {
        var (status, address) = LocalAddress(socket);
        Assert.Equal(STATUS_SUCCESS, status);
        return address;
    }

    /// <summary>The address with a port that is free, and stays so until the test uses it.</summary>
    public EndpointAddress FreePort(EndpointAddress address) =>
        address.WithPort(World.FreePort(address.Family).Port);
}
