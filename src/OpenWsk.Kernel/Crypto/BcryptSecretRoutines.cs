// Secrets that two parties agree on, and keys derived from them. It knows nothing about how pairs of keys
// come to be: BcryptPairRoutines.cs.
using System.Security.Cryptography;
using System.Text;
using OpenWsk.Abi;

namespace OpenWsk.Kernel;

/// <summary>Secret agreement routines of BCrypt.</summary>
public static class BcryptSecretRoutines
{
    private const uint HashAlgorithm = 0;
    private const uint Prepended = 1;
    private const uint Appended = 2;
    private const uint HmacKey = 3;
    private const uint UseSecretAsHmacKey = 1;

    /// <summary>Makes the secret of one's own pair and another's public key.</summary>
    /// <remarks>
    /// Errors: STATUS_INVALID_HANDLE when one is no such key; STATUS_INVALID_PARAMETER when their curves
    /// differ. Owns: the caller destroys the secret.
    /// </remarks>
    [Export(Libraries.Cng, SupportLevel.Full, MaxIrql = Irql.Passive)]
    public static NTSTATUS BCryptSecretAgreement(
        Executive executive, nuint hPrivKey, nuint hPubKey, GuestPtr<nuint> phAgreedSecret, uint dwFlags)
    {
        if (executive.Crypto.Find<CryptoKeyPair>(hPrivKey) is not
                { HasPrivate: true, Agreement: { } own } pair
            || executive.Crypto.Find<CryptoKeyPair>(hPubKey) is not { Agreement: { } other } peer)
            return NTSTATUS.STATUS_INVALID_HANDLE;
        if (phAgreedSecret.IsNull || dwFlags != 0 || !ReferenceEquals(pair.Algorithm, peer.Algorithm))
            return NTSTATUS.STATUS_INVALID_PARAMETER;
        using var key = other.PublicKey;
        phAgreedSecret.Value = executive.Crypto.Open(
            new CryptoSecret(pair.Algorithm, own.DeriveRawSecretAgreement(key)));
        return NTSTATUS.STATUS_SUCCESS;
    }

    /// <summary>Ends a secret; its bytes are wiped.</summary>
    /// <remarks>Errors: STATUS_INVALID_HANDLE.</remarks>
    [Export(Libraries.Cng, SupportLevel.Full, MaxIrql = Irql.Passive)]
    public static NTSTATUS BCryptDestroySecret(Executive executive, nuint hSecret) =>
        executive.Crypto.Close<CryptoSecret>(hSecret)
            ? NTSTATUS.STATUS_SUCCESS
            : NTSTATUS.STATUS_INVALID_HANDLE;

    /// <summary>Derives a key from a secret; without a buffer only its length is told.</summary>
    /// <remarks>
    /// Errors: STATUS_INVALID_HANDLE; STATUS_NOT_SUPPORTED for another function; STATUS_INVALID_PARAMETER.
    /// A buffer that is shorter than the key gets its beginning.
    /// </remarks>
    [Export(Libraries.Cng, SupportLevel.Partial, MaxIrql = Irql.Passive, Note = "HASH, HMAC and TRUNCATE")]
    public static NTSTATUS BCryptDeriveKey(
        Executive executive, nuint hSharedSecret, nuint pwszKDF, nuint pParameterList, nuint pbDerivedKey,
        uint cbDerivedKey, GuestPtr<uint> pcbResult, uint dwFlags)
    {
        if (executive.Crypto.Find<CryptoSecret>(hSharedSecret) is not { } secret)
            return NTSTATUS.STATUS_INVALID_HANDLE;
        if (pcbResult.IsNull || (dwFlags & ~UseSecretAsHmacKey) != 0
            || !BcryptDerivationRoutines.TryReadParameters(pParameterList, out var parameters))
            return NTSTATUS.STATUS_INVALID_PARAMETER;
        byte[]? derived = [];
        switch (CryptoBuffers.Name(pwszKDF))
        {
            case "TRUNCATE":
                // The number itself, its least significant byte first.
                derived = secret.Bytes.ToArray();
                Array.Reverse(derived);
                break;
            case "HASH":
                derived = Hash(secret, parameters, null);
                break;
            case "HMAC":
                var key = (dwFlags & UseSecretAsHmacKey) != 0 ? secret.Bytes.ToArray()
                    : parameters.GetValueOrDefault(HmacKey, []);
                derived = Hash(secret, parameters, key);
                break;
            default:
                return NTSTATUS.STATUS_NOT_SUPPORTED;
        }
        if (derived is null)
            return NTSTATUS.STATUS_INVALID_PARAMETER;
        if (pbDerivedKey != 0 && cbDerivedKey < (uint)derived.Length)
            derived = derived[..(int)cbDerivedKey];
        return CryptoBuffers.Put(derived, pbDerivedKey, cbDerivedKey, pcbResult);
    }

    private static byte[]? Hash(CryptoSecret secret, Dictionary<uint, byte[]> parameters, byte[]? key)
    {
        // SHA-1 unless the caller says otherwise, as the page of BCryptDeriveKey has it.
        var name = parameters.TryGetValue(HashAlgorithm, out var text)
            ? Encoding.Unicode.GetString(text).TrimEnd('\0') : "SHA1";
        if (CryptoAlgorithm.Find(name) is not { Kind: CryptoKind.Hash, IsAlwaysKeyed: false } algorithm)
            return null;
        using var hash = key is null
            ? IncrementalHash.CreateHash(algorithm.HashName)
            : IncrementalHash.CreateHMAC(algorithm.HashName, key);
        hash.AppendData(parameters.GetValueOrDefault(Prepended, []));
        hash.AppendData(secret.Bytes);
        hash.AppendData(parameters.GetValueOrDefault(Appended, []));
        return hash.GetHashAndReset();
    }
}
