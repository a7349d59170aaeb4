// The algorithms that BCrypt names and .NET's cryptography has, with the numbers that their properties tell.
// It knows nothing about handles. Next: CryptoObjects.cs for what is made of them.
using System.Security.Cryptography;

namespace OpenWsk.Kernel;

/// <summary>What an algorithm is for; the values are BCRYPT_*_INTERFACE.</summary>
internal enum CryptoKind
{
    Cipher = 1,
    Hash = 2,
    Asymmetric = 3,
    SecretAgreement = 4,
    Signature = 5,
    Random = 6,
    Derivation = 7,
}

/// <summary>One algorithm by its BCrypt name.</summary>
internal sealed class CryptoAlgorithm(string name, CryptoKind kind)
{
    public const string ModeNone = "ChainingModeN/A";
    public const string ModeCbc = "ChainingModeCBC";
    public const string ModeEcb = "ChainingModeECB";
    public const string ModeGcm = "ChainingModeGCM";
    public const string ModeCcm = "ChainingModeCCM";
    public const string Aes = "AES";
    public const string Cmac = "AES-CMAC";
    public const string ChaCha = "CHACHA20_POLY1305";
    public const string Hkdf = "HKDF";
    public const string Pbkdf2 = "PBKDF2";

    private static readonly Dictionary<string, CryptoAlgorithm> s_all = new CryptoAlgorithm[]
    {
        OfHash("MD5", HashAlgorithmName.MD5, 16, 64),
        OfHash("SHA1", HashAlgorithmName.SHA1, 20, 64),
        OfHash("SHA256", HashAlgorithmName.SHA256, 32, 64),
        OfHash("SHA384", HashAlgorithmName.SHA384, 48, 128),
        OfHash("SHA512", HashAlgorithmName.SHA512, 64, 128),
        new(Cmac, CryptoKind.Hash) { HashBytes = CmacHash.BlockBytes, BlockBytes = CmacHash.BlockBytes },
        new(Aes, CryptoKind.Cipher) { BlockBytes = 16, KeyBits = (128, 256, 64), DefaultMode = ModeCbc },
        new(ChaCha, CryptoKind.Cipher) { BlockBytes = 1, KeyBits = (256, 256, 0), DefaultMode = ModeNone },
        new("RSA", CryptoKind.Asymmetric) { KeyBits = (512, 16384, 64) },
        OfCurve("ECDSA_P256", CryptoKind.Signature, 256, ECCurve.NamedCurves.nistP256),
        OfCurve("ECDSA_P384", CryptoKind.Signature, 384, ECCurve.NamedCurves.nistP384),
        OfCurve("ECDSA_P521", CryptoKind.Signature, 521, ECCurve.NamedCurves.nistP521),
        OfCurve("ECDH_P256", CryptoKind.SecretAgreement, 256, ECCurve.NamedCurves.nistP256),
        OfCurve("ECDH_P384", CryptoKind.SecretAgreement, 384, ECCurve.NamedCurves.nistP384),
        OfCurve("ECDH_P521", CryptoKind.SecretAgreement, 521, ECCurve.NamedCurves.nistP521),
        new("RNG", CryptoKind.Random),
        new("FIPS186DSARNG", CryptoKind.Random),
        new("DUALECRNG", CryptoKind.Random),
        new(Hkdf, CryptoKind.Derivation),
        new(Pbkdf2, CryptoKind.Derivation),
    }.ToDictionary(a => a.Name, StringComparer.OrdinalIgnoreCase);

    public string Name { get; } = name;

    public CryptoKind Kind { get; } = kind;

    /// <summary>The hash as .NET names it.</summary>
    public HashAlgorithmName HashName { get; private init; }

    /// <summary>Units: bytes.</summary>
    public int HashBytes { get; private init; }

    /// <summary>Block of the cipher or of the hash. Units: bytes.</summary>
    public int BlockBytes { get; private init; }

    /// <summary>Whether its hashes have a key whatever it is opened with.</summary>
    public bool IsAlwaysKeyed => Name == Cmac;

    /// <summary>The curve of its keys.</summary>
    public ECCurve Curve { get; private init; }

    /// <summary>Length of a number of the curve; 0 without one. Units: bytes.</summary>
    public int CurveBytes { get; private init; }

    /// <summary>Whether its keys are pairs.</summary>
    public bool IsPair =>
        Kind is CryptoKind.Asymmetric or CryptoKind.SecretAgreement or CryptoKind.Signature;

    /// <summary>Lengths of keys: the least, the most, the step.</summary>
    public (uint Min, uint Max, uint Step) KeyBits { get; private init; }

    /// <summary>How a cipher chains unless it is told otherwise.</summary>
    public string DefaultMode { get; private init; } = ModeNone;

    /// <summary>The algorithm of a name; null when there is none.</summary>
    public static CryptoAlgorithm? Find(string name) =>
        s_all.TryGetValue(name, out var found) && (found.Name != ChaCha || ChaCha20Poly1305.IsSupported)
            ? found
            : null;

    /// <summary>Whether the cipher can chain so.</summary>
    public bool HasMode(string mode) => Name == Aes
        ? mode is ModeCbc or ModeEcb or ModeGcm or ModeCcm
        : mode == ModeNone;

    /// <summary>Whether a key may have this many bits.</summary>
    public bool AllowsKey(uint bits) =>
        bits >= KeyBits.Min && bits <= KeyBits.Max
        && (KeyBits.Step == 0 || (bits - KeyBits.Min) % KeyBits.Step == 0);

    private static CryptoAlgorithm OfCurve(string name, CryptoKind kind, uint bits, ECCurve curve) =>
        new(name, kind) { KeyBits = (bits, bits, 0), Curve = curve, CurveBytes = (int)((bits + 7) / 8) };

    private static CryptoAlgorithm OfHash(string name, HashAlgorithmName hash, int bytes, int block) =>
        new(name, CryptoKind.Hash) { HashName = hash, HashBytes = bytes, BlockBytes = block };
}
