// Makes the call of an attempt: its arguments and the IRP. Arguments are prepared first, alone; then the call
// is made on whichever thread the step gives it to. It knows nothing about outcomes.
using OpenWsk.Abi;
using OpenWsk.Ports;
using OpenWsk.Provider.Tests;
using static OpenWsk.Abi.WskConstants;

namespace OpenWsk.Model.Tests;

internal static partial class CallMaker
{
    private const byte Sent = 0xA5;

    /// <summary>Fills in IRP and buffers; the call is made by the function that is returned.</summary>
    public static Func<NTSTATUS> Prepare(ModelWorld world, Attempt a, nuint socket, EndpointAddress target)
    {
        var operation = a.Operation;
        var hasIrp = operation.Kind is not (OperationKind.Cancel or OperationKind.WithoutIrp);
        a.Irp = hasIrp ? new TestIrp(world.Executive) : null;
        ulong irp = hasIrp ? a.Irp! : 0ul;
        var address = target.Family == 0 ? 0 : world.Scratch(a, target);
        return operation.Kind switch
        {
            OperationKind.Open => Open(world, operation, irp),
            OperationKind.OpenWrongly => OpenWrongly(world, operation, irp),
            OperationKind.Bind => Bind(world, a, socket, irp),
            OperationKind.Listen => () => world.Call("WskListen", socket, irp),
            OperationKind.Accept => () => world.Call("WskAccept", socket, 0, 0, 0, 0, 0, irp),
            OperationKind.Connect => () => world.Call("WskConnect", socket, address, 0, irp),
            OperationKind.SocketConnect => SocketConnect(world, a, target, address, irp),
            OperationKind.Send => Transfer(world, a, "WskSend", socket, irp),
            OperationKind.Receive => Transfer(world, a, "WskReceive", socket, irp),
            OperationKind.Disconnect => () => world.Call("WskDisconnect", socket, 0, 0, irp),
            OperationKind.Abort => () => world.Call("WskDisconnect", socket, 0, WSK_FLAG_ABORTIVE, irp),
            OperationKind.SendTo => SendTo(world, a, socket, address, irp),
            OperationKind.ReceiveFrom => ReceiveFrom(world, a, socket, irp),
            OperationKind.LocalAddress => Address(world, a, "WskGetLocalAddress", socket, irp),
            OperationKind.RemoteAddress => Address(world, a, "WskGetRemoteAddress", socket, irp),
            OperationKind.SetReuse => SetOption(world, a, SO_REUSEADDR, socket, irp),
            OperationKind.SetExclusive => SetOption(world, a, SO_EXCLUSIVEADDRUSE, socket, irp),
            OperationKind.Cancel => () => Cancel(a),
            OperationKind.Close => () => world.Call("WskCloseSocket", socket, irp),
            OperationKind.WrongTable => WrongTable(world, a, socket, irp),
            OperationKind.WithoutIrp => () => world.Call("WskCloseSocket", socket, 0),
            OperationKind.AfterClose => Address(world, a, "WskGetLocalAddress", socket, irp),
            _ => throw new InvalidOperationException($"{operation.Kind} is no call"),
        };
    }

    /// <summary>What the data of a finished receive must be; null, or what is wrong.</summary>
    public static string? FindProblemInData(Attempt a)
    {
        var isReceive = a.Operation.Kind is OperationKind.Receive or OperationKind.ReceiveFrom;
        if (!isReceive || !a.IsSeen || a.Buffer is null)
            return null;
        var contents = a.Buffer.Contents;
        var bytes = a.Status == NTSTATUS.STATUS_SUCCESS ? (int)a.Information : 0;
        if (bytes > contents.Length)
            return $"{a}: more bytes than the buffer has";
        return contents.AsSpan(0, bytes).ContainsAnyExcept(Sent)
            ? $"{a}: bytes that were not sent"
            : null;
    }

    private static Func<NTSTATUS> Open(ModelWorld world, Operation operation, ulong irp)
    {
        var opened = Opened(operation.Variant);
        return OpenAs(world, opened.IsV6 ? AF_INET6 : AF_INET, opened.IsUdp, Flag(opened.Category), irp);
    }

    private static Func<NTSTATUS> OpenAs(ModelWorld world, ulong family, bool isUdp, uint flag, ulong irp)
    {
        ulong type = isUdp ? SOCK_DGRAM : SOCK_STREAM;
        ulong protocol = isUdp ? IPPROTO_UDP : IPPROTO_TCP;
        return () => world.Call(
            "WskSocket", world.Client, family, type, protocol, flag, 0, 0, 0, 0, 0, irp);
    }

    private static Func<NTSTATUS> OpenWrongly(ModelWorld world, Operation operation, ulong irp) =>
        (operation.Variant % 4) switch
        {
            0 => OpenAs(world, AF_INET, false, WSK_FLAG_LISTEN_SOCKET | WSK_FLAG_STREAM_SOCKET, irp),
            1 => () => world.Call(
                "WskSocket", world.Client, AF_INET, SOCK_STREAM, 0, WSK_FLAG_CONNECTION_SOCKET, 0, 0, 0, 0, 0,
                irp),
            2 => OpenAs(world, 1, false, WSK_FLAG_CONNECTION_SOCKET, irp),
            _ => () => world.Call(
                "WskSocket", 0, AF_INET, SOCK_STREAM, IPPROTO_TCP, WSK_FLAG_CONNECTION_SOCKET, 0, 0, 0, 0, 0,
                irp),
        };

    private static Func<NTSTATUS> Bind(ModelWorld world, Attempt a, nuint socket, ulong irp)
    {
        var form = FormOf(a.Operation);
        var isV6 = a.IsV6 != (form == BindForm.OtherFamily);
        var address = form switch
        {
            BindForm.NoAddress => 0ul,
            BindForm.NotLocal => world.Scratch(a, ModelWorld.NotLocal(isV6)),
            BindForm.Any or BindForm.OtherFamily or BindForm.WithFlags =>
                world.Scratch(a, ModelWorld.Any(isV6, 0)),
            BindForm.AnyFixed => world.Scratch(a, ModelWorld.Any(isV6, world.Port(1))),
            BindForm.LoopbackFixed => world.Scratch(a, ModelWorld.Loopback(isV6, world.Port(1))),
            BindForm.LoopbackOtherFixed => world.Scratch(a, ModelWorld.Loopback(isV6, world.Port(2))),
            _ => world.Scratch(a, ModelWorld.Loopback(isV6, 0)),
        };
        var flags = form == BindForm.WithFlags ? 4ul : 0;
        return () => world.Call("WskBind", socket, address, flags, irp);
    }

    private static Func<NTSTATUS> SocketConnect(
        ModelWorld world, Attempt a, EndpointAddress target, ulong address, ulong irp)
    {
        var local = world.Scratch(a, ModelWorld.Any(target.IsV6, 0), place: 32);
        return () => world.Call(
            "WskSocketConnect", world.Client, SOCK_STREAM, IPPROTO_TCP, local, address, 0, 0, 0, 0, 0, 0,
            irp);
    }

    private static Func<NTSTATUS> Transfer(
        ModelWorld world, Attempt a, string function, nuint socket, ulong irp)
    {
        var isSend = function == "WskSend";
        a.Buffer = NewBuffer(world, isSend ? a.Operation.Amount : ReceiveAmount(a.Operation), isSend);
        ulong buffer = a.Buffer;
        var flags = HasUnknownFlag(a.Operation) ? 0x100ul
            : isSend ? 0
            : HasBothFlags(a.Operation) ? WSK_FLAG_WAITALL | WSK_FLAG_DRAIN
            : WaitsForAll(a.Operation) ? WSK_FLAG_WAITALL
            : Drains(a.Operation) ? WSK_FLAG_DRAIN
            : 0;
        return () => world.Call(function, socket, buffer, flags, irp);
    }

    private static Func<NTSTATUS> SendTo(ModelWorld world, Attempt a, nuint socket, ulong address, ulong irp)
    {
        a.Buffer = NewBuffer(world, a.Operation.Amount, isFilled: true);
        ulong buffer = a.Buffer;
        var remote = HasNoAddress(a.Operation) ? 0 : address;
        return () => world.Call("WskSendTo", socket, buffer, 0, remote, 0, 0, irp);
    }

    private static Func<NTSTATUS> ReceiveFrom(ModelWorld world, Attempt a, nuint socket, ulong irp)
    {
        a.Buffer = NewBuffer(world, a.Operation.Amount, isFilled: false);
        ulong buffer = a.Buffer;
        return () => world.Call("WskReceiveFrom", socket, buffer, 0, 0, 0, 0, 0, irp);
    }

    private static Func<NTSTATUS> Address(
        ModelWorld world, Attempt a, string function, nuint socket, ulong irp)
    {
        var output = world.Scratch(a, default);
        return () => world.Call(function, socket, output, irp);
    }

    private static Func<NTSTATUS> SetOption(ModelWorld world, Attempt a, uint option, nuint socket, ulong irp)
    {
        var input = world.Scratch(a, default);
        GuestMemory.Write((nuint)input, IsOn(a.Operation) ? 1u : 0u);
        return () => world.Call(
            "WskControlSocket", socket, (ulong)WSK_CONTROL_SOCKET_TYPE.WskSetOption, option, SOL_SOCKET,
            sizeof(uint), input, 0, 0, 0, irp);
    }

    // Each foreign function has its IRP at a place of its own; what stands before it is never looked at.
    private static Func<NTSTATUS> WrongTable(ModelWorld world, Attempt a, nuint socket, ulong irp)
    {
        var function = Foreign((ModelCategory)a.Operation.Amount);
        return function == "WskReceiveFrom"
            ? () => world.Call(function, socket, 0, 0, 0, 0, 0, 0, irp)
            : () => world.Call(function, socket, 0, 0, irp);
    }

    private static NTSTATUS Cancel(Attempt a)
    {
        a.Cancelled!.Irp!.Cancel();
        return NTSTATUS.STATUS_SUCCESS;
    }

    private static TestBuffer NewBuffer(ModelWorld world, int lengthBytes, bool isFilled)
    {
        if (lengthBytes == 0)
            return new TestBuffer(world.Executive, 0);
        var buffer = new TestBuffer(world.Executive, 0, lengthBytes);
        if (isFilled)
        {
            var contents = new byte[lengthBytes];
            Array.Fill(contents, Sent);
            buffer.Write(contents);
        }
        return buffer;
    }

    private static uint Flag(ModelCategory category) => category switch
    {
        ModelCategory.Basic => WSK_FLAG_BASIC_SOCKET,
        ModelCategory.Listen => WSK_FLAG_LISTEN_SOCKET,
        ModelCategory.Connection => WSK_FLAG_CONNECTION_SOCKET,
        ModelCategory.Datagram => WSK_FLAG_DATAGRAM_SOCKET,
        _ => WSK_FLAG_STREAM_SOCKET,
    };
}
