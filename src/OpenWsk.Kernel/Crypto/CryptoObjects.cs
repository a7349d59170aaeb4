// What BCrypt handles lead to: an algorithm that was opened, a hash that runs, a key. Each guards itself,
// since
// .NET's hashes refuse to be used by two threads at once. It knows nothing about handles or guest memory.
using System.Security.Cryptography;
using OpenWsk.Abi;

namespace OpenWsk.Kernel;

/// <summary>Something behind a BCrypt handle.</summary>
internal abstract class CryptoObject(CryptoAlgorithm algorithm) : IDisposable
{
    public CryptoAlgorithm Algorithm { get; } = algorithm;

    public Lock Gate { get; } = new();

    /// <summary>Whether it may be used at DISPATCH_LEVEL (BCRYPT_PROV_DISPATCH).</summary>
    public bool IsForDispatch { get; init; }

    /// <summary>How a cipher chains: one of CryptoAlgorithm.Mode….</summary>
    public string Mode { get; set; } = algorithm.DefaultMode;

    public virtual void Dispose()
    {
    }
}

/// <summary>An opened algorithm.</summary>
internal sealed class CryptoProvider(CryptoAlgorithm algorithm) : CryptoObject(algorithm)
{
    /// <summary>Whether its hashes take a key (BCRYPT_ALG_HANDLE_HMAC_FLAG).</summary>
    public bool IsKeyed { get; init; }

    /// <summary>Whether its hashes can be used again (BCRYPT_HASH_REUSABLE_FLAG).</summary>
    public bool IsReusable { get; init; }
}

/// <summary>A hash or message code that runs.</summary>
internal sealed class CryptoHash(CryptoProvider provider, RunningHash hash, bool isReusable)
    : CryptoObject(provider.Algorithm)
{
    private bool _isFinished;

    public bool IsKeyed => provider.IsKeyed || provider.Algorithm.IsAlwaysKeyed;

    public bool IsReusable => isReusable;

    /// <summary>Adds data.</summary>
    /// <remarks>Errors: STATUS_INVALID_HANDLE when it is finished and not reusable.</remarks>
    public NTSTATUS Append(ReadOnlySpan<byte> data)
    {
        lock (Gate)
        {
            if (_isFinished)
                return NTSTATUS.STATUS_INVALID_HANDLE;
            hash.Append(data);
            return NTSTATUS.STATUS_SUCCESS;
        }
    }

    /// <summary>Tells the result; a reusable hash begins again.</summary>
    /// <remarks>Errors: STATUS_INVALID_HANDLE when it is finished and not reusable.</remarks>
    public NTSTATUS Finish(Span<byte> result)
    {
        lock (Gate)
        {
            if (_isFinished)
                return NTSTATUS.STATUS_INVALID_HANDLE;
            hash.Finish(result);
            _isFinished = !isReusable;
            return NTSTATUS.STATUS_SUCCESS;
        }
    }

    /// <summary>The same hash in the same state; null when it is finished.</summary>
    public CryptoHash? Copy()
    {
        lock (Gate)
        {
            return _isFinished
                ? null
                : new CryptoHash(provider, hash.Copy(), isReusable) { IsForDispatch = IsForDispatch };
        }
    }

    public override void Dispose()
    {
        lock (Gate)
            hash.Dispose();
        base.Dispose();
    }
}

/// <summary>A symmetric key, or the secret that keys are derived from.</summary>
internal sealed class CryptoKey(CryptoAlgorithm algorithm,
    ReadOnlySpan<byte> secret) : CryptoObject(algorithm)
{
    private readonly byte[] _secret = secret.ToArray();

    /// <summary>The key's bytes.</summary>
    public ReadOnlySpan<byte> Secret => _secret;

    /// <summary>The vector for calls that give none (BCRYPT_INITIALIZATION_VECTOR).</summary>
    public byte[] Vector { get; } = new byte[Math.Max(algorithm.BlockBytes, 1)];

    /// <summary>The hash of HKDF, once it is set.</summary>
    public CryptoAlgorithm? DerivationHash { get; set; }

    /// <summary>HKDF's pseudorandom key, once salt or key are given.</summary>
    public byte[]? PseudorandomKey { get; set; }

    /// <summary>The same key with the same settings.</summary>
    public CryptoKey Copy()
    {
        lock (Gate)
        {
            var copy = new CryptoKey(Algorithm, _secret)
            {
                IsForDispatch = IsForDispatch,
                Mode = Mode,
                DerivationHash = DerivationHash,
                PseudorandomKey = (byte[]?)PseudorandomKey?.Clone(),
            };
            Vector.CopyTo(copy.Vector, 0);
            return copy;
        }
    }

    public override void Dispose()
    {
        CryptographicOperations.ZeroMemory(_secret);
        base.Dispose();
    }
}
