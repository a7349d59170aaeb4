// Sockets of the system that have connected, were reset and serve again: dissolving the association of such a
// socket (connect(2) with AF_UNSPEC) leaves it as socket(2) made it, so a chain of short connections neither
// makes nor closes sockets. Only sockets are kept that were asked for nothing but that; UringStream.Spare.cs
// judges it. Made, kept and taken on the loop's thread only, so they never change their network namespace
// with a thread. It knows nothing about streams.
using OpenWsk.Abi;
using OpenWsk.Net.Uring.Interop;

namespace OpenWsk.Net.Uring;

internal sealed partial class UringLoop
{
    // For each family; enough for chains that run side by side, and some 2 KiB of the system's memory each.
    private const int SparesMax = 32;

    private readonly int[] _spares4 = new int[SparesMax];
    private readonly int[] _spares6 = new int[SparesMax];
    private int _sparesLeft4;
    private int _sparesLeft6;

    /// <summary>Sockets that are kept; on the loop's thread.</summary>
    public int SparesKept => _sparesLeft4 + _sparesLeft6;

    /// <summary>Takes a socket that has served; on the loop's thread.</summary>
    public bool TryTakeSpare(ushort family, out int descriptor)
    {
        ref var left = ref SparesOf(family, out var spares);
        descriptor = left > 0 ? spares[--left] : -1;
        return descriptor >= 0;
    }

    /// <summary>Keeps a socket that is not connected any more; on the loop's thread.</summary>
    /// <returns>False when there are enough, or the loop ends: the caller closes it.</returns>
    public bool TryKeepSpare(ushort family, int descriptor)
    {
        ref var left = ref SparesOf(family, out var spares);
        if (IsEnding || left == SparesMax)
        {
            return false;
        }
        spares[left++] = descriptor;
        return true;
    }

    private ref int SparesOf(ushort family, out int[] spares)
    {
        if (family == WskConstants.AF_INET6)
        {
            spares = _spares6;
            return ref _sparesLeft6;
        }
        spares = _spares4;
        return ref _sparesLeft4;
    }

    private void CloseSpares()
    {
        while (_sparesLeft4 > 0)
        {
            Descriptors.Close(_spares4[--_sparesLeft4]);
        }
        while (_sparesLeft6 > 0)
        {
            Descriptors.Close(_spares6[--_sparesLeft6]);
        }
    }
}
