// Sending: what the system takes at once is sent from inside the call; what it does not take waits in order,
// the first operation with the system, the others behind it. It knows nothing about MDLs: an
// operation is segments of memory. Cancelling is in SystemStream.cs.
using OpenWsk.Abi;
using OpenWsk.Ports;

namespace OpenWsk.Net.Host;

internal abstract partial class SystemStream
{
    private protected LinkedQueue<SendOperation> _sends;

    // The system was told to send at once, and the owner has not set its option since.
    private bool _isUndelayed;

    // Progress of the head, or of the send that is just being tried.
    private protected int _segment;
    private protected int _offset;

    public bool Send(SendOperation operation)
    {
        using (_gate.Enter())
        {
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
            if (!_sends.IsEmpty)
            {
                operation.Status = NTSTATUS.STATUS_PENDING;
                _sends.Enqueue(operation);
                OnQueued();
                return false;
            }
            KnowIdealSendBacklog();
            BeginSend();
            operation.Status = Advance(operation);
            if (operation.Status != NTSTATUS.STATUS_PENDING)
            {
                return true;
            }
            _sends.Enqueue(operation);
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
        while (_sends.First is { } operation)
        {
            var status = Advance(operation);
            if (status == NTSTATUS.STATUS_PENDING)
            {
                return;
            }
            EndFirst(status);
        }
        if (_disconnect is not null && SendFin() is var outcome && outcome != NTSTATUS.STATUS_PENDING)
        {
            CompleteDisconnect(outcome);
        }
    }

    /// <summary>Completes the first send; the next one begins.</summary>
    private protected void EndFirst(NTSTATUS status)
    {
        Complete(_sends.Dequeue(), status);
        BeginSend();
        if (IsSendBufferDue)
        {
            MeasureIdealSendBacklog(isTold: true);
        }
    }

    private protected void CancelSends()
    {
        while (!_sends.IsEmpty)
        {
            Complete(_sends.Dequeue(), NTSTATUS.STATUS_CANCELLED);
        }
    }
}
