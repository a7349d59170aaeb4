// WskControlSocket from C#: options by their descriptor, any option or I/O control by its number, and the
// address list that every socket can ask for. What the named options are: Options/WskOptions.cs. It knows
// nothing about which socket takes which option; the provider and its transport decide.
using System.Net;
using System.Runtime.CompilerServices;
using OpenWsk.Abi;
using OpenWsk.Ports;
using static OpenWsk.Abi.WskConstants;

namespace OpenWsk;

public abstract partial class WskSocket
{
    // What most hosts need; the query tells how much more, if it is more.
    private const int AddressListBytes = 1024;

    /// <summary>Sets an option (WskSetOption).</summary>
    /// <typeparam name="T">What the option holds.</typeparam>
    /// <param name="option">One of <see cref="WskOptions"/>.</param>
    /// <param name="value">The new value.</param>
    /// <param name="cancellation">Cancels the IRP.</param>
    /// <exception cref="WskException">
    /// STATUS_INVALID_DEVICE_STATE for an option that comes too late; STATUS_INVALID_DEVICE_REQUEST for one
    /// of another category; STATUS_NOT_SUPPORTED for one that neither the provider nor the transport has;
    /// STATUS_INVALID_PARAMETER for a value that is out of range.
    /// </exception>
    public async ValueTask SetOptionAsync<T>(
        WskOption<T> option, T value, CancellationToken cancellation = default)
    {
        var data = new byte[sizeof(uint)];
        Unsafe.WriteUnaligned(ref data[0], option.ToNumber(value));
        await SetOptionAsync(option.LevelOf(IsV6), option.NumberOf(IsV6), data, cancellation)
            .ConfigureAwait(false);
    }

    /// <summary>Reads an option (WskGetOption).</summary>
    /// <typeparam name="T">What the option holds.</typeparam>
    /// <param name="option">One of <see cref="WskOptions"/>.</param>
    /// <param name="cancellation">Cancels the IRP.</param>
    /// <exception cref="WskException">As for setting it.</exception>
    public async ValueTask<T> GetOptionAsync<T>(
        WskOption<T> option, CancellationToken cancellation = default)
    {
        var data = new byte[sizeof(uint)];
        await GetOptionAsync(option.LevelOf(IsV6), option.NumberOf(IsV6), data, cancellation)
            .ConfigureAwait(false);
        return option.FromNumber(Unsafe.ReadUnaligned<uint>(ref data[0]));
    }

    /// <summary>Sets any option by its numbers (WskSetOption).</summary>
    /// <param name="level">SOL_SOCKET or a protocol's number.</param>
    /// <param name="option">The option's number at that level.</param>
    /// <param name="value">Its value at Windows x64 layout.</param>
    /// <param name="cancellation">Cancels the IRP.</param>
    /// <remarks>Owns: the memory stays pinned until the task is over.</remarks>
    /// <exception cref="WskException">What the provider or the transport answers.</exception>
    public async ValueTask SetOptionAsync(
        uint level, uint option, ReadOnlyMemory<byte> value, CancellationToken cancellation = default) =>
        await Control(
            WSK_CONTROL_SOCKET_TYPE.WskSetOption, level, option, value, default, cancellation)
            .ConfigureAwait(false);

    /// <summary>Reads any option by its numbers (WskGetOption).</summary>
    /// <param name="level">SOL_SOCKET or a protocol's number.</param>
    /// <param name="option">The option's number at that level.</param>
    /// <param name="value">Receives the value at Windows x64 layout.</param>
    /// <param name="cancellation">Cancels the IRP.</param>
    /// <returns>How much was written. Units: bytes.</returns>
    /// <remarks>Owns: the memory stays pinned until the task is over.</remarks>
    /// <exception cref="WskException">
    /// STATUS_BUFFER_TOO_SMALL, or what else the provider or the transport answers.
    /// </exception>
    public ValueTask<int> GetOptionAsync(
        uint level, uint option, Memory<byte> value, CancellationToken cancellation = default) =>
        Control(WSK_CONTROL_SOCKET_TYPE.WskGetOption, level, option, default, value, cancellation);

    /// <summary>Performs any I/O control that takes an IRP (WskIoctl).</summary>
    /// <param name="code">The control's code, such as SIO_WSK_QUERY_RECEIVE_BACKLOG.</param>
    /// <param name="input">Its input at Windows x64 layout; empty for none.</param>
    /// <param name="output">Receives its output; empty for none.</param>
    /// <param name="cancellation">Cancels the IRP.</param>
    /// <returns>How much output was written. Units: bytes.</returns>
    /// <remarks>Owns: the memory stays pinned until the task is over.</remarks>
    /// <exception cref="WskException">What the provider or the transport answers.</exception>
    public ValueTask<int> IoControlAsync(
        uint code,
        ReadOnlyMemory<byte> input = default,
        Memory<byte> output = default,
        CancellationToken cancellation = default) =>
        Control(WSK_CONTROL_SOCKET_TYPE.WskIoctl, 0, code, input, output, cancellation);

    /// <summary>Performs an I/O control that takes no IRP, such as SIO_ADDRESS_LIST_QUERY.</summary>
    /// <param name="code">The control's code.</param>
    /// <param name="input">Its input at Windows x64 layout; empty for none.</param>
    /// <param name="output">Receives its output; empty for none.</param>
    /// <param name="bytes">
    /// How much was written, or is needed when the status says so. Units: bytes.
    /// </param>
    /// <returns>The call's status; it does not throw for a failure.</returns>
    public NTSTATUS IoControl(uint code, Memory<byte> input, Memory<byte> output, out int bytes)
    {
        using var inputPin = input.Pin();
        using var outputPin = output.Pin();
        var returned = Executive.Heap.Allocate(sizeof(ulong));
        try
        {
            var status = Invoke(_basic.Value.WskControlSocket,
            [
                _socket, (uint)WSK_CONTROL_SOCKET_TYPE.WskIoctl, code, 0,
                (ulong)input.Length, input.IsEmpty ? 0 : GuestMemory.AddressOf(inputPin),
                (ulong)output.Length, output.IsEmpty ? 0 : GuestMemory.AddressOf(outputPin), returned, 0,
            ]);
            bytes = (int)GuestMemory.Read<ulong>(returned);
            return status;
        }
        finally
        {
            Executive.Heap.Free(returned);
        }
    }

    /// <summary>The local addresses of the socket's family (SIO_ADDRESS_LIST_QUERY).</summary>
    /// <remarks>
    /// Unlike .NET's own list this one is the world's: in a simulated world, the host's there.
    /// </remarks>
    public IReadOnlyList<IPAddress> GetAddresses()
    {
        var buffer = new byte[AddressListBytes];
        while (true)
        {
            // The list holds pointers into itself, so it is read while it stays where it was written.
            using var pin = buffer.AsMemory().Pin();
            var status = IoControl(SIO_ADDRESS_LIST_QUERY, default, buffer, out var bytes);
            if (status.IsSuccess())
                return ReadAddresses(GuestMemory.AddressOf(pin));
            if (status != NTSTATUS.STATUS_BUFFER_OVERFLOW || bytes <= buffer.Length)
                throw new WskException("WskControlSocket", status);
            buffer = new byte[bytes];
        }
    }

    /// <summary>Waits until the local addresses of the socket's family change.</summary>
    /// <remarks>
    /// SIO_ADDRESS_LIST_CHANGE. Ask for the list after the wait has begun, or a change between the two is
    /// missed; a change between two waits ends the second at once.
    /// </remarks>
    public async ValueTask WaitForAddressChangeAsync(CancellationToken cancellation = default) =>
        await IoControlAsync(SIO_ADDRESS_LIST_CHANGE, cancellation: cancellation).ConfigureAwait(false);

    private protected ValueTask<int> Control(
        WSK_CONTROL_SOCKET_TYPE type,
        uint level,
        uint code,
        ReadOnlyMemory<byte> input,
        Memory<byte> output,
        CancellationToken cancellation)
    {
        if (cancellation.IsCancellationRequested)
            return ValueTask.FromCanceled<int>(cancellation);
        var operation = Operations.Rent();
        ReadOnlySpan<ulong> arguments =
        [
            _socket, (uint)type, code, level, (ulong)input.Length, operation.Pin(input),
            (ulong)output.Length, operation.Pin(output), 0, operation.Irp,
        ];
        return new ValueTask<int>(operation, Start(
            operation, "WskControlSocket", _basic.Value.WskControlSocket, arguments, cancellation));
    }

    /// <summary>Enables event callbacks (SO_WSK_EVENT_CALLBACK).</summary>
    private protected void EnableEvents(WskEvents events)
    {
        var control = Executive.Heap.Allocate(Unsafe.SizeOf<WSK_EVENT_CALLBACK_CONTROL>());
        try
        {
            GuestMemory.Write(control, EventControl(events));
            var status = Invoke(_basic.Value.WskControlSocket,
            [
                _socket, (uint)WSK_CONTROL_SOCKET_TYPE.WskSetOption, SO_WSK_EVENT_CALLBACK, SOL_SOCKET,
                (ulong)Unsafe.SizeOf<WSK_EVENT_CALLBACK_CONTROL>(), control, 0, 0, 0, 0,
            ]);
            if (!status.IsSuccess())
                throw new WskException("WskControlSocket", status);
        }
        finally
        {
            Executive.Heap.Free(control);
        }
    }

    /// <summary>Disables one callback; over when no call of it is running.</summary>
    private protected ValueTask DisableEventAsync(WskEvents one)
    {
        var operation = Operations.Rent();
        GuestMemory.Write(operation.Control, EventControl(one) with
        {
            EventMask = (uint)one | WSK_EVENT_DISABLE,
        });
        ReadOnlySpan<ulong> arguments =
        [
            _socket, (uint)WSK_CONTROL_SOCKET_TYPE.WskSetOption, SO_WSK_EVENT_CALLBACK, SOL_SOCKET,
            (ulong)Unsafe.SizeOf<WSK_EVENT_CALLBACK_CONTROL>(), operation.Control, 0, 0, 0, operation.Irp,
        ];
        return new ValueTask(operation, Start(
            operation, "WskControlSocket", _basic.Value.WskControlSocket, arguments, default));
    }

    private WSK_EVENT_CALLBACK_CONTROL EventControl(WskEvents events) =>
        new() { NpiId = new(Callbacks.Interface), EventMask = (uint)events };

    /// <summary>Asks for a number of the socket by an I/O control. Units: what the control says.</summary>
    private protected async ValueTask<long> AskNumber(uint code, CancellationToken cancellation)
    {
        var data = new byte[sizeof(ulong)];
        await IoControlAsync(code, output: data, cancellation: cancellation).ConfigureAwait(false);
        return Unsafe.ReadUnaligned<long>(ref data[0]);
    }

    private static IPAddress[] ReadAddresses(nuint list)
    {
        var count = GuestMemory.Read<int>(list);
        var entries = new GuestPtr<SOCKET_ADDRESS>(list + sizeof(ulong));
        var addresses = new IPAddress[count];
        for (var i = 0; i < count; i++)
        {
            EndpointAddress.TryRead(entries.At(i).Value.lpSockaddr, out var address);
            addresses[i] = address.ToIPAddress();
        }
        return addresses;
    }
}
