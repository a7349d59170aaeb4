// Whether the system's socket of a stream may serve another stream when this one is reset: it was made on its
// dispatcher's thread and was asked for nothing but to connect, so that nothing of this stream is left in it
// (no address, option, filter, byte or operation). A socket that has served does only that, too: whoever
// wants more of it gets a new one. It knows nothing about where such sockets are kept: SpareSockets.cs.
using OpenWsk.Abi;

namespace OpenWsk.Net.Host;

internal abstract partial class DescriptorStream
{
    // Nothing but connecting was asked of the socket. Under the lock.
    private bool _isPlain;

    // It has served another stream, and this one has not begun to connect.
    private bool _isSpare;

    // Makes the system's socket, or takes one that has served.
    private Errno OpenDescriptor()
    {
        _isPlain = IsOnDispatcher;
        _isSpare = _isPlain && Spares.TryTake(_family, out _descriptor);
        return _isSpare ? Errno.None : OpenNew(out _descriptor);
    }

    private Errno OpenNew(out int descriptor)
    {
        var error = Descriptors.Open(LinuxAddress.FamilyOf(_family), Descriptors.Stream, out descriptor);
        if (error == Errno.None && _family == WskConstants.AF_INET6)
        {
            // Windows' default; the other way is an option.
            Descriptors.Set(descriptor, Descriptors.Ipv6, Descriptors.Ipv6Only, 1);
        }
        return error;
    }

    /// <summary>
    /// The descriptor, for something else than to connect. If there is no room for a new one, the one that
    /// has served has to do: all that may be left in it is the error of its reset, which the next connect
    /// clears.
    /// </summary>
    private protected int Claimed()
    {
        _isPlain = false;
        if (_isSpare)
        {
            _isSpare = false;
            if (OpenNew(out var descriptor) == Errno.None)
            {
                Descriptors.Close(_descriptor);
                _descriptor = descriptor;
            }
        }
        return _descriptor;
    }

    /// <summary>Keeps the socket of a connection that has just been reset and is with nobody else.</summary>
    private protected bool TryKeepSpare(int descriptor) =>
        _isPlain && IsOnDispatcher && Spares.TryKeep(_family, descriptor);
}
