// AES in ECB and CBC with and without padding, as BCrypt has it: the vector is updated in place, so that
// calls
// can follow one another. It knows nothing about authenticated modes.
using System.Security.Cryptography;
using OpenWsk.Abi;

namespace OpenWsk.Kernel;

/// <summary>Unauthenticated block modes.</summary>
internal static class BlockCipher
{
    /// <summary>Encrypts or decrypts whole blocks.</summary>
    /// <remarks>
    /// Errors: STATUS_INVALID_BUFFER_SIZE; STATUS_BUFFER_TOO_SMALL; STATUS_INVALID_PARAMETER for a vector of
    /// another length; STATUS_UNSUCCESSFUL for padding that is none.
    /// </remarks>
    public static NTSTATUS Run(
        CryptoKey key,
        in CipherCall call,
        bool isPadded,
        ReadOnlySpan<byte> input,
        Span<byte> output,
        GuestPtr<uint> result)
    {
        var block = key.Algorithm.BlockBytes;
        var isPartial = input.Length % block != 0;
        if (isPartial && !(call.IsEncryption && isPadded))
            return NTSTATUS.STATUS_INVALID_BUFFER_SIZE;
        var needed = call.IsEncryption && isPadded ? ((input.Length / block) + 1) * block : input.Length;
        if (call.Output == 0)
        {
            result.Value = (uint)needed;
            return NTSTATUS.STATUS_SUCCESS;
        }
        if (!TryVector(key, call, out var vector))
            return NTSTATUS.STATUS_INVALID_PARAMETER;
        using var aes = Aes.Create();
        aes.SetKey(key.Secret);
        if (!TryTransform(aes, key.Mode, call.IsEncryption, isPadded, input, vector, out var transformed))
            return NTSTATUS.STATUS_UNSUCCESSFUL;
        result.Value = (uint)transformed.Length;
        if (transformed.Length > output.Length)
            return NTSTATUS.STATUS_BUFFER_TOO_SMALL;
        if (key.Mode == CryptoAlgorithm.ModeCbc && input.Length != 0)
            KeepLastBlock(call.IsEncryption ? transformed : input, vector);
        transformed.CopyTo(output);
        return NTSTATUS.STATUS_SUCCESS;
    }

    private static bool TryVector(CryptoKey key, in CipherCall call, out Span<byte> vector)
    {
        vector = key.Vector;
        if (key.Mode == CryptoAlgorithm.ModeEcb || call.Vector == 0)
            return true;
        if (call.VectorBytes != key.Algorithm.BlockBytes)
            return false;
        vector = GuestMemory.Span(call.Vector, key.Algorithm.BlockBytes);
        return true;
    }

    private static bool TryTransform(
        Aes aes,
        string mode,
        bool isEncryption,
        bool isPadded,
        ReadOnlySpan<byte> input,
        ReadOnlySpan<byte> vector,
        out byte[] transformed)
    {
        var padding = isPadded ? PaddingMode.PKCS7 : PaddingMode.None;
        transformed = [];
        try
        {
            transformed = (mode == CryptoAlgorithm.ModeEcb, isEncryption) switch
            {
                (true, true) => aes.EncryptEcb(input, padding),
                (true, false) => aes.DecryptEcb(input, padding),
                (false, true) => aes.EncryptCbc(input, vector, padding),
                (false, false) => aes.DecryptCbc(input, vector, padding),
            };
            return true;
        }
        catch (CryptographicException)
        {
            // With lengths checked before, only the padding of what was decrypted is left to be wrong.
            return false;
        }
    }

    private static void KeepLastBlock(ReadOnlySpan<byte> cipherText, Span<byte> vector) =>
        cipherText[^vector.Length..].CopyTo(vector);
}
