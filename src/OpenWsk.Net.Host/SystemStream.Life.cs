// The lives of a stream: its object may become another stream when it is closed and given back. Then every
// field that says something about a stream is set here, in one place, as a new object has it; items that a
// stream posts to itself stay its own. A test dirties all fields and compares. It knows nothing about which
// streams serve again: DescriptorStream.Life.cs.
using OpenWsk.Abi;
using OpenWsk.Ports;

namespace OpenWsk.Net.Host;

internal abstract partial class SystemStream
{
    /// <summary>
    /// Whether nothing of the closed stream is under way, and no thread but the one that made it ever came
    /// near it. Under the lock.
    /// </summary>
    private protected bool IsThrough =>
        _gate.IsHomeOnly && _state == StreamState.Closed && !IsToldBroken && _listener is null
        && _attempt is null && _disconnect is null && _sends.IsEmpty && !_isIdealPosted
        && !_isFinCheckPosted;

    /// <summary>Forgets the stream that it was, all but its family and owner; under the lock.</summary>
    private protected virtual void ForgetLife()
    {
        _state = StreamState.Idle;
        _failure = NTSTATUS.STATUS_SUCCESS;
        _idealSendBacklog = 0;
        _isIdealPosted = false;
        _bound = _local = RemoteAddress = default;
        _isShared = _isPortDeferred = _isFinSent = _isAccepted = false;
        _bindFailure = NTSTATUS.STATUS_SUCCESS;
        _attempt = null;
        _isSocketClosed = false;
        _disconnect = null;
        _finCheckNs = FirstFinCheckNs;
        _isFinCheckPosted = false;
        _listener = null;
        _options = null;
        _sends = default;
        _isUndelayed = false;
        _segment = _offset = 0;
        _isSilent = false;
    }

    /// <summary>Is the socket of a connection that a listener has accepted.</summary>
    private protected void BeginAccepted(
        SystemStream listener, in EndpointAddress local, in EndpointAddress remote)
    {
        _family = listener._family;
        InheritOptions(listener);
        _bound = _local = local;
        RemoteAddress = remote;
        _state = StreamState.Connected;
        _isAccepted = true;
    }
}
