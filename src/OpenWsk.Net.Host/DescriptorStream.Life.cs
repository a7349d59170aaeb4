// How the object of a stream becomes another stream: its owner gives it back when it is closed, and it serves
// again as soon as nothing of it is in its dispatcher's loop and no item of it is posted. Only where no
// thread but the dispatcher's ever came near it: so nobody can be in a call on it. What is told about the
// stream that was finds nobody. It knows nothing about where streams wait: SpareStreams.cs.
using OpenWsk.Ports;

namespace OpenWsk.Net.Host;

internal abstract partial class DescriptorStream
{
    private bool _isGivenBack;

    /// <summary>The dispatcher's streams that have served.</summary>
    private protected abstract SpareStreams SpareStreams { get; }

    /// <summary>Whether nothing of the closed stream is under way in its loop. Under the lock.</summary>
    private protected abstract bool IsOutOfLoop { get; }

    public sealed override void GiveBack()
    {
        using (_gate.Enter())
        {
            _isGivenBack = true;
            EndLife();
        }
    }

    /// <summary>Has a new stream serve again, if only its dispatcher's thread comes near it.</summary>
    public DescriptorStream BeginHome()
    {
        if (IsOnDispatcher)
        {
            using (_gate.Enter())
            {
                _gate.BeginHome();
            }
        }
        return this;
    }

    /// <summary>Becomes another stream, idle and without a socket of the system.</summary>
    public DescriptorStream BeginNext(ushort family, IStreamEvents? events)
    {
        using (_gate.Enter())
        {
            ForgetLife();
            _family = family;
            _events = events;
            _gate.BeginHome();
        }
        return this;
    }

    /// <summary>Becomes the socket of a connection that a listener has accepted.</summary>
    public DescriptorStream BeginNextAccepted(
        SystemStream listener, int descriptor, in EndpointAddress local, in EndpointAddress remote)
    {
        using (_gate.Enter())
        {
            ForgetLife();
            _events = null;
            BeginAccepted(listener, local, remote);
            BeginAccepted(descriptor);
            _gate.BeginHome();
        }
        return this;
    }

    /// <summary>Serves again from now on, if all of the stream is over. Under the lock.</summary>
    private protected void EndLife()
    {
        if (_isGivenBack && IsThrough && IsOutOfLoop && _eventsDue == 0 && IsOnDispatcher
            && SpareStreams.TryKeep(this))
        {
            _isGivenBack = false;
        }
    }

    private protected override void ForgetLife()
    {
        base.ForgetLife();
        _isGivenBack = false;
        _descriptor = -1;
        _handle = null;
        _isPlain = _isSpare = false;
        _isPeerDone = false;
        _arms = _eventsDue = 0;
    }

    private void BeginAccepted(int descriptor)
    {
        _descriptor = descriptor;

        // On Windows an accepted connection does not keep the next listener from the port.
        SetReuse(isAllowed: true);
    }
}
