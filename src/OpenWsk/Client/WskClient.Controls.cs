// What a client asks the provider for by WskControlClient: the transports and their changes. It knows nothing
// about sockets.
using System.Runtime.CompilerServices;
using OpenWsk.Abi;
using static OpenWsk.Abi.WskConstants;

namespace OpenWsk;

public sealed partial class WskClient
{
    /// <summary>The provider's transport list (WSK_TRANSPORT_LIST_QUERY).</summary>
    public IReadOnlyList<WskTransport> GetTransports()
    {
        var returned = Executive.Heap.Allocate(sizeof(ulong));
        nuint list = 0;
        try
        {
            var status = Control(WSK_TRANSPORT_LIST_QUERY, 0, 0, 0, 0, returned);
            while (status == NTSTATUS.STATUS_BUFFER_OVERFLOW)
            {
                var bytes = GuestMemory.Read<ulong>(returned);
                if (list != 0)
                    Executive.Heap.Free(list);
                list = Executive.Heap.Allocate((int)bytes);
                status = Control(WSK_TRANSPORT_LIST_QUERY, 0, 0, list, bytes, returned);
            }
            if (!status.IsSuccess())
                throw new WskException("WskControlClient", status);
            var count = (int)(GuestMemory.Read<ulong>(returned) / (ulong)Unsafe.SizeOf<WSK_TRANSPORT>());
            return [.. Enumerable.Range(0, count).Select(index => ReadTransport(list, index))];
        }
        finally
        {
            Executive.Heap.Free(returned);
            if (list != 0)
                Executive.Heap.Free(list);
        }
    }

    /// <summary>Waits until the transport list changes (WSK_TRANSPORT_LIST_CHANGE).</summary>
    public ValueTask WaitForTransportChangeAsync(CancellationToken cancellation = default)
    {
        if (cancellation.IsCancellationRequested)
            return ValueTask.FromCanceled(cancellation);
        var operation = Operations.Rent();
        ReadOnlySpan<ulong> arguments =
            [Client, WSK_TRANSPORT_LIST_CHANGE, 0, 0, 0, 0, 0, operation.Irp];
        return new ValueTask(operation, Start(
            operation, "WskControlClient", Dispatch.WskControlClient, arguments, new SocketCreation(this),
            cancellation));
    }

    private NTSTATUS Control(
        uint code, nuint input, int inputBytes, nuint output, ulong outputBytes, nuint returned)
    {
        var isOpen = _gate.TryEnter();
        ObjectDisposedException.ThrowIf(!isOpen, this);
        try
        {
            return (NTSTATUS)(uint)Executive.Code.Call(
                Dispatch.WskControlClient,
                [Client, code, (ulong)inputBytes, input, outputBytes, output, returned, 0]);
        }
        finally
        {
            _gate.Leave();
        }
    }

    private static WskTransport ReadTransport(nuint list, int index)
    {
        ref var transport = ref new GuestPtr<WSK_TRANSPORT>(list).At(index).Value;
        return new WskTransport(transport.AddressFamily, transport.SocketType, transport.Protocol);
    }
}
