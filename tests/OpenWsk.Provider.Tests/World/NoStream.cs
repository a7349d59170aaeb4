// A stream that does nothing and ends nothing, for tests of objects that only hold one. It knows nothing
// about transports.
using OpenWsk.Abi;
using OpenWsk.Ports;

namespace OpenWsk.Provider.Tests;

/// <summary>A stream that nobody asks for anything.</summary>
internal sealed class NoStream : IStreamSocket
{
    public EndpointAddress LocalAddress => default;

    public EndpointAddress RemoteAddress => default;

    public nuint ReceiveBacklogBytes => 0;

    public nuint IdealSendBacklogBytes => 0;

    public NTSTATUS Bind(in EndpointAddress local, bool isShared) => NTSTATUS.STATUS_NOT_SUPPORTED;

    public NTSTATUS SetOption(uint level, uint name, ReadOnlySpan<byte> value) =>
        NTSTATUS.STATUS_NOT_SUPPORTED;

    public NTSTATUS GetOption(uint level, uint name, Span<byte> value, out int bytes)
    {
        bytes = 0;
        return NTSTATUS.STATUS_NOT_SUPPORTED;
    }

    public bool Connect(in EndpointAddress remote, TransportOperation operation) => Refuse(operation);

    public bool Send(SendOperation operation) => Refuse(operation);

    public bool Disconnect(TransportOperation operation) => Refuse(operation);

    public NTSTATUS TryReceive(Span<byte> destination, out int bytes)
    {
        bytes = 0;
        return NTSTATUS.STATUS_PENDING;
    }

    public NTSTATUS Listen(in ListenSettings settings, IListenEvents events, out IListenSocket? listener)
    {
        listener = null;
        return NTSTATUS.STATUS_NOT_SUPPORTED;
    }

    public NTSTATUS BecomeSilent() => NTSTATUS.STATUS_NOT_SUPPORTED;

    public void ArmReceive()
    {
    }

    public void Attach(IStreamEvents events)
    {
    }

    public void Cancel(TransportOperation operation)
    {
    }

    public void Abort()
    {
    }

    public void Close()
    {
    }

    private static bool Refuse(TransportOperation operation)
    {
        operation.Status = NTSTATUS.STATUS_NOT_SUPPORTED;
        return true;
    }
}
