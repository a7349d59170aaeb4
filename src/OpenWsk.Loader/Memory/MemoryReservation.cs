// Address space without a promise of memory behind it, for blocks with guards.
// It knows nothing about guards: see LightGuardPages.cs and ProtectedGuardPages.cs.
namespace OpenWsk.Loader;

/// <summary>Reserves ranges of addresses.</summary>
internal static class MemoryReservation
{
    /// <summary>A range whose pages allow that; 0 when the host has none to give.</summary>
    public static nuint TryMap(nuint lengthBytes, int access)
    {
        try
        {
            return Interop.Map(
                0,
                lengthBytes,
                access,
                Interop.MapPrivate | Interop.MapAnonymous | Interop.MapNoReserve);
        }
        catch (OutOfMemoryException)
        {
            return 0;
        }
    }
}
