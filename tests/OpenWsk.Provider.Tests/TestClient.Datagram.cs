// Datagram sockets as the test client uses them: opened, bound, sending, with options and fixed addresses. It
// knows nothing about rules. Receiving: Dgram/DatagramReceive.cs; callbacks: Dgram/DatagramEvents.cs.
using System.Net;
using OpenWsk.Abi;
using OpenWsk.Ports;
using static OpenWsk.Abi.NTSTATUS;
using static OpenWsk.Abi.WskConstants;

namespace OpenWsk.Provider.Tests;

public sealed partial class TestClient
{
    /// <summary>The loopback address of a family.</summary>
    public static EndpointAddress Loopback(ushort family = AF_INET, ushort port = 0) => EndpointAddress.From(
        family == AF_INET ? IPAddress.Loopback : IPAddress.IPv6Loopback, port);

    /// <summary>A broadcast address that stays on the machine.</summary>
    public static EndpointAddress Broadcast(ContractWorld world, ushort port) => EndpointAddress.From(
        world.Network is null ? IPAddress.Parse("127.255.255.255") : IPAddress.Broadcast, port);

    /// <summary>A UDP socket that is not bound.</summary>
    public nuint OpenDatagram(ushort family = AF_INET, ulong context = 0, DatagramEvents? events = null) =>
        Open(WSK_FLAG_DATAGRAM_SOCKET, family, context: context, dispatch: events?.Table ?? 0);

    /// <summary>A UDP socket that is bound to loopback, or to an address.</summary>
    public nuint Datagram(
        ushort family = AF_INET,
        EndpointAddress? local = null,
        ulong context = 0,
        DatagramEvents? events = null)
    {
        var socket = OpenDatagram(family, context, events);
        Assert.Equal(STATUS_SUCCESS, Bind(socket, Address(local ?? Loopback(family))));
        return socket;
    }

    /// <summary>WskSendTo with raw arguments.</summary>
    public NTSTATUS SendTo(
        nuint socket, TestBuffer buffer, ulong remote, ulong irp, uint flags = 0, uint controlBytes = 0,
        ulong control = 0) =>
        World.Call(
            Function(socket, "WskSendTo"), socket, buffer, flags, remote, controlBytes, control, irp);

    /// <summary>WskSendTo of some bytes; waits for the outcome.</summary>
    public (NTSTATUS Status, nuint Bytes) SendTo(
        nuint socket, ReadOnlySpan<byte> data, EndpointAddress? remote, ReadOnlySpan<byte> control = default)
    {
        using var buffer = new TestBuffer(World.Executive, data);
        using var irp = Irp();
        SendTo(
            socket, buffer, remote is { } address ? Address(address) : 0, irp, 0, (uint)control.Length,
            Bytes(control));
        return (irp.Wait(), irp.Information);
    }

    /// <summary>WskRelease.</summary>
    public NTSTATUS Release(nuint socket, ulong list) =>
        World.Call(Function(socket, "WskRelease"), socket, list);

    /// <summary>WskControlSocket with an IRP and no output; waits for the outcome.</summary>
    public NTSTATUS ControlSocket(
        nuint socket, WSK_CONTROL_SOCKET_TYPE type, uint code, uint level, ReadOnlySpan<byte> input)
    {
        var (size, memory) = ((ulong)input.Length, Bytes(input));
        return Run(irp => World.Call(
            Function(socket, "WskControlSocket"), socket, (ulong)type, code, level, size, memory, 0, 0, 0,
            irp));
    }

    /// <summary>Sets a ULONG option of a level and checks that it was taken.</summary>
    public void SetLevelOption(nuint socket, uint level, uint option, uint value) => Assert.Equal(
        STATUS_SUCCESS,
        ControlSocket(
            socket, WSK_CONTROL_SOCKET_TYPE.WskSetOption, option, level, BitConverter.GetBytes(value)));

    /// <summary>SIO_WSK_SET_REMOTE_ADDRESS; null clears.</summary>
    public NTSTATUS SetRemote(nuint socket, EndpointAddress? remote) =>
        SetFixed(socket, SIO_WSK_SET_REMOTE_ADDRESS, remote);

    /// <summary>SIO_WSK_SET_SENDTO_ADDRESS; null clears.</summary>
    public NTSTATUS SetSendTo(nuint socket, EndpointAddress? destination) =>
        SetFixed(socket, SIO_WSK_SET_SENDTO_ADDRESS, destination);

    /// <summary>Guest memory with these bytes that lives as long as the client; 0 for none.</summary>
    public ulong Bytes(ReadOnlySpan<byte> data)
    {
        if (data.IsEmpty)
            return 0;
        var memory = Memory(data.Length);
        data.CopyTo(GuestMemory.Span(memory, data.Length));
        return memory;
    }

    private NTSTATUS SetFixed(nuint socket, uint code, EndpointAddress? address)
    {
        var bytes = address is { } set
            ? GuestMemory.Span((nuint)Address(set), EndpointAddress.SockaddrBytes(set.Family)).ToArray()
            : [];
        return ControlSocket(socket, WSK_CONTROL_SOCKET_TYPE.WskIoctl, code, 0, bytes);
    }
}
