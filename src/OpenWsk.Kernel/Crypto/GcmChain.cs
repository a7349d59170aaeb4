// AES-GCM over several calls (BCRYPT_AUTH_MODE_CHAIN_CALLS_FLAG). .NET's GCM is one-shot, so counter mode and
// the hash (NIST SP 800-38D sections 6.4 and 6.5) are computed here over single AES blocks. All state between
// calls is in the driver's own buffers, as on Windows: the counter in the vector, the hash in the MAC
// context.
// It knows nothing about one-shot calls: AuthenticatedCipher.cs.
using System.Buffers.Binary;
using System.Security.Cryptography;
using OpenWsk.Abi;

namespace OpenWsk.Kernel;

/// <summary>Chained calls of GCM.</summary>
internal static class GcmChain
{
    private const int Block = 16;

    // The polynomial of GCM's field, bits in GCM's order.
    private static readonly UInt128 s_reduction = new(0xE100_0000_0000_0000, 0);

    /// <summary>Takes one part; the call without the chain flag is the last.</summary>
    /// <remarks>
    /// Errors: STATUS_INVALID_BUFFER_SIZE when a part that is not the last has a broken block;
    /// STATUS_AUTH_TAG_MISMATCH at the end of a decryption; STATUS_INVALID_PARAMETER for missing buffers, or
    /// associated data after other data.
    /// </remarks>
    public static NTSTATUS Run(
        CryptoKey key,
        in CipherCall call,
        GuestPtr<BCRYPT_AUTHENTICATED_CIPHER_MODE_INFO> place,
        ReadOnlySpan<byte> input,
        Span<byte> output)
    {
        ref var info = ref place.Value;
        var isLast = (info.dwFlags & AuthenticatedCipher.ChainCalls) == 0;
        if (call.Vector == 0 || call.VectorBytes < Block || info.pbMacContext == 0
            || info.cbMacContext < Block
            || info.cbNonce != AuthenticatedCipher.NonceBytes || (isLast && info.cbTag is < 12 or > 16))
            return NTSTATUS.STATUS_INVALID_PARAMETER;
        if (!isLast && input.Length % Block != 0)
            return NTSTATUS.STATUS_INVALID_BUFFER_SIZE;
        using var aes = Aes.Create();
        aes.SetKey(key.Secret);
        var vector = GuestMemory.Span(call.Vector, Block);
        var context = GuestMemory.Span(info.pbMacContext, Block);
        if ((info.dwFlags & AuthenticatedCipher.InProgress) == 0)
            Begin(ref info, vector, context);
        if (info.cbAuthData != 0 && (info.cbData != 0 || info.cbAAD % Block != 0))
            return NTSTATUS.STATUS_INVALID_PARAMETER;
        var hashKey = EncryptBlock(aes, 0);
        var hash = BinaryPrimitives.ReadUInt128BigEndian(context);
        if (info.cbAuthData != 0)
        {
            CryptoBuffers.TrySpan(info.pbAuthData, info.cbAuthData, out var data);
            hash = Hash(hashKey, hash, data);
            info.cbAAD += info.cbAuthData;
        }
        // The output may be the input, so what is hashed is taken before or after as the direction asks.
        if (!call.IsEncryption)
            hash = Hash(hashKey, hash, input);
        Count(aes, vector, input, output);
        if (call.IsEncryption)
            hash = Hash(hashKey, hash, output);
        info.cbData += (ulong)input.Length;
        BinaryPrimitives.WriteUInt128BigEndian(context, hash);
        info.dwFlags |= AuthenticatedCipher.InProgress;
        return isLast ? End(aes, hashKey, hash, call.IsEncryption, ref info,
            output) : NTSTATUS.STATUS_SUCCESS;
    }

    private static void Begin(
        ref BCRYPT_AUTHENTICATED_CIPHER_MODE_INFO info, Span<byte> vector, Span<byte> context)
    {
        GuestMemory.Span(info.pbNonce, AuthenticatedCipher.NonceBytes).CopyToGuest(vector);
        // The block numbered one seals the tag; data begins with the next.
        BinaryPrimitives.WriteUInt32BigEndian(vector[AuthenticatedCipher.NonceBytes..], 2);
        context.Clear();
        info.cbAAD = 0;
        info.cbData = 0;
    }

    private static NTSTATUS End(
        Aes aes,
        UInt128 hashKey,
        UInt128 hash,
        bool isEncryption,
        ref BCRYPT_AUTHENTICATED_CIPHER_MODE_INFO info,
        Span<byte> output)
    {
        hash = Multiply(hash ^ new UInt128((ulong)info.cbAAD * 8, info.cbData * 8), hashKey);
        Span<byte> first = stackalloc byte[Block];
        GuestMemory.Span(info.pbNonce, AuthenticatedCipher.NonceBytes).CopyToGuest(first);
        first[Block - 1] = 1;
        Span<byte> expected = stackalloc byte[Block];
        BinaryPrimitives.WriteUInt128BigEndian(
            expected, hash ^ EncryptBlock(aes, BinaryPrimitives.ReadUInt128BigEndian(first)));
        info.dwFlags &= ~AuthenticatedCipher.InProgress;
        var tag = GuestMemory.Span(info.pbTag, (int)info.cbTag);
        if (isEncryption)
        {
            expected[..tag.Length].CopyTo(tag);
            return NTSTATUS.STATUS_SUCCESS;
        }
        if (CryptographicOperations.FixedTimeEquals(expected[..tag.Length], tag))
            return NTSTATUS.STATUS_SUCCESS;
        output.Clear();
        return NTSTATUS.STATUS_AUTH_TAG_MISMATCH;
    }

    private static void Count(Aes aes, Span<byte> vector, ReadOnlySpan<byte> input, Span<byte> output)
    {
        Span<byte> stream = stackalloc byte[Block];
        for (var at = 0; at < input.Length; at += Block)
        {
            aes.EncryptEcb(vector, stream, PaddingMode.None);
            var count = Math.Min(Block, input.Length - at);
            for (var i = 0; i < count; i++)
                output[at + i] = (byte)(input[at + i] ^ stream[i]);
            var counter = vector[AuthenticatedCipher.NonceBytes..];
            BinaryPrimitives.WriteUInt32BigEndian(
                counter, unchecked(BinaryPrimitives.ReadUInt32BigEndian(counter) + 1));
        }
    }

    private static UInt128 EncryptBlock(Aes aes, UInt128 block)
    {
        Span<byte> bytes = stackalloc byte[Block];
        BinaryPrimitives.WriteUInt128BigEndian(bytes, block);
        Span<byte> encrypted = stackalloc byte[Block];
        aes.EncryptEcb(bytes, encrypted, PaddingMode.None);
        return BinaryPrimitives.ReadUInt128BigEndian(encrypted);
    }

    private static UInt128 Hash(UInt128 key, UInt128 hash, ReadOnlySpan<byte> data)
    {
        Span<byte> block = stackalloc byte[Block];
        for (var at = 0; at < data.Length; at += Block)
        {
            var count = Math.Min(Block, data.Length - at);
            block.Clear();
            data.Slice(at, count).CopyTo(block);
            hash = Multiply(hash ^ BinaryPrimitives.ReadUInt128BigEndian(block), key);
        }
        return hash;
    }

    private static UInt128 Multiply(UInt128 left, UInt128 right)
    {
        var product = UInt128.Zero;
        for (var bit = 127; bit >= 0; bit--)
        {
            if (((left >> bit) & 1) != 0)
                product ^= right;
            right = (right & 1) != 0 ? (right >> 1) ^ s_reduction : right >> 1;
        }
        return product;
    }
}
