// A pair of keys, or the public one alone, of RSA, ECDSA or ECDH, and the secret that two of them agree on.
// .NET computes. A pair of curves is made of the world's entropy, so a simulated world repeats it; those of
// RSA, and the signatures of both, use the host's own random numbers.
// It knows nothing about blobs (KeyPairBlobs.cs) or handles.
using System.Security.Cryptography;
using OpenWsk.Ports;

namespace OpenWsk.Kernel;

/// <summary>One pair.</summary>
internal sealed class CryptoKeyPair(CryptoAlgorithm algorithm, uint bits) : CryptoObject(algorithm)
{
    private AsymmetricAlgorithm? _pair;

    /// <summary>Length of the key. Units: bits.</summary>
    public uint Bits { get; private set; } = bits;

    public bool HasPrivate { get; private set; }

    /// <summary>Whether it has been made: before that it has only a length.</summary>
    public bool IsFinal => _pair is not null;

    public RSA? Rsa => _pair as RSA;

    public ECDsa? Ecdsa => _pair as ECDsa;

    public ECDiffieHellman? Agreement => _pair as ECDiffieHellman;

    /// <summary>Length of a signature. Units: bytes.</summary>
    public int SignatureBytes => Rsa is { } rsa ? rsa.KeySize / 8 : 2 * Algorithm.CurveBytes;

    /// <summary>Makes the pair.</summary>
    /// <remarks>Errors: CryptographicException for a length that the host cannot make.</remarks>
    public void Make(IEntropy entropy)
    {
        if (Algorithm.CurveBytes == 0)
            _pair = RSA.Create((int)Bits);
        else
            MakeCurve(entropy);
        HasPrivate = true;
    }

    /// <summary>Takes a key of RSA.</summary>
    public void Take(in RSAParameters key)
    {
        _pair = RSA.Create(key);
        (Bits, HasPrivate) = ((uint)Rsa!.KeySize, key.D is not null);
    }

    /// <summary>Takes a key of a curve.</summary>
    public void Take(in ECParameters key)
    {
        _pair = Algorithm.Kind == CryptoKind.Signature ? ECDsa.Create(key) : ECDiffieHellman.Create(key);
        HasPrivate = key.D is not null;
    }

    public ECParameters CurveParameters() => _pair is ECDsa ecdsa
        ? ecdsa.ExportParameters(HasPrivate)
        : Agreement!.ExportParameters(HasPrivate);

    public override void Dispose()
    {
        _pair?.Dispose();
        base.Dispose();
    }

    // Any number below the curve's order is a key; of random ones all but the rarest are.
    private void MakeCurve(IEntropy entropy)
    {
        var number = new byte[Algorithm.CurveBytes];
        for (var tries = 0; ; tries++)
        {
            entropy.Fill(number);
            // The order of P-521 has 521 bits, the bytes have 528.
            if (Bits % 8 != 0)
                number[0] &= (byte)((1 << (int)(Bits % 8)) - 1);
            try
            {
                Take(new ECParameters { Curve = Algorithm.Curve, D = number });
                return;
            }
            catch (CryptographicException) when (tries < 100)
            {
                // Not below the order: the next number.
            }
        }
    }
}

/// <summary>What two parties agree on.</summary>
internal sealed class CryptoSecret(CryptoAlgorithm algorithm, byte[] secret) : CryptoObject(algorithm)
{
    /// <summary>The number, its most significant byte first.</summary>
    public ReadOnlySpan<byte> Bytes => secret;

    public override void Dispose()
    {
        CryptographicOperations.ZeroMemory(secret);
        base.Dispose();
    }
}
