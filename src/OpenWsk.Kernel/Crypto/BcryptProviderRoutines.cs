// Algorithms as drivers open them, and random numbers. Exports of cng.sys, which ksecdd.sys gives too.
// It knows nothing about hashes or keys: BcryptHashRoutines.cs, BcryptKeyRoutines.cs.
using OpenWsk.Abi;

namespace OpenWsk.Kernel;

/// <summary>Provider routines of BCrypt.</summary>
public static class BcryptProviderRoutines
{
    internal const uint ProvDispatch = 0x00000001;
    internal const uint HmacFlag = 0x00000008;
    internal const uint HashReusableFlag = 0x00000020;
    private const uint RngUseEntropyInBuffer = 0x00000001;
    private const uint UseSystemPreferredRng = 0x00000002;

    /// <summary>Opens an algorithm.</summary>
    /// <remarks>
    /// Errors: STATUS_NOT_FOUND for an algorithm that is not there; STATUS_INVALID_PARAMETER for unknown
    /// flags
    /// or a keyed hash of what is no hash. Owns: the caller closes the handle.
    /// </remarks>
    [Export(Libraries.Cng, SupportLevel.Partial, MaxIrql = Irql.Passive,
        Note = "hashes, AES, AES-CMAC, CHACHA20_POLY1305, RNG, HKDF, PBKDF2, RSA, ECDSA, ECDH; no others")]
    public static NTSTATUS BCryptOpenAlgorithmProvider(
        Executive executive, GuestPtr<nuint> phAlgorithm, nuint pszAlgId, nuint pszImplementation,
            uint dwFlags)
    {
        if (phAlgorithm.IsNull || pszAlgId == 0
            || (dwFlags & ~(ProvDispatch | HmacFlag | HashReusableFlag)) != 0)
            return NTSTATUS.STATUS_INVALID_PARAMETER;
        if (CryptoAlgorithm.Find(CryptoBuffers.Name(pszAlgId)) is not { } algorithm)
            return NTSTATUS.STATUS_NOT_FOUND;
        var isKeyed = (dwFlags & HmacFlag) != 0;
        var isReusable = (dwFlags & HashReusableFlag) != 0;
        if ((isKeyed || isReusable) && algorithm.Kind != CryptoKind.Hash)
            return NTSTATUS.STATUS_INVALID_PARAMETER;
        phAlgorithm.Value = executive.Crypto.Open(new CryptoProvider(algorithm)
        {
            IsKeyed = isKeyed,
            IsReusable = isReusable,
            IsForDispatch = (dwFlags & ProvDispatch) != 0,
        });
        return NTSTATUS.STATUS_SUCCESS;
    }

    /// <summary>Closes an algorithm; hashes and keys made of it live on.</summary>
    /// <remarks>Errors: STATUS_INVALID_HANDLE.</remarks>
    [Export(Libraries.Cng, SupportLevel.Full, MaxIrql = Irql.Passive)]
    public static NTSTATUS BCryptCloseAlgorithmProvider(
        Executive executive, nuint hAlgorithm, uint dwFlags)
    {
        if (dwFlags != 0)
            return NTSTATUS.STATUS_INVALID_PARAMETER;
        return executive.Crypto.Close<CryptoProvider>(hAlgorithm)
            ? NTSTATUS.STATUS_SUCCESS
            : NTSTATUS.STATUS_INVALID_HANDLE;
    }

    /// <summary>Fills a buffer with random bytes of this world: from a seed in a simulated one.</summary>
    /// <remarks>
    /// IRQL: &lt;= DISPATCH_LEVEL. Errors: STATUS_INVALID_HANDLE when the handle is no random algorithm;
    /// STATUS_INVALID_PARAMETER.
    /// </remarks>
    [Export(Libraries.Cng, SupportLevel.Full, MaxIrql = Irql.Dispatch)]
    public static NTSTATUS BCryptGenRandom(
        Executive executive, nuint hAlgorithm, nuint pbBuffer, uint cbBuffer, uint dwFlags)
    {
        if ((dwFlags & ~(RngUseEntropyInBuffer | UseSystemPreferredRng)) != 0
            || !CryptoBuffers.TrySpan(pbBuffer, cbBuffer, out var buffer))
            return NTSTATUS.STATUS_INVALID_PARAMETER;
        if ((dwFlags & UseSystemPreferredRng) != 0)
        {
            if (hAlgorithm != 0)
                return NTSTATUS.STATUS_INVALID_PARAMETER;
        }
        else if (executive.Crypto.Find<CryptoProvider>(hAlgorithm) is not
            { Algorithm.Kind: CryptoKind.Random })
        {
            return NTSTATUS.STATUS_INVALID_HANDLE;
        }
        executive.Entropy.Fill(buffer);
        return NTSTATUS.STATUS_SUCCESS;
    }

    /// <summary>Whether the machine demands validated algorithms; it does not.</summary>
    [Export(Libraries.Cng, SupportLevel.Full, MaxIrql = Irql.Passive)]
    public static NTSTATUS BCryptGetFipsAlgorithmMode(Executive executive, nuint pfEnabled)
    {
        if (pfEnabled == 0)
            return NTSTATUS.STATUS_INVALID_PARAMETER;
        GuestMemory.Write(pfEnabled, (byte)0);
        return NTSTATUS.STATUS_SUCCESS;
    }
}
