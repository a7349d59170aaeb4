// Sending: what the system takes at once is sent from inside the call; what it does not take waits in order,
// the first operation with the system, the others in a list that runs through the operations themselves. It
// knows nothing about MDLs: an operation is segments of memory. Cancelling is in SystemStream.cs.
using OpenWsk.Abi;
using OpenWsk.Ports;

namespace OpenWsk.Net.Host;

internal abstract partial class SystemStream
{
    private protected SendOperation? _sendHead;
    private SendOperation? _sendTail;

    // The system was told to send at once, and the owner has not set its option since.
    private bool _isUndelayed;

    // Progress of the head, or of the send that is just being tried.
    private protected int _segment;
    private protected int _offset;

    public bool Send(SendOperation operation)
    {
        using (_gate.Enter())
        {
            operation.TransportState = null;
            if (_state != StreamState.Connected || _isFinSent || _disconnect is not null)
            {
                operation.Status = _state == StreamState.Connected
                    ? NTSTATUS.STATUS_CONNECTION_DISCONNECTED
                    : WhyNotConnected();
                return true;
            }
            if (operation.IsUndelayed && !_isUndelayed)
            {
                // The system has no such flag for one send. Told so, it sends what it held back as well.
                _isUndelayed = true;
                StopDelay();
            }
            if (_sendTail is not null)
            {
                _sendTail.TransportState = operation;
                _sendTail = operation;
                return false;
            }
            KnowIdealSendBacklog();
            BeginSend();
            operation.Status = Advance(operation);
            if (operation.Status != NTSTATUS.STATUS_PENDING)
            {
                return true;
            }
            _sendHead = _sendTail = operation;
            return false;
        }
    }

    private void BeginSend()
    {
        _segment = 0;
        _offset = 0;
    }

    private protected void ContinueSends()
    {
        while (_sendHead is { } operation)
        {
            var status = Advance(operation);
            if (status == NTSTATUS.STATUS_PENDING)
            {
                return;
            }
            TakeSendHead();
            Complete(operation, status);
            BeginSend();
            if (IsSendBufferDue)
            {
                MeasureIdealSendBacklog(isTold: true);
            }
        }
        if (_disconnect is not null && SendFin() is var outcome && outcome != NTSTATUS.STATUS_PENDING)
        {
            CompleteDisconnect(outcome);
        }
    }

    private protected void CancelSends()
    {
        while (_sendHead is { } operation)
        {
            TakeSendHead();
            Complete(operation, NTSTATUS.STATUS_CANCELLED);
        }
    }

    private void TakeSendHead()
    {
        var head = _sendHead!;
        _sendHead = (SendOperation?)head.TransportState;
        if (_sendHead is null)
        {
            _sendTail = null;
        }
    }

    // Takes out an operation behind the head, which nothing has been sent of.
    private bool TryUnlinkSend(SendOperation operation)
    {
        var previous = _sendHead;
        while (previous is not null && previous.TransportState != operation)
        {
            previous = (SendOperation?)previous.TransportState;
        }
        if (previous is null)
        {
            return false;
        }
        previous.TransportState = operation.TransportState;
        if (_sendTail == operation)
        {
            _sendTail = previous;
        }
        return true;
    }
}
