// Encryption and decryption with a key, as its chaining mode says. What is checked here is what a driver can
// get wrong; the modes themselves are in BlockCipher.cs, AuthenticatedCipher.cs and GcmChain.cs.
using OpenWsk.Abi;

namespace OpenWsk.Kernel;

/// <summary>Cipher routines of BCrypt.</summary>
public static class BcryptCipherRoutines
{
    private const uint BlockPadding = 0x00000001;

    private const string Note =
        "AES in ECB, CBC, GCM (also chained) and CCM, ChaCha20-Poly1305, RSA with PKCS1 or OAEP";

    /// <summary>Encrypts; without an output buffer only the length is told.</summary>
    /// <remarks>
    /// Errors: STATUS_INVALID_BUFFER_SIZE when the input is no whole number of blocks;
    /// STATUS_BUFFER_TOO_SMALL;
    /// STATUS_INVALID_HANDLE; STATUS_NOT_SUPPORTED; STATUS_INVALID_PARAMETER.
    /// </remarks>
    [Export(Libraries.Cng, SupportLevel.Partial, MaxIrql = Irql.Dispatch, Note = Note)]
    public static NTSTATUS BCryptEncrypt(
        Executive executive,
        nuint hKey,
        nuint pbInput,
        uint cbInput,
        nuint pPaddingInfo,
        nuint pbIV,
        uint cbIV,
        nuint pbOutput,
        uint cbOutput,
        GuestPtr<uint> pcbResult,
        uint dwFlags) =>
        Transform(
            executive, hKey,
            new CipherCall(true, pbInput, cbInput, pPaddingInfo, pbIV, cbIV, pbOutput, cbOutput, dwFlags),
            pcbResult);

    /// <summary>Decrypts; without an output buffer only a sufficient length is told.</summary>
    /// <remarks>
    /// Errors: STATUS_AUTH_TAG_MISMATCH when the data is not what was sealed; those of BCryptEncrypt.
    /// </remarks>
    [Export(Libraries.Cng, SupportLevel.Partial, MaxIrql = Irql.Dispatch, Note = Note)]
    public static NTSTATUS BCryptDecrypt(
        Executive executive,
        nuint hKey,
        nuint pbInput,
        uint cbInput,
        nuint pPaddingInfo,
        nuint pbIV,
        uint cbIV,
        nuint pbOutput,
        uint cbOutput,
        GuestPtr<uint> pcbResult,
        uint dwFlags) =>
        Transform(
            executive, hKey,
            new CipherCall(false, pbInput, cbInput, pPaddingInfo, pbIV, cbIV, pbOutput, cbOutput, dwFlags),
            pcbResult);

    private static NTSTATUS Transform(
        Executive executive, nuint handle, in CipherCall call, GuestPtr<uint> result)
    {
        if (executive.Crypto.Find<CryptoKeyPair>(handle) is { IsFinal: true } pair)
        {
            return !result.IsNull && CryptoBuffers.TrySpan(call.Input, call.InputBytes, out var text)
                ? BcryptPairRoutines.Transform(pair, call, text, result)
                : NTSTATUS.STATUS_INVALID_PARAMETER;
        }
        if (executive.Crypto.Find<CryptoKey>(handle) is not { } key)
            return NTSTATUS.STATUS_INVALID_HANDLE;
        if (key.Algorithm.Kind != CryptoKind.Cipher)
            return NTSTATUS.STATUS_NOT_SUPPORTED;
        if (result.IsNull || (call.Flags & ~BlockPadding) != 0
            || !CryptoBuffers.TrySpan(call.Input, call.InputBytes, out var input)
            || !CryptoBuffers.TrySpan(call.Output, call.Output == 0 ? 0 : call.OutputBytes, out var output))
            return NTSTATUS.STATUS_INVALID_PARAMETER;
        lock (key.Gate)
        {
            var isPadded = (call.Flags & BlockPadding) != 0;
            if (key.Mode is CryptoAlgorithm.ModeCbc or CryptoAlgorithm.ModeEcb)
                return BlockCipher.Run(key, call, isPadded, input, output, result);
            return isPadded || call.PaddingInfo == 0
                ? NTSTATUS.STATUS_INVALID_PARAMETER
                : AuthenticatedCipher.Run(key, call, input, output, result);
        }
    }
}
