// Symmetric keys: made of bytes or of a blob, copied, given out, destroyed; the last two for pairs too.
// It knows nothing about encryption: BcryptCipherRoutines.cs. Next: BcryptPairRoutines.cs.
using System.Security.Cryptography;
using OpenWsk.Abi;

namespace OpenWsk.Kernel;

/// <summary>Key routines of BCrypt.</summary>
public static class BcryptKeyRoutines
{
    private const string KeyDataBlob = "KeyDataBlob";

    // BCRYPT_KEY_DATA_BLOB_HEADER: magic, version, length of the key.
    private const uint BlobMagic = 0x4D42444B;
    private const uint BlobVersion = 1;
    private const int BlobHeaderBytes = 12;

    // A secret of no cipher has no length of its own; this is more than any protocol has.
    private const uint SecretMaxBytes = 1 << 20;

    /// <summary>Makes a key of its bytes.</summary>
    /// <remarks>
    /// Errors: STATUS_INVALID_HANDLE; STATUS_INVALID_PARAMETER for a length that the algorithm has not;
    /// STATUS_BUFFER_TOO_SMALL when there is an object buffer shorter than ObjectLength.
    /// Owns: the caller destroys the key.
    /// </remarks>
    [Export(Libraries.Cng, SupportLevel.Full, MaxIrql = Irql.Dispatch)]
    public static NTSTATUS BCryptGenerateSymmetricKey(
        Executive executive,
        nuint hAlgorithm,
        GuestPtr<nuint> phKey,
        nuint pbKeyObject,
        uint cbKeyObject,
        nuint pbSecret,
        uint cbSecret,
        uint dwFlags)
    {
        if (executive.Crypto.Find<CryptoProvider>(hAlgorithm) is not
            { Algorithm.Kind: CryptoKind.Cipher or CryptoKind.Derivation } provider)
            return NTSTATUS.STATUS_INVALID_HANDLE;
        if (phKey.IsNull || dwFlags != 0 || !CryptoBuffers.TrySpan(pbSecret, cbSecret, out var secret))
            return NTSTATUS.STATUS_INVALID_PARAMETER;
        if (pbKeyObject != 0 && cbKeyObject < BcryptPropertyRoutines.ObjectBytes)
            return NTSTATUS.STATUS_BUFFER_TOO_SMALL;
        return Open(executive, provider, secret, phKey);
    }

    /// <summary>Makes a key of a blob.</summary>
    /// <remarks>
    /// Errors: STATUS_NOT_SUPPORTED for another kind of blob; STATUS_INVALID_PARAMETER for a damaged one;
    /// those of BCryptGenerateSymmetricKey.
    /// </remarks>
    [Export(Libraries.Cng, SupportLevel.Partial, MaxIrql = Irql.Dispatch, Note = "BCRYPT_KEY_DATA_BLOB only")]
    public static NTSTATUS BCryptImportKey(
        Executive executive,
        nuint hAlgorithm,
        nuint hImportKey,
        nuint pszBlobType,
        GuestPtr<nuint> phKey,
        nuint pbKeyObject,
        uint cbKeyObject,
        nuint pbInput,
        uint cbInput,
        uint dwFlags)
    {
        if (executive.Crypto.Find<CryptoProvider>(hAlgorithm) is not
            { Algorithm.Kind: CryptoKind.Cipher } provider)
            return NTSTATUS.STATUS_INVALID_HANDLE;
        if (hImportKey != 0 || CryptoBuffers.Name(pszBlobType) != KeyDataBlob)
            return NTSTATUS.STATUS_NOT_SUPPORTED;
        if (phKey.IsNull || dwFlags != 0 || cbInput < BlobHeaderBytes
            || !CryptoBuffers.TrySpan(pbInput, cbInput, out var blob)
            || GuestMemory.Read<uint>(pbInput) != BlobMagic
            || GuestMemory.Read<uint>(pbInput + 4) != BlobVersion)
            return NTSTATUS.STATUS_INVALID_PARAMETER;
        var length = GuestMemory.Read<uint>(pbInput + 8);
        if (length > (uint)(blob.Length - BlobHeaderBytes))
            return NTSTATUS.STATUS_INVALID_PARAMETER;
        if (pbKeyObject != 0 && cbKeyObject < BcryptPropertyRoutines.ObjectBytes)
            return NTSTATUS.STATUS_BUFFER_TOO_SMALL;
        return Open(executive, provider, blob.Slice(BlobHeaderBytes, (int)length), phKey);
    }

    /// <summary>Gives a key out as a blob; without a buffer only its length is told.</summary>
    /// <remarks>Errors: STATUS_NOT_SUPPORTED; STATUS_BUFFER_TOO_SMALL; STATUS_INVALID_HANDLE.</remarks>
    [Export(Libraries.Cng, SupportLevel.Partial, MaxIrql = Irql.Dispatch,
        Note = "key data, RSA and ECC blobs")]
    public static NTSTATUS BCryptExportKey(
        Executive executive,
        nuint hKey,
        nuint hExportKey,
        nuint pszBlobType,
        nuint pbOutput,
        uint cbOutput,
        GuestPtr<uint> pcbResult,
        uint dwFlags)
    {
        if (executive.Crypto.Find<CryptoKeyPair>(hKey) is { IsFinal: true } pair)
            return ExportPair(
                pair, hExportKey, CryptoBuffers.Name(pszBlobType), pbOutput, cbOutput, pcbResult);
        if (executive.Crypto.Find<CryptoKey>(hKey) is not { } key)
            return NTSTATUS.STATUS_INVALID_HANDLE;
        if (hExportKey != 0 || CryptoBuffers.Name(pszBlobType) != KeyDataBlob
            || key.Algorithm.Kind != CryptoKind.Cipher)
            return NTSTATUS.STATUS_NOT_SUPPORTED;
        if (dwFlags != 0)
            return NTSTATUS.STATUS_INVALID_PARAMETER;
        byte[] blob =
        [
            .. BitConverter.GetBytes(BlobMagic), .. BitConverter.GetBytes(BlobVersion),
            .. BitConverter.GetBytes(key.Secret.Length), .. key.Secret,
        ];
        return CryptoBuffers.Put(blob, pbOutput, cbOutput, pcbResult);
    }

    /// <summary>Makes a second key like the first.</summary>
    /// <remarks>Errors: STATUS_INVALID_HANDLE; STATUS_BUFFER_TOO_SMALL; STATUS_INVALID_PARAMETER.</remarks>
    [Export(Libraries.Cng, SupportLevel.Full, MaxIrql = Irql.Dispatch)]
    public static NTSTATUS BCryptDuplicateKey(
        Executive executive,
        nuint hKey,
        GuestPtr<nuint> phNewKey,
        nuint pbKeyObject,
        uint cbKeyObject,
        uint dwFlags)
    {
        if (executive.Crypto.Find<CryptoKey>(hKey) is not { } key)
            return NTSTATUS.STATUS_INVALID_HANDLE;
        if (phNewKey.IsNull || dwFlags != 0)
            return NTSTATUS.STATUS_INVALID_PARAMETER;
        if (pbKeyObject != 0 && cbKeyObject < BcryptPropertyRoutines.ObjectBytes)
            return NTSTATUS.STATUS_BUFFER_TOO_SMALL;
        phNewKey.Value = executive.Crypto.Open(key.Copy());
        return NTSTATUS.STATUS_SUCCESS;
    }

    /// <summary>Ends a key; its bytes are wiped.</summary>
    /// <remarks>Errors: STATUS_INVALID_HANDLE.</remarks>
    [Export(Libraries.Cng, SupportLevel.Full, MaxIrql = Irql.Dispatch)]
    public static NTSTATUS BCryptDestroyKey(Executive executive, nuint hKey) =>
        executive.Crypto.Close<CryptoKey>(hKey) || executive.Crypto.Close<CryptoKeyPair>(hKey)
            ? NTSTATUS.STATUS_SUCCESS
            : NTSTATUS.STATUS_INVALID_HANDLE;

    private static NTSTATUS ExportPair(
        CryptoKeyPair pair, nuint exportKey, string kind, nuint output, uint room, GuestPtr<uint> length) =>
        exportKey != 0 || !KeyPairBlobs.IsKindOf(pair.Algorithm, kind) ? NTSTATUS.STATUS_NOT_SUPPORTED
        : KeyPairBlobs.Write(pair, kind) is { } blob ? CryptoBuffers.Put(blob, output, room, length)
        : NTSTATUS.STATUS_INVALID_PARAMETER;

    private static NTSTATUS Open(
        Executive executive, CryptoProvider provider, ReadOnlySpan<byte> secret, GuestPtr<nuint> place)
    {
        var isCipher = provider.Algorithm.Kind == CryptoKind.Cipher;
        var isAllowed = isCipher
            ? provider.Algorithm.AllowsKey((uint)secret.Length * 8)
            : secret.Length <= SecretMaxBytes;
        if (!isAllowed)
            return NTSTATUS.STATUS_INVALID_PARAMETER;
        place.Value = executive.Crypto.Open(new CryptoKey(provider.Algorithm, secret)
        {
            IsForDispatch = provider.IsForDispatch,
            Mode = provider.Mode,
        });
        return NTSTATUS.STATUS_SUCCESS;
    }
}
