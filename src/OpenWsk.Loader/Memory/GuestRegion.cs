// Where everything lies that a driver has pointers to: its image, stacks, pool and structures. One range of
// addresses, reserved once, far from the runtime's memory, with margins that no displacement of an
// instruction reaches across: a driver that computes an address wrong from a right one hits guest memory or
// faults, and the runtime stays whole. It knows nothing about what lies in it: Arena.cs, the guard pages and
// ThreadBlock take ranges.
namespace OpenWsk.Loader;

/// <summary>The addresses of guest memory.</summary>
internal static class GuestRegion
{
    // A reservation costs a number: 128 TB are there. What does not fit lies elsewhere, as without a region.
    private const ulong RegionBytes = 256UL << 30;

    // An instruction reaches 2 GB from its base register.
    private const ulong MarginBytes = 4UL << 30;
    private const ulong UsableBytes = RegionBytes - 2 * MarginBytes;
    private const uint GapBytes = 64 << 10;
    private const int Reserved = Interop.MapPrivate | Interop.MapAnonymous | Interop.MapNoReserve;
    private static readonly Lock s_gate = new();
    private static readonly Dictionary<nuint, Stack<nuint>> s_freed = [];
    private static readonly nuint s_start = Reserve();
    private static nuint s_next = s_start;

    /// <summary>
    /// A range of fresh memory whose pages allow that access; 0 when the host has none to give. Units: bytes.
    /// </summary>
    public static nuint TryMap(nuint lengthBytes, int access)
    {
        var address = Take(Arena.PageUp(lengthBytes));
        try
        {
            return Interop.Map(
                address, lengthBytes, access, address == 0 ? Reserved : Reserved | Interop.MapFixed);
        }
        catch (OutOfMemoryException)
        {
            if (address != 0)
                Give(address, Arena.PageUp(lengthBytes));
            return 0;
        }
    }

    /// <summary>A range that must be there.</summary>
    /// <remarks>Errors: OutOfMemoryException.</remarks>
    public static nuint Map(nuint lengthBytes, int access)
    {
        var address = TryMap(lengthBytes, access);
        return address != 0 ? address
            : throw new OutOfMemoryException($"no 0x{lengthBytes:x} bytes of addresses for guest memory");
    }

    /// <summary>Gives a whole range back; its addresses fault until another gets them.</summary>
    public static void Unmap(nuint address, nuint lengthBytes)
    {
        if (!Contains(address))
        {
            Interop.Unmap(address, lengthBytes);
            return;
        }
        Interop.Map(address, Arena.PageUp(lengthBytes), Interop.ProtNone, Reserved | Interop.MapFixed);
        Give(address, Arena.PageUp(lengthBytes));
    }

    private static bool Contains(nuint address) => s_start != 0 && address - s_start < UsableBytes;

    // 0: wherever the host likes.
    private static nuint Take(nuint lengthBytes)
    {
        lock (s_gate)
        {
            if (s_freed.TryGetValue(lengthBytes, out var freed) && freed.TryPop(out var again))
                return again;
            if (s_start == 0 || lengthBytes + GapBytes > s_start + unchecked((nuint)UsableBytes) - s_next)
                return 0;
            var address = s_next;
            s_next += lengthBytes + GapBytes;
            return address;
        }
    }

    private static void Give(nuint address, nuint lengthBytes)
    {
        lock (s_gate)
        {
            if (!s_freed.TryGetValue(lengthBytes, out var freed))
                s_freed[lengthBytes] = freed = new Stack<nuint>();
            freed.Push(address);
        }
    }

    private static nuint Reserve()
    {
        try
        {
            return unchecked(
                Interop.Map(0, (nuint)RegionBytes, Interop.ProtNone, Reserved) + (nuint)MarginBytes);
        }
        catch (OutOfMemoryException)
        {
            // A host that limits addresses (RLIMIT_AS): guest memory lies beside the runtime's.
            return 0;
        }
    }
}
