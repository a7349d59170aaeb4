// Keys derived from passwords and secrets: PBKDF2 and HKDF. It knows nothing about what they are used for.
// Next: CryptoObjects.cs.
using System.Security.Cryptography;
using OpenWsk.Abi;

namespace OpenWsk.Kernel;

/// <summary>Derivation routines of BCrypt.</summary>
public static class BcryptDerivationRoutines
{
    // BCryptBufferDesc: version, count, buffers. BCryptBuffer: length, type, address.
    private const int BufferBytes = 16;
    private const uint BuffersMax = 16;
    private const uint KdfHashAlgorithm = 0x0;
    private const uint KdfSalt = 0xF;
    private const uint KdfIterationCount = 0x10;
    private const uint KdfHkdfInfo = 0x14;
    private const int HkdfOutputMaxBlocks = 255;

    /// <summary>Derives a key from a password by PBKDF2.</summary>
    /// <remarks>
    /// Errors: STATUS_INVALID_HANDLE; STATUS_INVALID_PARAMETER unless the algorithm was opened for message
    /// codes, or without iterations.
    /// </remarks>
    [Export(Libraries.Cng, SupportLevel.Full, MaxIrql = Irql.Dispatch)]
    public static NTSTATUS BCryptDeriveKeyPBKDF2(
        Executive executive,
        nuint hPrf,
        nuint pbPassword,
        uint cbPassword,
        nuint pbSalt,
        uint cbSalt,
        ulong cIterations,
        nuint pbDerivedKey,
        uint cbDerivedKey,
        uint dwFlags)
    {
        if (executive.Crypto.Find<CryptoProvider>(hPrf) is not { } prf)
            return NTSTATUS.STATUS_INVALID_HANDLE;
        if (!prf.IsKeyed || prf.Algorithm.IsAlwaysKeyed || dwFlags != 0
            || cIterations is 0 or > int.MaxValue || cbDerivedKey == 0
            || !CryptoBuffers.TrySpan(pbPassword, cbPassword, out var password)
            || !CryptoBuffers.TrySpan(pbSalt, cbSalt, out var salt)
            || !CryptoBuffers.TrySpan(pbDerivedKey, cbDerivedKey, out var derived))
            return NTSTATUS.STATUS_INVALID_PARAMETER;
        Rfc2898DeriveBytes.Pbkdf2(password, salt, derived, (int)cIterations, prf.Algorithm.HashName);
        return NTSTATUS.STATUS_SUCCESS;
    }

    /// <summary>Derives a key from a secret by HKDF or PBKDF2, whichever the secret's key was made
    /// for.</summary>
    /// <remarks>
    /// Errors: STATUS_INVALID_HANDLE; STATUS_INVALID_PARAMETER when a parameter is missing or malformed;
    /// STATUS_NOT_SUPPORTED for other keys.
    /// </remarks>
    [Export(Libraries.Cng, SupportLevel.Partial, MaxIrql = Irql.Dispatch, Note = "HKDF and PBKDF2")]
    public static NTSTATUS BCryptKeyDerivation(
        Executive executive,
        nuint hKey,
        nuint pParameterList,
        nuint pbDerivedKey,
        uint cbDerivedKey,
        GuestPtr<uint> pcbResult,
        uint dwFlags)
    {
        if (executive.Crypto.Find<CryptoKey>(hKey) is not { } key)
            return NTSTATUS.STATUS_INVALID_HANDLE;
        if (pcbResult.IsNull || dwFlags != 0 || cbDerivedKey == 0
            || !CryptoBuffers.TrySpan(pbDerivedKey, cbDerivedKey, out var derived)
            || !TryReadParameters(pParameterList, out var parameters))
            return NTSTATUS.STATUS_INVALID_PARAMETER;
        var status = key.Algorithm.Name switch
        {
            CryptoAlgorithm.Hkdf => ByHkdf(key, parameters, derived),
            CryptoAlgorithm.Pbkdf2 => ByPbkdf2(key, parameters, derived),
            _ => NTSTATUS.STATUS_NOT_SUPPORTED,
        };
        if (status.IsSuccess())
            pcbResult.Value = cbDerivedKey;
        return status;
    }

    private static NTSTATUS ByHkdf(CryptoKey key, Dictionary<uint, byte[]> parameters, Span<byte> derived)
    {
        lock (key.Gate)
        {
            if (key.PseudorandomKey is not { } secret || key.DerivationHash is not { } hash
                || derived.Length > HkdfOutputMaxBlocks * hash.HashBytes
                || secret.Length < hash.HashBytes)
                return NTSTATUS.STATUS_INVALID_PARAMETER;
            HKDF.Expand(hash.HashName, secret, derived, parameters.GetValueOrDefault(KdfHkdfInfo, []));
            return NTSTATUS.STATUS_SUCCESS;
        }
    }

    private static NTSTATUS ByPbkdf2(CryptoKey key, Dictionary<uint, byte[]> parameters, Span<byte> derived)
    {
        var name = System.Text.Encoding.Unicode
            .GetString(parameters.GetValueOrDefault(KdfHashAlgorithm, [])).TrimEnd('\0');
        if (CryptoAlgorithm.Find(name) is not { Kind: CryptoKind.Hash, IsAlwaysKeyed: false } hash)
            return NTSTATUS.STATUS_INVALID_PARAMETER;
        // Without a count Windows iterates this often (page of BCryptKeyDerivation).
        ulong count = parameters.GetValueOrDefault(KdfIterationCount) switch
        {
            null => 10000ul,
            { Length: 4 } four => BitConverter.ToUInt32(four),
            { Length: 8 } eight => BitConverter.ToUInt64(eight),
            _ => 0,
        };
        if (count is 0 or > int.MaxValue)
            return NTSTATUS.STATUS_INVALID_PARAMETER;
        var salt = parameters.GetValueOrDefault(KdfSalt, []);
        Rfc2898DeriveBytes.Pbkdf2(key.Secret, salt, derived, (int)count, hash.HashName);
        return NTSTATUS.STATUS_SUCCESS;
    }

    internal static bool TryReadParameters(nuint list, out Dictionary<uint, byte[]> parameters)
    {
        parameters = [];
        if (list == 0)
            return true;
        var count = GuestMemory.Read<uint>(list + 4);
        var buffers = GuestMemory.Read<nuint>(list + 8);
        if (GuestMemory.Read<uint>(list) != 0 || count > BuffersMax || (buffers == 0 && count != 0))
            return false;
        for (var i = 0u; i < count; i++)
        {
            var at = buffers + (i * BufferBytes);
            if (!CryptoBuffers.TrySpan(
                GuestMemory.Read<nuint>(at + 8), GuestMemory.Read<uint>(at), out var data))
                return false;
            parameters[GuestMemory.Read<uint>(at + 4)] = data.ToArray();
        }
        return true;
    }
}
