// Keys of RSA and of curves as the blobs of bcrypt.h: BCRYPT_RSAKEY_BLOB and BCRYPT_ECCKEY_BLOB with the
// numbers behind them, most significant byte first. It knows nothing about handles or guest memory.
using System.Buffers.Binary;
using System.Numerics;
using System.Security.Cryptography;

namespace OpenWsk.Kernel;

/// <summary>Reads and writes blobs.</summary>
internal static class KeyPairBlobs
{
    public const string RsaPublic = "RSAPUBLICBLOB";
    public const string RsaPrivate = "RSAPRIVATEBLOB";
    public const string RsaFull = "RSAFULLPRIVATEBLOB";
    public const string CurvePublic = "ECCPUBLICBLOB";
    public const string CurvePrivate = "ECCPRIVATEBLOB";
    private const uint Rsa1 = 0x31415352;
    private const uint Rsa2 = 0x32415352;
    private const uint Rsa3 = 0x33415352;
    private const int RsaHeaderBytes = 24;
    private const int CurveHeaderBytes = 8;
    private const uint NumberMaxBytes = 2048;

    /// <summary>Gives a pair the key of a blob; false when the blob is none of that kind.</summary>
    /// <remarks>Errors: CryptographicException for numbers that are no key.</remarks>
    public static bool TryRead(CryptoKeyPair pair, string kind, ReadOnlySpan<byte> blob) => kind switch
    {
        RsaPublic => TryReadRsa(pair, Rsa1, blob),
        RsaPrivate => TryReadRsa(pair, Rsa2, blob),
        RsaFull => TryReadRsa(pair, Rsa3, blob),
        CurvePublic => TryReadCurve(pair, isPrivate: false, blob),
        CurvePrivate => TryReadCurve(pair, isPrivate: true, blob),
        _ => false,
    };

    /// <summary>Whether an algorithm has keys of that kind.</summary>
    public static bool IsKindOf(CryptoAlgorithm algorithm, string kind) => algorithm.CurveBytes == 0
        ? kind is RsaPublic or RsaPrivate or RsaFull
        : kind is CurvePublic or CurvePrivate;

    /// <summary>The blob of a pair; null when it has no private key and one is asked for.</summary>
    public static byte[]? Write(CryptoKeyPair pair, string kind)
    {
        var isPublic = kind is RsaPublic or CurvePublic;
        if (!isPublic && !pair.HasPrivate)
            return null;
        if (pair.Rsa is { } rsa)
            return WriteRsa(rsa.ExportParameters(!isPublic), kind);
        var key = pair.CurveParameters();
        return
        [
            .. Word(MagicOf(pair.Algorithm, !isPublic)), .. Word((uint)pair.Algorithm.CurveBytes),
            .. key.Q.X!, .. key.Q.Y!, .. isPublic ? [] : key.D!,
        ];
    }

    private static byte[] WriteRsa(in RSAParameters key, string kind)
    {
        uint Length(byte[]? number) => kind == RsaPublic ? 0 : (uint)(number?.Length ?? 0);
        byte[] head =
        [
            .. Word(kind switch { RsaPublic => Rsa1, RsaPrivate => Rsa2, _ => Rsa3 }),
            .. Word((uint)key.Modulus!.Length * 8), .. Word((uint)key.Exponent!.Length),
            .. Word((uint)key.Modulus.Length), .. Word(Length(key.P)), .. Word(Length(key.Q)),
            .. key.Exponent, .. key.Modulus,
        ];
        return kind switch
        {
            RsaPublic => head,
            RsaPrivate => [.. head, .. key.P!, .. key.Q!],
            _ => [.. head, .. key.P!, .. key.Q!, .. key.DP!, .. key.DQ!, .. key.InverseQ!, .. key.D!],
        };
    }

    private static bool TryReadRsa(CryptoKeyPair pair, uint magic, ReadOnlySpan<byte> blob)
    {
        if (blob.Length < RsaHeaderBytes || Word(blob) != magic)
            return false;
        Span<uint> lengths = stackalloc uint[4];
        ulong total = RsaHeaderBytes;
        for (var i = 0; i < lengths.Length; i++)
        {
            lengths[i] = Word(blob[(8 + 4 * i)..]);
            if (lengths[i] > NumberMaxBytes)
                return false;
            total += i >= 2 && magic == Rsa1 ? 0 : lengths[i];
        }
        if (total > (ulong)blob.Length || lengths[0] == 0 || lengths[1] == 0
            || (magic != Rsa1 && (lengths[2] == 0 || lengths[3] == 0)))
            return false;
        var rest = blob[RsaHeaderBytes..];
        var key = new RSAParameters
        {
            Exponent = Take(ref rest, lengths[0]),
            Modulus = Take(ref rest, lengths[1]),
        };
        // What a blob leaves out follows from the primes.
        if (magic != Rsa1 && !TryComplete(ref key, Take(ref rest, lengths[2]), Take(ref rest, lengths[3])))
            return false;
        pair.Take(key);
        return true;
    }

    private static bool TryComplete(ref RSAParameters key, byte[] first, byte[] second)
    {
        var (p, q, e) = (Number(first), Number(second), Number(key.Exponent!));
        if (p <= 2 || q <= 2 || e <= 1 || p * q != Number(key.Modulus!)
            || !BigInteger.GreatestCommonDivisor(e, (p - 1) * (q - 1)).IsOne
            || !BigInteger.GreatestCommonDivisor(p, q).IsOne)
            return false;
        var d = Inverse(e, (p - 1) * (q - 1));
        var half = (key.Modulus!.Length + 1) / 2;
        key.P = Bytes(p, half);
        key.Q = Bytes(q, half);
        key.D = Bytes(d, key.Modulus.Length);
        key.DP = Bytes(d % (p - 1), half);
        key.DQ = Bytes(d % (q - 1), half);
        key.InverseQ = Bytes(Inverse(q, p), half);
        return new[] { key.P, key.Q, key.D, key.DP, key.DQ, key.InverseQ }.All(n => n.Length != 0);
    }

    private static bool TryReadCurve(CryptoKeyPair pair, bool isPrivate, ReadOnlySpan<byte> blob)
    {
        var length = (uint)pair.Algorithm.CurveBytes;
        if (blob.Length < CurveHeaderBytes + length * (isPrivate ? 3 : 2)
            || Word(blob) != MagicOf(pair.Algorithm, isPrivate) || Word(blob[4..]) != length)
            return false;
        var rest = blob[CurveHeaderBytes..];
        var point = new ECPoint { X = Take(ref rest, length), Y = Take(ref rest, length) };
        // A private key may come without its point, which follows from it.
        var hasPoint = point.X.Any(b => b != 0) || point.Y.Any(b => b != 0);
        pair.Take(new ECParameters
        {
            Curve = pair.Algorithm.Curve,
            Q = isPrivate && !hasPoint ? default : point,
            D = isPrivate ? Take(ref rest, length) : null,
        });
        return true;
    }

    // "ECS1" to "ECS6" for signatures and "ECK1" to "ECK6" for agreement: public and private of each curve.
    private static uint MagicOf(CryptoAlgorithm algorithm, bool isPrivate)
    {
        var kind = algorithm.Kind == CryptoKind.Signature ? 'S' : 'K';
        var curve = algorithm.CurveBytes switch { 32 => 0, 48 => 2, _ => 4 };
        return 'E' | (uint)'C' << 8 | (uint)kind << 16 | (uint)('1' + curve + (isPrivate ? 1 : 0)) << 24;
    }

    private static byte[] Take(ref ReadOnlySpan<byte> rest, uint length)
    {
        var taken = rest[..(int)length].ToArray();
        rest = rest[(int)length..];
        return taken;
    }

    private static BigInteger Number(byte[] bytes) => new(bytes, isUnsigned: true, isBigEndian: true);

    // Empty when it needs more bytes than it may have.
    private static byte[] Bytes(BigInteger number, int length)
    {
        var bytes = number.ToByteArray(isUnsigned: true, isBigEndian: true);
        return bytes.Length > length ? [] : [.. new byte[length - bytes.Length], .. bytes];
    }

    // Euclid's way; the two have no common divisor.
    private static BigInteger Inverse(BigInteger value, BigInteger modulus)
    {
        var (a, b, x, y) = (value % modulus, modulus, BigInteger.One, BigInteger.Zero);
        while (!a.IsZero)
        {
            var quotient = b / a;
            (a, b) = (b - quotient * a, a);
            (x, y) = (y - quotient * x, x);
        }
        return (y % modulus + modulus) % modulus;
    }

    private static uint Word(ReadOnlySpan<byte> bytes) => BinaryPrimitives.ReadUInt32LittleEndian(bytes);

    private static byte[] Word(uint value) => BitConverter.GetBytes(value);
}
