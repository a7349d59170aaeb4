// How a stream lives in its ring: a slot from its first operation to its end, a word to the ring's thread
// when another thread wants something of it, and the descriptor, which must outlive every operation on it: a
// number that is closed too early may be somebody else's when the kernel looks. It knows nothing about
// bytes.
using OpenWsk.Net.Host;
using OpenWsk.Net.Uring.Interop;
using OpenWsk.Net.Uring.Ring;
using OpenWsk.Ports;

namespace OpenWsk.Net.Uring.Streams;

internal sealed partial class UringStream : IRingTarget
{
    private const int ReceiveKind = 1;
    private const int SendKind = 2;

    // Given and taken on the ring's thread, under the lock.
    private int _slot = -1;

    private bool _isReceiving;
    private bool _isSending;

    // Closed as soon as nothing of the stream is in the ring.
    private int _closing = -1;
    private KickItem? _kick;
    private bool _isKicked;

    private bool IsInRing => _isReceiving || _isSending;

    /// <summary>Posts an item to the stream's dispatcher.</summary>
    internal void Scheduled(DispatchItem item) => Scheduler.Post(item);

    public void OnCompletion(int kind, int result, uint flags, bool isLast)
    {
        if (kind == ReceiveKind)
        {
            OnReceived(result, flags, isLast);
        }
        else
        {
            OnSent(result);
        }
    }

    private protected override void Deliver(DispatchItem item)
    {
        if (!_loop.TryRunSoon(item))
        {
            Scheduler.Post(item);
        }
    }

    private protected override void CloseSocket(bool isReset)
    {
        var descriptor = ReleaseDescriptor();
        if (_connecting is not null)
        {
            // The answer that this brings about closes the descriptor. Until then it keeps its address, which
            // the next attempt, or another socket, may have at once.
            _connecting = null;
            Descriptors.Set(descriptor, Descriptors.SolSocket, Descriptors.SoReuseAddr, 1);
            Descriptors.Reset(descriptor);
            return;
        }
        var resets = isReset || (IsInRing && _isSilent);
        if (resets && Descriptors.Reset(descriptor) && _slot < 0 && TryKeepSpare(descriptor))
        {
            return;
        }
        if (IsInRing)
        {
            _closing = descriptor;
        }
        else if (_listener is not UringListener listener || !listener.TryKeepDescriptor())
        {
            Descriptors.Close(descriptor);
        }
        DropReceived();
    }

    private protected override void OnClosed()
    {
        DropReceived();

        // Without a slot there is nothing to leave: sends that wait are then seen to by a kick under way.
        if (IsInRing || _slot < 0)
        {
            return;
        }
        if (_loop.IsHere)
        {
            LeaveRing();
        }
        else
        {
            Kick();
        }
    }

    // Under the lock, when an operation has left the ring.
    private void LeaveRing()
    {
        if (IsInRing)
        {
            return;
        }
        if (_closing >= 0)
        {
            Descriptors.Close(_closing);
            _closing = -1;
        }
        if (_state == StreamState.Closed && _slot >= 0)
        {
            _loop.Remove(_slot);
            _slot = -1;
        }
        EndLife();
    }

    // Has the ring's thread look at what the stream wants. Under the lock.
    private void Kick()
    {
        if (!_isKicked)
        {
            _isKicked = true;
            Scheduler.Post(_kick ??= new KickItem(this) { Processor = Processor });
        }
    }

    private void OnKicked()
    {
        using (_gate.Enter())
        {
            _isKicked = false;
            if (_state != StreamState.Connected)
            {
                if (!_isSending)
                {
                    CancelSends();
                }
                LeaveRing();
                return;
            }
            if (_isReceiveWanted)
            {
                StartReceive();
            }
            GiveSendUpInKernel();
            if (!_isSending)
            {
                ContinueSends();
            }
        }
    }

    private int NeedSlot() => _slot >= 0 ? _slot : _slot = _loop.Add(this);

    private sealed class KickItem(UringStream stream) : DispatchItem
    {
        public override void Run() => stream.OnKicked();
    }
}
