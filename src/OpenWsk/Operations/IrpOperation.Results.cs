// What the awaiter of an operation gets: nothing, a number, an address, a received datagram, a new socket.
// The answer is read out of the operation's guest memory before the operation is given back. It knows nothing
// about how the call was made.
using System.Net;
using System.Threading.Tasks.Sources;
using OpenWsk.Abi;
using OpenWsk.Ports;

namespace OpenWsk;

internal sealed partial class IrpOperation
    : IValueTaskSource,
        IValueTaskSource<int>,
        IValueTaskSource<IPEndPoint>,
        IValueTaskSource<WskReceivedFrom>,
        IValueTaskSource<WskSocket>,
        IValueTaskSource<WskConnection>
{
    private ManualResetValueTaskSourceCore<IrpOutcome> _core;
    private SocketCreation _creation;
    private WskSocket? _made;

    /// <summary>Called with the outcome before the call counts as over; for this use only.</summary>
    public Action<IrpOutcome>? OnOutcome { get; set; }

    /// <summary>Says whose call it is, and what is made of a new socket in the IRP's Information.</summary>
    public void Expect(in SocketCreation creation) => _creation = creation;

    public ValueTaskSourceStatus GetStatus(short token) => _core.GetStatus(token);

    public void OnCompleted(
        Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags) =>
        _core.OnCompleted(continuation, state, token, flags);

    void IValueTaskSource.GetResult(short token) => End(_core.GetResult(token));

    int IValueTaskSource<int>.GetResult(short token)
    {
        var outcome = _core.GetResult(token);
        End(outcome);
        return (int)outcome.Information;
    }

    IPEndPoint IValueTaskSource<IPEndPoint>.GetResult(short token)
    {
        var outcome = _core.GetResult(token);
        EndpointAddress.TryRead(new GuestPtr<SOCKADDR>(LocalAddress), out var address);
        End(outcome);
        return address.ToIPEndPoint();
    }

    WskReceivedFrom IValueTaskSource<WskReceivedFrom>.GetResult(short token)
    {
        var outcome = _core.GetResult(token);
        var received = outcome.Status.IsSuccess() ? ReadReceived(outcome) : default;
        End(outcome);
        return received;
    }

    WskSocket IValueTaskSource<WskSocket>.GetResult(short token) => TakeSocket(token);

    WskConnection IValueTaskSource<WskConnection>.GetResult(short token) => (WskConnection)TakeSocket(token);

    private WskSocket TakeSocket(short token)
    {
        var (outcome, made) = (_core.GetResult(token), _made);
        End(outcome);
        // The socket came when its client had ended; it is being closed.
        return made ?? throw new ObjectDisposedException(nameof(WskClient));
    }

    private WskReceivedFrom ReadReceived(in IrpOutcome outcome)
    {
        EndpointAddress.TryRead(new GuestPtr<SOCKADDR>(RemoteAddress), out var remote);
        var control = GuestMemory.Span(
            Control, (int)Math.Min(GuestMemory.Read<uint>(ControlLength), ControlBytesMax));
        return new WskReceivedFrom
        {
            Bytes = (int)outcome.Information,
            RemoteAddress = remote,
            Control = ControlMessages.Read(control),
            Flags = (WskDatagramFlags)GuestMemory.Read<uint>(ControlFlags),
        };
    }

    // Gives the operation back and turns a failure into its exception.
    private void End(in IrpOutcome outcome)
    {
        var (call, cancellation, client) = (_call, _cancellation, _creation.Client);
        Abandon();
        if (outcome.Status.IsSuccess())
            return;
        if (outcome.Status == NTSTATUS.STATUS_CANCELLED)
        {
            cancellation.ThrowIfCancellationRequested();
            ObjectDisposedException.ThrowIf(client is { IsEnding: true }, typeof(WskClient));
        }
        throw new WskException(call, outcome.Status);
    }
}
