// WskControlSocket as the tests of options and I/O controls call it, on a socket of any category through its
// basic table. It knows nothing about what the controls do. Event callbacks: World/TestClient.Controls.cs.
using OpenWsk.Abi;
using static OpenWsk.Abi.NTSTATUS;
using static OpenWsk.Abi.WskConstants;

namespace OpenWsk.Provider.Tests;

/// <summary>Controls of a socket of a TestClient.</summary>
internal static class SocketControls
{
    /// <summary>WskControlSocket with raw arguments.</summary>
    public static NTSTATUS Control(
        this TestClient client,
        nuint socket,
        WSK_CONTROL_SOCKET_TYPE type,
        uint code,
        uint level,
        int inputSize,
        nuint input,
        int outputSize,
        nuint output,
        nuint returned,
        ulong irp) =>
        client.World.Call(
            TestClient.Functions(socket).Basic.WskControlSocket, socket, (ulong)type, code, level,
            (ulong)inputSize, input, (ulong)outputSize, output, returned, irp);

    /// <summary>
    /// Checks that an IRP has not completed: where time is virtual, that a second of it changes nothing.
    /// </summary>
    public static void StaysPending(this ContractWorld world, TestIrp irp) => Assert.False(
        world.Network is null
            ? irp.IsCompleted
            : irp.WaitUntil(world.Executive.Clock.NowNs + 1_000_000_000));

    /// <summary>Sets an option from bytes and waits.</summary>
    public static NTSTATUS SetOption(
        this TestClient client, nuint socket, uint level, uint option, ReadOnlySpan<byte> value)
    {
        var length = value.Length;
        var memory = client.Memory(Math.Max(8, length));
        value.CopyTo(GuestMemory.Span(memory, length));
        return client.Run(irp => client.Control(
            socket, WSK_CONTROL_SOCKET_TYPE.WskSetOption, option, level, length, memory, 0, 0, 0, irp));
    }

    /// <summary>Sets a ULONG option and waits.</summary>
    public static NTSTATUS SetNumber(
        this TestClient client, nuint socket, uint option, uint value, uint level = SOL_SOCKET) =>
        client.SetOption(socket, level, option, BitConverter.GetBytes(value));

    /// <summary>Gets an option and waits: status, bytes by Information, and the value.</summary>
    public static (NTSTATUS Status, nuint Bytes, ulong Value) GetOption(
        this TestClient client, nuint socket, uint option, uint level = SOL_SOCKET, int lengthBytes = 4)
    {
        var memory = client.Memory(8);
        using var irp = client.Irp();
        client.Control(
            socket, WSK_CONTROL_SOCKET_TYPE.WskGetOption, option, level, 0, 0, lengthBytes, memory, 0, irp);
        return (irp.Wait(), irp.Information, GuestMemory.Read<ulong>(memory));
    }

    /// <summary>The value of a ULONG option, which must be there.</summary>
    public static uint GetNumber(
        this TestClient client, nuint socket, uint option, uint level = SOL_SOCKET)
    {
        var (status, bytes, value) = client.GetOption(socket, option, level);
        Assert.Equal((STATUS_SUCCESS, (nuint)sizeof(uint)), (status, bytes));
        return (uint)value;
    }

    /// <summary>An I/O control with an IRP and an input.</summary>
    public static NTSTATUS Ioctl(
        this TestClient client, nuint socket, uint code, ReadOnlySpan<byte> input = default, uint level = 0)
    {
        var length = input.Length;
        var memory = length == 0 ? 0 : client.Memory(length);
        input.CopyTo(GuestMemory.Span(memory, length));
        return client.Run(irp => client.Control(
            socket, WSK_CONTROL_SOCKET_TYPE.WskIoctl, code, level, length, memory, 0, 0, 0, irp));
    }

    /// <summary>An I/O control with an IRP and an output: status, Information and the bytes.</summary>
    public static (NTSTATUS Status, nuint Bytes, byte[] Output) Query(
        this TestClient client, nuint socket, uint code, int outputSize, uint level = 0)
    {
        var memory = client.Memory(Math.Max(1, outputSize));
        using var irp = client.Irp();
        client.Control(
            socket, WSK_CONTROL_SOCKET_TYPE.WskIoctl, code, level, 0, 0, outputSize, memory, 0, irp);
        return (irp.Wait(), irp.Information, GuestMemory.Span(memory, outputSize).ToArray());
    }

    /// <summary>
    /// An I/O control without IRP: status, what OutputSizeReturned holds then, and the output buffer.
    /// </summary>
    public static (NTSTATUS Status, ulong Returned, nuint Output) QueryInline(
        this TestClient client, nuint socket, uint code, int outputSize, int inputSize = 0, nuint input = 0)
    {
        var output = outputSize == 0 ? 0 : client.Memory(outputSize);
        var returned = client.Memory(8);
        GuestMemory.Write(returned, ulong.MaxValue);
        var status = client.Control(
            socket, WSK_CONTROL_SOCKET_TYPE.WskIoctl, code, 0, inputSize, input, outputSize, output, returned,
            0);
        return (status, GuestMemory.Read<ulong>(returned), output);
    }
}
