// The handles of BCrypt in one world: addresses in guest memory, and the pseudo handles that stand for an
// algorithm without opening it. It knows nothing about what algorithms do. Next: BcryptHashRoutines.cs,
// BcryptCipherRoutines.cs.
namespace OpenWsk.Kernel;

/// <summary>BCrypt's objects by handle.</summary>
internal sealed class CryptoService(Executive executive)
{
    // A handle is the address of a block of ours, so that a driver's wild handle meets nothing of value.
    private const int HandleBytes = 16;

    // Pseudo handles of bcrypt.h: sixteen apart, the low digit is one.
    private static readonly Dictionary<ulong, CryptoProvider> s_pseudo = MakePseudoHandles();
    private readonly AddressLedger<Entry> _objects = new();

    /// <summary>Gives an object a handle.</summary>
    public nuint Open(CryptoObject target)
    {
        var handle = executive.Heap.Allocate(HandleBytes);
        Invariant.That(_objects.TryAdd(handle, new Entry(target)));
        return handle;
    }

    /// <summary>The object behind a handle; null for another kind or none.</summary>
    public T? Find<T>(nuint handle) where T : CryptoObject
    {
        if (typeof(T) == typeof(CryptoProvider) && s_pseudo.TryGetValue(handle, out var pseudo))
            return pseudo as T;
        if (!_objects.TryGet(handle, out var entry) || entry.Target is not T found)
            return null;
        var irql = executive.CurrentThread.Irql;
        if (irql > Irql.Passive && !found.IsForDispatch)
            executive.Breach(
                "IRQL", $"a BCrypt handle of {found.Algorithm.Name} was used at {Irql.Name(irql)}, but its "
                + "algorithm was opened without BCRYPT_PROV_DISPATCH");
        return found;
    }

    /// <summary>Ends a handle; false when it is none of that kind.</summary>
    public bool Close<T>(nuint handle) where T : CryptoObject
    {
        if (!_objects.TryGet(handle, out var entry) || entry.Target is not T)
            return false;
        if (!_objects.TryRemove(handle, out entry))
            return false;
        entry.Target.Dispose();
        executive.Heap.TryFree(handle);
        return true;
    }

    /// <summary>Handles that nobody has closed.</summary>
    public IEnumerable<Leftover> CollectLeftovers() => _objects.Snapshot()
        .GroupBy(o => $"BCrypt {KindOf(o.Value.Target)}")
        .OrderBy(g => g.Key, StringComparer.Ordinal)
        .Select(g => new Leftover(
            g.Key, g.Count(), 0, string.Join(", ", g.Select(o => o.Value.Target.Algorithm.Name).Distinct())));

    private static string KindOf(CryptoObject target) => target switch
    {
        CryptoHash => "hash",
        CryptoKey or CryptoKeyPair => "key",
        CryptoSecret => "secret",
        _ => "algorithm",
    };

    private static Dictionary<ulong, CryptoProvider> MakePseudoHandles()
    {
        var all = new Dictionary<ulong, CryptoProvider>();
        string[] hashes = ["MD5", "SHA1", "SHA256", "SHA384", "SHA512"];
        for (var i = 0; i < hashes.Length; i++)
        {
            Add(all, 0x21 + (ulong)(i * 16), hashes[i], false);
            Add(all, 0x91 + (ulong)(i * 16), hashes[i], true);
        }
        Add(all, 0x81, "RNG", false);
        Add(all, 0xE1, "RSA", false);
        Add(all, 0x101, CryptoAlgorithm.Cmac, true);
        string[] curves = ["P256", "P384", "P521"];
        for (var i = 0; i < curves.Length; i++)
        {
            Add(all, 0x2A1 + (ulong)(i * 16), "ECDH_" + curves[i], false);
            Add(all, 0x2E1 + (ulong)(i * 16), "ECDSA_" + curves[i], false);
        }
        Add(all, 0x1A1, CryptoAlgorithm.Aes, false, CryptoAlgorithm.ModeCbc);
        Add(all, 0x1B1, CryptoAlgorithm.Aes, false, CryptoAlgorithm.ModeEcb);
        Add(all, 0x1D1, CryptoAlgorithm.Aes, false, CryptoAlgorithm.ModeCcm);
        Add(all, 0x1E1, CryptoAlgorithm.Aes, false, CryptoAlgorithm.ModeGcm);
        Add(all, 0x331, CryptoAlgorithm.Pbkdf2, false);
        Add(all, 0x391, CryptoAlgorithm.Hkdf, false);
        Add(all, 0x3A1, CryptoAlgorithm.ChaCha, false);
        return all;
    }

    private static void Add(
        Dictionary<ulong, CryptoProvider> all, ulong handle, string name, bool isKeyed, string? mode = null)
    {
        if (CryptoAlgorithm.Find(name) is not { } algorithm)
            return;
        all.Add(handle, new CryptoProvider(algorithm)
        {
            IsKeyed = isKeyed,
            IsForDispatch = true,
            Mode = mode ?? algorithm.DefaultMode,
        });
    }

    private readonly record struct Entry(CryptoObject Target);
}
