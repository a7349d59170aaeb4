// One TCP socket of the operating system: its state, its rules and how it ends. The operations are in
// SystemStream.Bind.cs, .Connect.cs, .Listen.cs, .Send.cs and .Disconnect.cs, its next life in .Life.cs; the
// mechanism by which the system is asked is a subclass (SystemStream.Mechanism.cs lists what that must do):
// DescriptorStream.cs on Linux, which waits in epoll or in a ring, HostStream.cs elsewhere. It knows nothing
// about WSK sockets or IRPs. One lock guards it all; under it the system is asked only what does not block,
// and the owner is never called: it hears everything on the dispatcher.
using System.Diagnostics.CodeAnalysis;
using System.Net.Sockets;
using OpenWsk.Abi;
using OpenWsk.Net.Host.Options;
using OpenWsk.Ports;

namespace OpenWsk.Net.Host;

/// <summary>A TCP socket of the host.</summary>
[SuppressMessage("Design", "CA1001", Justification = "Close ends it; that is the port's name for it.")]
internal abstract partial class SystemStream : HostSocket, IStreamSocket
{
    private protected ushort _family;
    private protected readonly Gate _gate = new();

    // Null until an accepted connection is attached.
    private protected IStreamEvents? _events;
    private protected StreamState _state;

    // What ended the connection. The system tells it once, to whichever call comes first, so it is kept here.
    private protected NTSTATUS _failure = NTSTATUS.STATUS_SUCCESS;

    private protected SystemStream(HostTransport transport, ushort family, IStreamEvents events)
        : base(transport)
    {
        _family = family;
        _events = events;
    }

    /// <summary>Makes the socket of a connection that a listener has accepted.</summary>
    private protected SystemStream(
        SystemStream listener, in EndpointAddress local, in EndpointAddress remote)
        : base(listener.Transport)
    {
        BeginAccepted(listener, local, remote);
    }

    private protected enum StreamState
    {
        Idle,
        Connecting,
        Connected,
        Silent,
        Listening,
        Aborted,
        Closed,
    }

    public override bool IsStream => true;

    public override SafeSocketHandle? Handle =>
        _isSocketClosed || _state >= StreamState.Aborted ? null : SystemHandle;

    protected override ISocketEvents? Events => _state == StreamState.Closed ? null : _events;

    public void Attach(IStreamEvents events)
    {
        if (Interlocked.CompareExchange(ref _events, events, null) is not null)
        {
            throw new InvalidOperationException("A stream was attached twice.");
        }
    }

    public void Cancel(TransportOperation operation)
    {
        using (_gate.Enter())
        {
            if (_attempt?.Operation == operation)
            {
                CancelConnect();
            }
            else if (_disconnect == operation)
            {
                CompleteDisconnect(NTSTATUS.STATUS_CANCELLED);
            }
            else if (_sends.First == operation)
            {
                // Some of its bytes may be on their way, so the stream could only go on with a hole in it.
                AbortConnection();
            }
            else if (operation is SendOperation send && TryWithdraw(send))
            {
                Complete(send, NTSTATUS.STATUS_CANCELLED);
            }
        }
    }

    public void Abort()
    {
        using (_gate.Enter())
        {
            AbortConnection();
        }
    }

    public void Close()
    {
        using (_gate.Enter())
        {
            if (_state == StreamState.Closed)
            {
                throw new InvalidOperationException("A stream was closed twice.");
            }
            var isQuiet = _state != StreamState.Connected || IsEndedByBothSides();
            var isOpen = _state != StreamState.Aborted;
            _state = StreamState.Closed;
            _listener?.Close();
            if (isOpen)
            {
                EndSocket(isQuiet);
            }
            OnClosed();
        }
        Transport.Forget(this);
    }

    private protected void AbortConnection()
    {
        if (_state is StreamState.Listening or StreamState.Aborted or StreamState.Closed)
        {
            return;
        }
        RememberLocalAddress();
        _state = StreamState.Aborted;
        EndSocket(isQuiet: false);
        SignalReadable();
    }

    // Completes what is under way and closes the system's socket. A send that the system works on completes
    // when the system has let go of its buffer, which closing brings about (HostStream.Send.cs).
    private void EndSocket(bool isQuiet)
    {
        if (_attempt is not null)
        {
            CompleteConnect(NTSTATUS.STATUS_CANCELLED);
        }
        if (_disconnect is not null)
        {
            CompleteDisconnect(NTSTATUS.STATUS_CANCELLED);
        }
        FreeAddress();
        CloseSocket(isReset: !isQuiet);
    }

    // A process that is being started has copies of our sockets until it runs its own program, and the
    // address would be in use until then.
    private void FreeAddress()
    {
        if (_bound.Family == 0 || _isSocketClosed || !HostSocketOptions.IsLinux)
        {
            return;
        }
        if (_isPortDeferred)
        {
            // A port that connect has chosen is not kept by the socket.
            return;
        }
        SetReuse(isAllowed: true);
        if (_listener is not null)
        {
            StopListening();
        }
    }

    private protected void Complete(TransportOperation operation, NTSTATUS status)
    {
        operation.Status = status;
        operation.Processor = Processor;
        Deliver(operation);
    }

    // Keeps the first thing that went wrong with the connection and returns it.
    private protected NTSTATUS Fail(SocketError error)
    {
        if (_failure == NTSTATUS.STATUS_SUCCESS)
        {
            _failure = HostErrors.ToStatus(error);
            if (HostErrors.IsBroken(error))
            {
                TellBroken();
            }
        }
        return _failure;
    }

    // Status for a call that needs a connection when there is none (any more).
    private protected NTSTATUS WhyNotConnected() => _state switch
    {
        StreamState.Aborted => NTSTATUS.STATUS_CONNECTION_ABORTED,
        StreamState.Closed => NTSTATUS.STATUS_CANCELLED,
        _ => NTSTATUS.STATUS_INVALID_DEVICE_STATE,
    };
}
