// Properties of algorithms, hashes and keys by their BCrypt names. It knows nothing about how they are used.
// Next: CryptoAlgorithm.cs, which has the numbers.
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using OpenWsk.Abi;

namespace OpenWsk.Kernel;

/// <summary>Property routines of BCrypt.</summary>
public static class BcryptPropertyRoutines
{
    // What a driver allocates for a hash or a key; nothing of ours is put there.
    internal const uint ObjectBytes = 0x180;

    /// <summary>Reads a property; without a buffer only its length is told.</summary>
    /// <remarks>
    /// Errors: STATUS_NOT_SUPPORTED for a property that the object has not; STATUS_BUFFER_TOO_SMALL;
    /// STATUS_INVALID_HANDLE; STATUS_INVALID_PARAMETER.
    /// </remarks>
    [Export(Libraries.Cng, SupportLevel.Full, MaxIrql = Irql.Dispatch)]
    public static NTSTATUS BCryptGetProperty(
        Executive executive,
        nuint hObject,
        nuint pszProperty,
        nuint pbOutput,
        uint cbOutput,
        GuestPtr<uint> pcbResult,
        uint dwFlags)
    {
        if (Find(executive, hObject) is not { } target)
            return NTSTATUS.STATUS_INVALID_HANDLE;
        if (pszProperty == 0 || dwFlags != 0)
            return NTSTATUS.STATUS_INVALID_PARAMETER;
        return Value(target, CryptoBuffers.Name(pszProperty)) is { } value
            ? CryptoBuffers.Put(value, pbOutput, cbOutput, pcbResult)
            : NTSTATUS.STATUS_NOT_SUPPORTED;
    }

    /// <summary>Sets how a cipher chains, a key's vector, or what HKDF derives with.</summary>
    /// <remarks>
    /// Errors: STATUS_NOT_SUPPORTED for another property or a mode that the cipher has not;
    /// STATUS_INVALID_HANDLE; STATUS_INVALID_PARAMETER.
    /// </remarks>
    [Export(Libraries.Cng, SupportLevel.Partial, MaxIrql = Irql.Dispatch,
        Note = "ChainingMode (CBC, ECB, GCM, CCM), IV, HkdfHashAlgorithm, HkdfSaltAndFinalize, "
            + "HkdfPrkAndFinalize")]
    public static NTSTATUS BCryptSetProperty(
        Executive executive, nuint hObject, nuint pszProperty, nuint pbInput, uint cbInput, uint dwFlags)
    {
        if (executive.Crypto.Find<CryptoObject>(hObject) is not { } target)
            return NTSTATUS.STATUS_INVALID_HANDLE;
        if (pszProperty == 0 || dwFlags != 0 || !CryptoBuffers.TrySpan(pbInput, cbInput, out var input))
            return NTSTATUS.STATUS_INVALID_PARAMETER;
        lock (target.Gate)
        {
            switch (CryptoBuffers.Name(pszProperty))
            {
                case "ChainingMode" when target is CryptoProvider or CryptoKey:
                    return SetMode(target, Text(input));
                case "IV" when target is CryptoKey key:
                    return SetVector(key, input);
                case "HkdfHashAlgorithm"
                    when target is CryptoKey { Algorithm.Name: CryptoAlgorithm.Hkdf } key:
                    key.DerivationHash = CryptoAlgorithm.Find(Text(input));
                    return key.DerivationHash is { Kind: CryptoKind.Hash, IsAlwaysKeyed: false }
                        ? NTSTATUS.STATUS_SUCCESS
                        : NTSTATUS.STATUS_NOT_SUPPORTED;
                case "HkdfSaltAndFinalize" when target is CryptoKey { DerivationHash: { } hash } key:
                    key.PseudorandomKey = Extract(hash, key.Secret, input);
                    return NTSTATUS.STATUS_SUCCESS;
                case "HkdfPrkAndFinalize" when target is CryptoKey { DerivationHash: not null } key:
                    key.PseudorandomKey = input.IsEmpty ? key.Secret.ToArray() : input.ToArray();
                    return NTSTATUS.STATUS_SUCCESS;
                default:
                    return NTSTATUS.STATUS_NOT_SUPPORTED;
            }
        }
    }

    private static byte[] Extract(CryptoAlgorithm hash, ReadOnlySpan<byte> secret, ReadOnlySpan<byte> salt)
    {
        var key = new byte[hash.HashBytes];
        HKDF.Extract(hash.HashName, secret, salt, key);
        return key;
    }

    private static CryptoObject? Find(Executive executive, nuint handle) =>
        (CryptoObject?)executive.Crypto.Find<CryptoProvider>(handle)
        ?? executive.Crypto.Find<CryptoObject>(handle);

    private static NTSTATUS SetMode(CryptoObject target, string mode)
    {
        if (target.Algorithm.Kind != CryptoKind.Cipher || !target.Algorithm.HasMode(mode))
            return NTSTATUS.STATUS_NOT_SUPPORTED;
        target.Mode = mode;
        return NTSTATUS.STATUS_SUCCESS;
    }

    private static NTSTATUS SetVector(CryptoKey key, ReadOnlySpan<byte> vector)
    {
        if (vector.Length != key.Vector.Length)
            return NTSTATUS.STATUS_INVALID_PARAMETER;
        vector.CopyTo(key.Vector);
        return NTSTATUS.STATUS_SUCCESS;
    }

    private static string Text(ReadOnlySpan<byte> bytes)
    {
        var text = MemoryMarshal.Cast<byte, char>(bytes);
        var end = text.IndexOf('\0');
        return (end < 0 ? text : text[..end]).ToString();
    }

    private static byte[]? Value(CryptoObject target, string property)
    {
        var algorithm = target.Algorithm;
        return property switch
        {
            "AlgorithmName" => Text(algorithm.Name),
            "PrimitiveType" => Number((uint)algorithm.Kind),
            "ObjectLength" when algorithm.Kind != CryptoKind.Random => Number(ObjectBytes),
            "HashDigestLength" when algorithm.Kind == CryptoKind.Hash => Number((uint)algorithm.HashBytes),
            "HashBlockLength" when algorithm.Kind == CryptoKind.Hash => Number((uint)algorithm.BlockBytes),
            "IsKeyedHash" when algorithm.Kind == CryptoKind.Hash =>
                Number(algorithm.IsAlwaysKeyed
                    || target is CryptoProvider { IsKeyed: true } or CryptoHash { IsKeyed: true } ? 1u : 0),
            "IsReusableHash" when target is CryptoHash hash => Number(hash.IsReusable ? 1u : 0),
            _ => algorithm.IsPair ? PairValue(target, property)
                : algorithm.Kind == CryptoKind.Cipher ? CipherValue(target, property) : null,
        };
    }

    private static byte[]? PairValue(CryptoObject target, string property)
    {
        var bits = target.Algorithm.KeyBits;
        return (property, target) switch
        {
            ("KeyLengths", _) => Numbers(bits.Min, bits.Max, bits.Step),
            ("KeyLength" or "KeyStrength", CryptoKeyPair pair) => Number(pair.Bits),
            ("SignatureLength", CryptoKeyPair { IsFinal: true, Agreement: null } pair) =>
                Number((uint)pair.SignatureBytes),
            ("BlockLength", CryptoKeyPair { Rsa: not null } pair) => Number((uint)pair.SignatureBytes),
            _ => null,
        };
    }

    private static byte[]? CipherValue(CryptoObject target, string property)
    {
        var bits = target.Algorithm.KeyBits;
        return property switch
        {
            "ChainingMode" => Text(target.Mode),
            "BlockLength" or "BlockSizeList" => Number((uint)target.Algorithm.BlockBytes),
            "KeyLengths" => Numbers(bits.Min, bits.Max, bits.Step),
            "KeyLength" or "KeyStrength" when target is CryptoKey key => Number((uint)key.Secret.Length * 8),
            "IV" when target is CryptoKey key => (byte[])key.Vector.Clone(),
            "AuthTagLength" => target.Mode switch
            {
                CryptoAlgorithm.ModeGcm => Numbers(12, 16, 1),
                CryptoAlgorithm.ModeCcm => Numbers(4, 16, 2),
                CryptoAlgorithm.ModeNone => Numbers(16, 16, 0),
                _ => null,
            },
            _ => null,
        };
    }

    private static byte[] Number(uint value) => BitConverter.GetBytes(value);

    private static byte[] Numbers(params ReadOnlySpan<uint> values) =>
        MemoryMarshal.AsBytes(values).ToArray();

    private static byte[] Text(string text) => System.Text.Encoding.Unicode.GetBytes(text + '\0');
}
