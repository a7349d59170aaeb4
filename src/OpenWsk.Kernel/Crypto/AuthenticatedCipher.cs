// Authenticated encryption in one call: AES-GCM, AES-CCM and ChaCha20-Poly1305 by .NET; calls that are
// chained
// go to GcmChain.cs. It knows nothing about other modes.
using System.Security.Cryptography;
using OpenWsk.Abi;

namespace OpenWsk.Kernel;

/// <summary>Modes that take BCRYPT_AUTHENTICATED_CIPHER_MODE_INFO.</summary>
internal static class AuthenticatedCipher
{
    internal const uint ChainCalls = 0x00000001;
    internal const uint InProgress = 0x00000002;
    internal const int NonceBytes = 12;
    private const uint InfoVersion = 1;

    /// <summary>Encrypts and seals, or opens and decrypts.</summary>
    /// <remarks>
    /// Errors: STATUS_AUTH_TAG_MISMATCH; STATUS_BUFFER_TOO_SMALL; STATUS_NOT_SUPPORTED for chained calls of
    /// other modes than GCM; STATUS_INVALID_PARAMETER for a nonce or tag of a length that the mode has not.
    /// </remarks>
    public static NTSTATUS Run(
        CryptoKey key, in CipherCall call, ReadOnlySpan<byte> input, Span<byte> output, GuestPtr<uint> result)
    {
        var info = new GuestPtr<BCRYPT_AUTHENTICATED_CIPHER_MODE_INFO>(call.PaddingInfo);
        if (!IsWellFormed(info.Value))
            return NTSTATUS.STATUS_INVALID_PARAMETER;
        if (call.Output == 0 && input.Length != 0)
        {
            result.Value = (uint)input.Length;
            return NTSTATUS.STATUS_SUCCESS;
        }
        if (output.Length < input.Length)
        {
            result.Value = (uint)input.Length;
            return NTSTATUS.STATUS_BUFFER_TOO_SMALL;
        }
        output = output[..input.Length];
        NTSTATUS status;
        if ((info.Value.dwFlags & (ChainCalls | InProgress)) == 0)
            status = RunAlone(key, call.IsEncryption, info.Value, input, output);
        else if (key.Mode == CryptoAlgorithm.ModeGcm)
            status = GcmChain.Run(key, call, info, input, output);
        else
            return NTSTATUS.STATUS_NOT_SUPPORTED;
        result.Value = status.IsSuccess() ? (uint)input.Length : 0;
        return status;
    }

    private static bool IsWellFormed(in BCRYPT_AUTHENTICATED_CIPHER_MODE_INFO info) =>
        info.cbSize >= (uint)System.Runtime.CompilerServices.Unsafe
            .SizeOf<BCRYPT_AUTHENTICATED_CIPHER_MODE_INFO>()
        && info.dwInfoVersion == InfoVersion
        && CryptoBuffers.TrySpan(info.pbNonce, info.cbNonce, out _)
        && CryptoBuffers.TrySpan(info.pbAuthData, info.cbAuthData, out _)
        && CryptoBuffers.TrySpan(info.pbTag, info.cbTag, out _);

    private static NTSTATUS RunAlone(
        CryptoKey key,
        bool isEncryption,
        in BCRYPT_AUTHENTICATED_CIPHER_MODE_INFO info,
        ReadOnlySpan<byte> input,
        Span<byte> output)
    {
        if (!IsLengthAllowed(key, (int)info.cbNonce, (int)info.cbTag))
            return NTSTATUS.STATUS_INVALID_PARAMETER;
        CryptoBuffers.TrySpan(info.pbNonce, info.cbNonce, out var nonce);
        CryptoBuffers.TrySpan(info.pbAuthData, info.cbAuthData, out var data);
        CryptoBuffers.TrySpan(info.pbTag, info.cbTag, out var tag);
        // A driver may give overlapping buffers, which .NET refuses; a copy has no such trouble.
        var transformed = new byte[input.Length];
        try
        {
            if (isEncryption)
                Seal(key, nonce, input, transformed, tag, data);
            else
                Unseal(key, nonce, input, transformed, tag, data);
        }
        catch (AuthenticationTagMismatchException)
        {
            output.Clear();
            return NTSTATUS.STATUS_AUTH_TAG_MISMATCH;
        }
        transformed.CopyTo(output);
        return NTSTATUS.STATUS_SUCCESS;
    }

    private static bool IsLengthAllowed(CryptoKey key, int nonce, int tag) => key.Mode switch
    {
        CryptoAlgorithm.ModeGcm => nonce == NonceBytes && tag is >= 12 and <= 16,
        CryptoAlgorithm.ModeCcm => nonce is >= 7 and <= 13 && tag is >= 4 and <= 16 && tag % 2 == 0,
        _ => nonce == NonceBytes && tag == 16,
    };

    private static void Seal(
        CryptoKey key,
        ReadOnlySpan<byte> nonce,
        ReadOnlySpan<byte> plain,
        Span<byte> cipher,
        Span<byte> tag,
        ReadOnlySpan<byte> data)
    {
        if (key.Mode == CryptoAlgorithm.ModeGcm)
        {
            using var gcm = new AesGcm(key.Secret, tag.Length);
            gcm.Encrypt(nonce, plain, cipher, tag, data);
        }
        else if (key.Mode == CryptoAlgorithm.ModeCcm)
        {
            using var ccm = new AesCcm(key.Secret);
            ccm.Encrypt(nonce, plain, cipher, tag, data);
        }
        else
        {
            using var chaCha = new ChaCha20Poly1305(key.Secret);
            chaCha.Encrypt(nonce, plain, cipher, tag, data);
        }
    }

    private static void Unseal(
        CryptoKey key,
        ReadOnlySpan<byte> nonce,
        ReadOnlySpan<byte> cipher,
        Span<byte> plain,
        ReadOnlySpan<byte> tag,
        ReadOnlySpan<byte> data)
    {
        if (key.Mode == CryptoAlgorithm.ModeGcm)
        {
            using var gcm = new AesGcm(key.Secret, tag.Length);
            gcm.Decrypt(nonce, cipher, tag, plain, data);
        }
        else if (key.Mode == CryptoAlgorithm.ModeCcm)
        {
            using var ccm = new AesCcm(key.Secret);
            ccm.Decrypt(nonce, cipher, tag, plain, data);
        }
        else
        {
            using var chaCha = new ChaCha20Poly1305(key.Secret);
            chaCha.Decrypt(nonce, cipher, tag, plain, data);
        }
    }
}
