// Guards by mprotect. Each open range is a mapping of its own and splits another, and a process that has used
// up its mappings loses the runtime with the next one it needs; so there is a budget for the process, far
// below the host's limit. It knows nothing about blocks. Newer hosts have LightGuardPages.cs.
using System.Globalization;
using OpenWsk.Kernel;
using OpenWsk.Ports;

namespace OpenWsk.Loader;

/// <summary>Guards that every Linux has.</summary>
internal sealed class ProtectedGuardPages(int opensMax) : IGuardPages
{
    private const string LimitFile = "/proc/sys/vm/max_map_count";
    private const int UsualLimit = 65530;

    // For the runtime, its libraries and everything that is not ours.
    private const int KeptFree = 16384;

    // An open range and the rest of the reservation behind it.
    private const int MappingsPerOpen = 2;
    private readonly Lock _gate = new();
    private readonly Dictionary<nuint, Reservation> _reservations = [];
    private int _opens;

    public ProtectedGuardPages() : this(Math.Max(0, ReadLimit() - KeptFree) / MappingsPerOpen)
    {
    }

    public string Method => "mprotect";

    public nuint TryReserve(nuint lengthBytes, bool isExecutable)
    {
        var address = GuestRegion.TryMap(lengthBytes, Interop.ProtNone);
        if (address == 0)
            return 0;
        lock (_gate)
            _reservations.Add(address, new Reservation(lengthBytes, isExecutable));
        return address;
    }

    public void Release(nuint address, nuint lengthBytes)
    {
        lock (_gate)
        {
            _opens -= _reservations[address].Opens;
            _reservations.Remove(address);
        }
        GuestRegion.Unmap(address, lengthBytes);
    }

    public bool TryOpen(nuint address, nuint lengthBytes)
    {
        lock (_gate)
        {
            var reservation = Find(address);
            var access = Interop.ProtRead | Interop.ProtWrite
                | (reservation.IsExecutable ? Interop.ProtExecute : 0);
            if (_opens == opensMax || !Interop.TryProtect(address, lengthBytes, access))
                return false;
            _opens++;
            reservation.Opens++;
            return true;
        }
    }

    public void Guard(nuint address, nuint lengthBytes)
    {
        lock (_gate)
        {
            var isGuarded = Interop.TryAdvise(address, lengthBytes, Interop.AdviceDontNeed)
                && Interop.TryProtect(address, lengthBytes, Interop.ProtNone);
            Invariant.That(isGuarded);
            _opens--;
            Find(address).Opens--;
        }
    }

    private static int ReadLimit()
    {
        try
        {
            return int.Parse(File.ReadAllText(LimitFile), CultureInfo.InvariantCulture);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or FormatException)
        {
            return UsualLimit;
        }
    }

    private Reservation Find(nuint address)
    {
        foreach (var (start, reservation) in _reservations)
        {
            if (address - start < reservation.LengthBytes)
                return reservation;
        }
        throw new InvalidOperationException($"0x{(ulong)address:x} was not reserved");
    }

    private sealed class Reservation(nuint lengthBytes, bool isExecutable)
    {
        public nuint LengthBytes { get; } = lengthBytes;

        public bool IsExecutable { get; } = isExecutable;

        public int Opens { get; set; }
    }
}
