// Hashes and message codes by handle and in one call. It knows nothing about the algorithms themselves: .NET
// computes them. Next: CryptoObjects.cs.
using System.Security.Cryptography;
using OpenWsk.Abi;

namespace OpenWsk.Kernel;

/// <summary>Hash routines of BCrypt.</summary>
public static class BcryptHashRoutines
{
    /// <summary>Begins a hash, or a message code when the algorithm was opened for it.</summary>
    /// <remarks>
    /// Errors: STATUS_INVALID_HANDLE when the handle is no hash algorithm; STATUS_BUFFER_TOO_SMALL when there
    /// is an object buffer shorter than ObjectLength; STATUS_INVALID_PARAMETER for a key where none belongs.
    /// Owns: the caller destroys the hash.
    /// </remarks>
    [Export(Libraries.Cng, SupportLevel.Full, MaxIrql = Irql.Dispatch)]
    public static NTSTATUS BCryptCreateHash(
        Executive executive,
        nuint hAlgorithm,
        GuestPtr<nuint> phHash,
        nuint pbHashObject,
        uint cbHashObject,
        nuint pbSecret,
        uint cbSecret,
        uint dwFlags)
    {
        if (FindHash(executive, hAlgorithm) is not { } provider)
            return NTSTATUS.STATUS_INVALID_HANDLE;
        if (phHash.IsNull || (dwFlags & ~BcryptProviderRoutines.HashReusableFlag) != 0
            || !CryptoBuffers.TrySpan(pbSecret, cbSecret, out var secret)
            || !AllowsSecret(provider, secret))
            return NTSTATUS.STATUS_INVALID_PARAMETER;
        if (pbHashObject != 0 && cbHashObject < BcryptPropertyRoutines.ObjectBytes)
            return NTSTATUS.STATUS_BUFFER_TOO_SMALL;
        var isReusable = provider.IsReusable || dwFlags != 0;
        phHash.Value = executive.Crypto.Open(
            new CryptoHash(provider, Begin(provider, secret), isReusable)
            {
                IsForDispatch = provider.IsForDispatch,
            });
        return NTSTATUS.STATUS_SUCCESS;
    }

    /// <summary>Adds data to a hash.</summary>
    /// <remarks>Errors: STATUS_INVALID_HANDLE, also for a finished hash; STATUS_INVALID_PARAMETER.</remarks>
    [Export(Libraries.Cng, SupportLevel.Full, MaxIrql = Irql.Dispatch)]
    public static NTSTATUS BCryptHashData(
        Executive executive, nuint hHash, nuint pbInput, uint cbInput, uint dwFlags)
    {
        if (executive.Crypto.Find<CryptoHash>(hHash) is not { } hash)
            return NTSTATUS.STATUS_INVALID_HANDLE;
        return dwFlags == 0 && CryptoBuffers.TrySpan(pbInput, cbInput, out var input)
            ? hash.Append(input)
            : NTSTATUS.STATUS_INVALID_PARAMETER;
    }

    /// <summary>Ends a hash and tells its value; a reusable one begins again.</summary>
    /// <remarks>
    /// Errors: STATUS_INVALID_PARAMETER unless the buffer has exactly the hash's length;
    /// STATUS_INVALID_HANDLE, also for a finished hash.
    /// </remarks>
    [Export(Libraries.Cng, SupportLevel.Full, MaxIrql = Irql.Dispatch)]
    public static NTSTATUS BCryptFinishHash(
        Executive executive, nuint hHash, nuint pbOutput, uint cbOutput, uint dwFlags)
    {
        if (executive.Crypto.Find<CryptoHash>(hHash) is not { } hash)
            return NTSTATUS.STATUS_INVALID_HANDLE;
        return dwFlags == 0 && cbOutput == hash.Algorithm.HashBytes
            && CryptoBuffers.TrySpan(pbOutput, cbOutput, out var output)
            ? hash.Finish(output)
            : NTSTATUS.STATUS_INVALID_PARAMETER;
    }

    /// <summary>Makes a second hash in the state of the first.</summary>
    /// <remarks>Errors: STATUS_INVALID_HANDLE; STATUS_BUFFER_TOO_SMALL; STATUS_INVALID_PARAMETER.</remarks>
    [Export(Libraries.Cng, SupportLevel.Full, MaxIrql = Irql.Dispatch)]
    public static NTSTATUS BCryptDuplicateHash(
        Executive executive,
        nuint hHash,
        GuestPtr<nuint> phNewHash,
        nuint pbHashObject,
        uint cbHashObject,
        uint dwFlags)
    {
        if (executive.Crypto.Find<CryptoHash>(hHash) is not { } hash)
            return NTSTATUS.STATUS_INVALID_HANDLE;
        if (phNewHash.IsNull || dwFlags != 0)
            return NTSTATUS.STATUS_INVALID_PARAMETER;
        if (pbHashObject != 0 && cbHashObject < BcryptPropertyRoutines.ObjectBytes)
            return NTSTATUS.STATUS_BUFFER_TOO_SMALL;
        if (hash.Copy() is not { } copy)
            return NTSTATUS.STATUS_INVALID_HANDLE;
        phNewHash.Value = executive.Crypto.Open(copy);
        return NTSTATUS.STATUS_SUCCESS;
    }

    /// <summary>Ends a hash.</summary>
    /// <remarks>Errors: STATUS_INVALID_HANDLE.</remarks>
    [Export(Libraries.Cng, SupportLevel.Full, MaxIrql = Irql.Dispatch)]
    public static NTSTATUS BCryptDestroyHash(Executive executive, nuint hHash) =>
        executive.Crypto.Close<CryptoHash>(hHash)
            ? NTSTATUS.STATUS_SUCCESS
            : NTSTATUS.STATUS_INVALID_HANDLE;

    /// <summary>Hashes in one call.</summary>
    /// <remarks>Errors: those of the three calls that it stands for.</remarks>
    [Export(Libraries.Cng, SupportLevel.Full, MaxIrql = Irql.Dispatch)]
    public static NTSTATUS BCryptHash(
        Executive executive,
        nuint hAlgorithm,
        nuint pbSecret,
        uint cbSecret,
        nuint pbInput,
        uint cbInput,
        nuint pbOutput,
        uint cbOutput)
    {
        if (FindHash(executive, hAlgorithm) is not { } provider)
            return NTSTATUS.STATUS_INVALID_HANDLE;
        if (!CryptoBuffers.TrySpan(pbSecret, cbSecret, out var secret)
            || !AllowsSecret(provider, secret)
            || !CryptoBuffers.TrySpan(pbInput, cbInput, out var input)
            || cbOutput != provider.Algorithm.HashBytes
            || !CryptoBuffers.TrySpan(pbOutput, cbOutput, out var output))
            return NTSTATUS.STATUS_INVALID_PARAMETER;
        using var hash = Begin(provider, secret);
        hash.Append(input);
        hash.Finish(output);
        return NTSTATUS.STATUS_SUCCESS;
    }

    private static CryptoProvider? FindHash(Executive executive, nuint handle) =>
        executive.Crypto.Find<CryptoProvider>(handle) is { Algorithm.Kind: CryptoKind.Hash } found
            ? found
            : null;

    // The code of AES has keys of AES; a hash has one of any length, or none.
    private static bool AllowsSecret(CryptoProvider provider, ReadOnlySpan<byte> secret) =>
        provider.Algorithm.IsAlwaysKeyed
            ? secret.Length is 16 or 24 or 32
            : secret.Length == 0 || provider.IsKeyed;

    private static RunningHash Begin(CryptoProvider provider, ReadOnlySpan<byte> secret) =>
        provider.Algorithm.IsAlwaysKeyed ? new CmacHash(secret)
        : new DigestHash(provider.IsKeyed
            ? IncrementalHash.CreateHMAC(provider.Algorithm.HashName, secret)
            : IncrementalHash.CreateHash(provider.Algorithm.HashName));
}
