// Sockets of the system that have connected, were reset and serve again: dissolving the association of such a
// socket (connect(2) with AF_UNSPEC) leaves it as socket(2) made it, so a chain of short connections neither
// makes nor closes sockets. Only sockets are kept that were asked for nothing but that;
// DescriptorStream.Spare.cs judges it. Made, kept and taken on the thread of one dispatcher only, so they
// never change their network namespace with a thread. It knows nothing about streams.
using OpenWsk.Abi;

namespace OpenWsk.Net.Host;

/// <summary>Sockets that a dispatcher keeps; used on its thread.</summary>
internal sealed class SpareSockets
{
    // For each family; enough for chains that run side by side, and some 2 KiB of the system's memory each.
    private const int SparesMax = 32;

    private readonly int[] _spares4 = new int[SparesMax];
    private readonly int[] _spares6 = new int[SparesMax];
    private int _left4;
    private int _left6;
    private bool _isEnded;

    /// <summary>Sockets that are kept.</summary>
    public int Count => _left4 + _left6;

    /// <summary>Takes a socket that has served.</summary>
    public bool TryTake(ushort family, out int descriptor)
    {
        ref var left = ref Of(family, out var spares);
        descriptor = left > 0 ? spares[--left] : -1;
        return descriptor >= 0;
    }

    /// <summary>Keeps a socket that is not connected any more.</summary>
    /// <returns>False when there are enough, or the dispatcher ends: the caller closes it.</returns>
    public bool TryKeep(ushort family, int descriptor)
    {
        ref var left = ref Of(family, out var spares);
        if (_isEnded || left == SparesMax)
        {
            return false;
        }
        spares[left++] = descriptor;
        return true;
    }

    /// <summary>The dispatcher ends: closes all, and keeps none from now on.</summary>
    public void End()
    {
        _isEnded = true;
        while (_left4 > 0)
        {
            Descriptors.Close(_spares4[--_left4]);
        }
        while (_left6 > 0)
        {
            Descriptors.Close(_spares6[--_left6]);
        }
    }

    private ref int Of(ushort family, out int[] spares)
    {
        if (family == WskConstants.AF_INET6)
        {
            spares = _spares6;
            return ref _left6;
        }
        spares = _spares4;
        return ref _left4;
    }
}
