// Pairs of keys: made, taken from blobs, and what signs and verifies with them. Giving out and destroying is
// in BcryptKeyRoutines.cs, as for symmetric keys; agreeing on a secret in BcryptSecretRoutines.cs. It knows
// nothing about the mathematics: CryptoKeyPair.cs.
using System.Security.Cryptography;
using OpenWsk.Abi;

namespace OpenWsk.Kernel;

/// <summary>Key pair routines of BCrypt.</summary>
public static class BcryptPairRoutines
{
    private const uint PadPkcs1 = 2;
    private const uint PadOaep = 4;
    private const uint PadPss = 8;
    private const uint NoKeyValidation = 8;

    /// <summary>Begins a pair of keys; BCryptFinalizeKeyPair makes it.</summary>
    /// <remarks>
    /// Errors: STATUS_INVALID_HANDLE; STATUS_INVALID_PARAMETER for a length that the algorithm has not.
    /// Owns: the caller destroys the key.
    /// </remarks>
    [Export(Libraries.Cng, SupportLevel.Full, MaxIrql = Irql.Passive)]
    public static NTSTATUS BCryptGenerateKeyPair(
        Executive executive, nuint hAlgorithm, GuestPtr<nuint> phKey, uint dwLength, uint dwFlags)
    {
        if (FindAlgorithm(executive, hAlgorithm) is not { } algorithm)
            return NTSTATUS.STATUS_INVALID_HANDLE;
        // The length of a curve may be left out.
        var bits = dwLength == 0 && algorithm.CurveBytes != 0 ? algorithm.KeyBits.Min : dwLength;
        if (phKey.IsNull || dwFlags != 0 || !algorithm.AllowsKey(bits))
            return NTSTATUS.STATUS_INVALID_PARAMETER;
        phKey.Value = executive.Crypto.Open(new CryptoKeyPair(algorithm, bits));
        return NTSTATUS.STATUS_SUCCESS;
    }

    /// <summary>Makes a pair of keys that was begun.</summary>
    /// <remarks>Errors: STATUS_INVALID_HANDLE, also for one that is made; STATUS_INVALID_PARAMETER.</remarks>
    [Export(Libraries.Cng, SupportLevel.Full, MaxIrql = Irql.Passive)]
    public static NTSTATUS BCryptFinalizeKeyPair(Executive executive, nuint hKey, uint dwFlags)
    {
        if (executive.Crypto.Find<CryptoKeyPair>(hKey) is not { } pair)
            return NTSTATUS.STATUS_INVALID_HANDLE;
        lock (pair.Gate)
        {
            if (pair.IsFinal)
                return NTSTATUS.STATUS_INVALID_HANDLE;
            if (dwFlags != 0)
                return NTSTATUS.STATUS_INVALID_PARAMETER;
            pair.Make(executive.Entropy);
            return NTSTATUS.STATUS_SUCCESS;
        }
    }

    /// <summary>Makes a key, or a pair, of a blob.</summary>
    /// <remarks>
    /// Errors: STATUS_INVALID_HANDLE; STATUS_NOT_SUPPORTED for a blob of another algorithm;
    /// STATUS_INVALID_PARAMETER for a damaged one.
    /// </remarks>
    [Export(Libraries.Cng, SupportLevel.Partial, MaxIrql = Irql.Passive,
        Note = "RSA public, private and full private blobs; ECC public and private blobs")]
    public static NTSTATUS BCryptImportKeyPair(
        Executive executive, nuint hAlgorithm, nuint hImportKey, nuint pszBlobType, GuestPtr<nuint> phKey,
        nuint pbInput, uint cbInput, uint dwFlags)
    {
        if (FindAlgorithm(executive, hAlgorithm) is not { } algorithm)
            return NTSTATUS.STATUS_INVALID_HANDLE;
        var kind = CryptoBuffers.Name(pszBlobType);
        if (hImportKey != 0 || !KeyPairBlobs.IsKindOf(algorithm, kind))
            return NTSTATUS.STATUS_NOT_SUPPORTED;
        if (phKey.IsNull || (dwFlags & ~NoKeyValidation) != 0
            || !CryptoBuffers.TrySpan(pbInput, cbInput, out var blob))
            return NTSTATUS.STATUS_INVALID_PARAMETER;
        var pair = new CryptoKeyPair(algorithm, algorithm.KeyBits.Min);
        try
        {
            if (!KeyPairBlobs.TryRead(pair, kind, blob.ToArray()) || !algorithm.AllowsKey(pair.Bits))
                return NTSTATUS.STATUS_INVALID_PARAMETER;
        }
        catch (CryptographicException)
        {
            // The numbers are no key: a point beside its curve, or one that is too small.
            return NTSTATUS.STATUS_INVALID_PARAMETER;
        }
        phKey.Value = executive.Crypto.Open(pair);
        return NTSTATUS.STATUS_SUCCESS;
    }

    /// <summary>Signs a hash; without an output buffer only the signature's length is told.</summary>
    /// <remarks>
    /// Errors: STATUS_INVALID_HANDLE for a key that is no pair's or is public; STATUS_BUFFER_TOO_SMALL;
    /// STATUS_INVALID_PARAMETER for a hash of another length or padding that is none.
    /// </remarks>
    [Export(Libraries.Cng, SupportLevel.Full, MaxIrql = Irql.Passive)]
    public static NTSTATUS BCryptSignHash(
        Executive executive, nuint hKey, nuint pPaddingInfo, nuint pbInput, uint cbInput, nuint pbOutput,
        uint cbOutput, GuestPtr<uint> pcbResult, uint dwFlags)
    {
        if (executive.Crypto.Find<CryptoKeyPair>(hKey) is not { HasPrivate: true, Agreement: null } pair)
            return NTSTATUS.STATUS_INVALID_HANDLE;
        if (pcbResult.IsNull || !CryptoBuffers.TrySpan(pbInput, cbInput, out var hash))
            return NTSTATUS.STATUS_INVALID_PARAMETER;
        pcbResult.Value = (uint)pair.SignatureBytes;
        if (pbOutput == 0)
            return NTSTATUS.STATUS_SUCCESS;
        if (cbOutput < (uint)pair.SignatureBytes)
            return NTSTATUS.STATUS_BUFFER_TOO_SMALL;
        try
        {
            var signature = pair.Ecdsa is { } ecdsa ? ecdsa.SignHash(hash.ToArray())
                : TryPadding(pPaddingInfo, dwFlags, out var name, out var padding)
                    ? pair.Rsa!.SignHash(hash.ToArray(), name, padding)
                    : null;
            return signature is null ? NTSTATUS.STATUS_INVALID_PARAMETER
                : CryptoBuffers.Put(signature, pbOutput, cbOutput, pcbResult);
        }
        catch (CryptographicException)
        {
            return NTSTATUS.STATUS_INVALID_PARAMETER;
        }
    }

    /// <summary>Whether a signature is that of a hash by a key.</summary>
    /// <remarks>
    /// Errors: STATUS_INVALID_SIGNATURE; STATUS_INVALID_HANDLE; STATUS_INVALID_PARAMETER for padding that is
    /// none.
    /// </remarks>
    [Export(Libraries.Cng, SupportLevel.Full, MaxIrql = Irql.Passive)]
    public static NTSTATUS BCryptVerifySignature(
        Executive executive, nuint hKey, nuint pPaddingInfo, nuint pbHash, uint cbHash, nuint pbSignature,
        uint cbSignature, uint dwFlags)
    {
        if (executive.Crypto.Find<CryptoKeyPair>(hKey) is not { IsFinal: true, Agreement: null } pair)
            return NTSTATUS.STATUS_INVALID_HANDLE;
        if (!CryptoBuffers.TrySpan(pbHash, cbHash, out var hash)
            || !CryptoBuffers.TrySpan(pbSignature, cbSignature, out var signature))
            return NTSTATUS.STATUS_INVALID_PARAMETER;
        var isRight = false;
        try
        {
            if (pair.Ecdsa is { } ecdsa)
                isRight = ecdsa.VerifyHash(hash.ToArray(), signature.ToArray());
            else if (TryPadding(pPaddingInfo, dwFlags, out var name, out var padding))
                isRight = pair.Rsa!.VerifyHash(hash.ToArray(), signature.ToArray(), name, padding);
            else
                return NTSTATUS.STATUS_INVALID_PARAMETER;
        }
        catch (CryptographicException)
        {
            // A hash or a signature of a length that cannot be.
        }
        return isRight ? NTSTATUS.STATUS_SUCCESS : NTSTATUS.STATUS_INVALID_SIGNATURE;
    }

    /// <summary>Encrypts or decrypts with a key of RSA.</summary>
    internal static NTSTATUS Transform(
        CryptoKeyPair pair, in CipherCall call, ReadOnlySpan<byte> input, GuestPtr<uint> result)
    {
        if (pair.Rsa is not { } rsa || (!call.IsEncryption && !pair.HasPrivate))
            return NTSTATUS.STATUS_NOT_SUPPORTED;
        if (!TryCipherPadding(call, out var padding))
            return NTSTATUS.STATUS_INVALID_PARAMETER;
        if (call.Output == 0)
        {
            result.Value = (uint)pair.SignatureBytes;
            return NTSTATUS.STATUS_SUCCESS;
        }
        try
        {
            var bytes = call.IsEncryption
                ? rsa.Encrypt(input.ToArray(), padding)
                : rsa.Decrypt(input.ToArray(), padding);
            return CryptoBuffers.Put(bytes, call.Output, call.OutputBytes, result);
        }
        catch (CryptographicException)
        {
            // Too long to encrypt, or nothing that this key has encrypted.
            return NTSTATUS.STATUS_INVALID_PARAMETER;
        }
    }

    private static bool TryCipherPadding(in CipherCall call, out RSAEncryptionPadding padding)
    {
        padding = RSAEncryptionPadding.Pkcs1;
        if (call.Flags == PadPkcs1)
            return true;
        // BCRYPT_OAEP_PADDING_INFO: hash, label, its length. .NET has no labels.
        if (call.Flags != PadOaep || call.PaddingInfo == 0
            || GuestMemory.Read<uint>(call.PaddingInfo + 16) != 0
            || !TryHash(GuestMemory.Read<nuint>(call.PaddingInfo), out var name))
            return false;
        padding = RSAEncryptionPadding.CreateOaep(name);
        return true;
    }

    // BCRYPT_PKCS1_PADDING_INFO: the hash's name. BCRYPT_PSS_PADDING_INFO: that, and the salt's length, which
    // is the hash's here.
    private static bool TryPadding(
        nuint info, uint flags, out HashAlgorithmName name, out RSASignaturePadding padding)
    {
        (name, padding) = (default, RSASignaturePadding.Pkcs1);
        if (info == 0 || flags is not (PadPkcs1 or PadPss)
            || !TryHash(GuestMemory.Read<nuint>(info), out name))
            return false;
        if (flags == PadPss)
            padding = RSASignaturePadding.Pss;
        return flags == PadPkcs1
            || GuestMemory.Read<uint>(info + 8) == CryptoAlgorithm.Find(name.Name!)!.HashBytes;
    }

    private static bool TryHash(nuint text, out HashAlgorithmName name)
    {
        var found = CryptoAlgorithm.Find(CryptoBuffers.Name(text));
        name = found?.HashName ?? default;
        return found is { Kind: CryptoKind.Hash, IsAlwaysKeyed: false };
    }

    private static CryptoAlgorithm? FindAlgorithm(Executive executive, nuint handle) =>
        executive.Crypto.Find<CryptoProvider>(handle) is { Algorithm.IsPair: true } found
            ? found.Algorithm
            : null;
}
