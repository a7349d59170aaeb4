// Ciphers of BCrypt against published vectors, and what a driver can get wrong. Vectors: NIST SP 800-38A
// F.1.1
// and F.2.1 (ECB, CBC), the GCM specification's case 4, NIST SP 800-38C example 1, RFC 8439 section 2.8.2.
using static OpenWsk.Kernel.Tests.CryptoWorld;

namespace OpenWsk.Kernel.Tests;

public sealed class CipherTests
{
    private const string Key = "2b7e151628aed2a6abf7158809cf4f3c";
    private const string Plain = "6bc1bee22e409f96e93d7e117393172aae2d8a571e03ac9c9eb76fac45af8e51";
    private const string GcmKey = "feffe9928665731c6d6a8f9467308308";
    private const string GcmNonce = "cafebabefacedbaddecaf888";
    private const string GcmData = "feedfacedeadbeeffeedfacedeadbeefabaddad2";
    private const string GcmTag = "5bc94fbc3221a5db94fae95ae7121a47";

    private const string GcmPlain = "d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a72"
        + "1c3c0c95956809532fcf0e2449a6b525b16aedf5aa0de657ba637b39";

    private const string GcmCipher = "42831ec2217774244b7221b784d0d49ce3aa212f2c02a4e035c17e2329aca12e"
        + "21d514b25466931c7d8f6a5aac84aa051ba30b396a0aac973d58e091";

    [Fact]
    public void Ecb_and_cbc_are_the_published_ones_and_the_vector_goes_on() => KernelWorld.Simulate(world =>
    {
        var (buffer, length) = (world.Hex(Plain), world.Memory(4));
        Assert.Equal(0ul, world.Cng("BCryptEncrypt", world.Key(AesEcb, Key), buffer, 32, 0, 0, 0,
            buffer, 32, length, 0));
        Assert.Equal("3ad77bb40d7a3660a89ecaf32466ef97f5d3d58503b9699de785895a96fdbaaf", HexAt(buffer, 32));
        var key = world.Key(AesCbc, Key);
        var vector = world.Hex("000102030405060708090a0b0c0d0e0f");
        buffer = world.Hex(Plain);
        for (var at = 0u; at < 32; at += 16)
            Assert.Equal(0ul, world.Cng("BCryptEncrypt", key, buffer + at, 16, 0, vector, 16,
                buffer + at, 16, length, 0));
        const string expected = "7649abac8119b246cee98e9b12e9197d5086cb9b507219ee95db113a917678b2";
        Assert.Equal(expected, HexAt(buffer, 32));
        Assert.Equal(expected[32..], HexAt(vector, 16));
        vector = world.Hex("000102030405060708090a0b0c0d0e0f");
        Assert.Equal(0ul, world.Cng("BCryptDecrypt", key, buffer, 32, 0, vector, 16, buffer, 32, length, 0));
        Assert.Equal(Plain, HexAt(buffer, 32));
        Assert.Equal(expected[32..], HexAt(vector, 16));
    });

    [Fact]
    public void Padding_fills_the_last_block_and_is_checked() => KernelWorld.Simulate(world =>
    {
        var key = world.Key(AesCbc, Key);
        var (output, length) = (world.Memory(48), world.Memory(4));
        ulong Run(string name, nuint input, uint bytes, nuint to, uint room, uint flags) => world.Cng(
            name, key, input, bytes, 0, world.Memory(16), 16, to, room, length, flags);

        var text = world.Bytes("hello"u8);
        Assert.Equal((uint)NTSTATUS.STATUS_INVALID_BUFFER_SIZE, Run("BCryptEncrypt", text, 5, output, 48, 0));
        Assert.Equal(0ul, Run("BCryptEncrypt", text, 5, 0, 0, 1));
        Assert.Equal(16u, GuestMemory.Read<uint>(length));
        Assert.Equal((uint)NTSTATUS.STATUS_BUFFER_TOO_SMALL, Run("BCryptEncrypt", text, 5, output, 15, 1));
        Assert.Equal(0ul, Run("BCryptEncrypt", text, 5, output, 16, 1));
        Assert.Equal(0ul, Run("BCryptDecrypt", output, 16, output + 16, 16, 1));
        Assert.Equal(5u, GuestMemory.Read<uint>(length));
        Assert.Equal("hello"u8.ToArray(), GuestMemory.Span(output + 16, 5).ToArray());
        GuestMemory.Span(output, 16)[15] ^= 1;
        Assert.Equal((uint)NTSTATUS.STATUS_UNSUCCESSFUL, Run("BCryptDecrypt", output, 16, output, 16, 1));
    });

    [Fact]
    public void Gcm_in_one_call_is_the_published_one() => KernelWorld.Simulate(world =>
    {
        var key = world.Key(AesGcm, GcmKey);
        var info = Info(world, GcmNonce, GcmData, 16);
        var (buffer, length) = (world.Hex(GcmPlain), world.Memory(4));
        Assert.Equal(0ul, Seal(world, "BCryptEncrypt", key, info, buffer, 60, length));
        Assert.Equal(GcmCipher, HexAt(buffer, 60));
        Assert.Equal(GcmTag, HexAt(info.Value.pbTag, 16));
        Assert.Equal(60u, GuestMemory.Read<uint>(length));
        Assert.Equal(0ul, Seal(world, "BCryptDecrypt", key, info, buffer, 60, length));
        Assert.Equal(GcmPlain, HexAt(buffer, 60));
        GuestMemory.Span(info.Value.pbTag, 16)[0] ^= 1;
        Assert.Equal((uint)NTSTATUS.STATUS_AUTH_TAG_MISMATCH,
            Seal(world, "BCryptDecrypt", key, info, buffer, 60, length));
        Assert.Equal(new string('0', 120), HexAt(buffer, 60));
    });

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Gcm_in_chained_calls_is_the_same(bool isEncryption) => KernelWorld.Simulate(world =>
    {
        var name = isEncryption ? "BCryptEncrypt" : "BCryptDecrypt";
        var key = world.Key(AesGcm, GcmKey);
        var info = Info(world, GcmNonce, GcmData, 16);
        (info.Value.pbMacContext, info.Value.cbMacContext) = (world.Memory(16), 16);
        if (!isEncryption)
            Convert.FromHexString(GcmTag).CopyTo(GuestMemory.Span(info.Value.pbTag, 16));
        var (buffer, length) = (world.Hex(isEncryption ? GcmPlain : GcmCipher), world.Memory(4));
        var vector = world.Memory(16);
        ulong Part(uint at, uint bytes) => world.Cng(
            name, key, buffer + at, bytes, info.Address, vector, 16, buffer + at, bytes, length, 0);

        info.Value.dwFlags = 1;
        Assert.Equal((uint)NTSTATUS.STATUS_INVALID_BUFFER_SIZE, Part(0, 15));
        Assert.Equal(0ul, Part(0, 16));
        Assert.Equal(3u, info.Value.dwFlags);
        info.Value.cbAuthData = 0;
        Assert.Equal(0ul, Part(16, 32));
        info.Value.dwFlags &= ~1u;
        Assert.Equal(0ul, Part(48, 12));
        Assert.Equal(isEncryption ? GcmCipher : GcmPlain, HexAt(buffer, 60));
        Assert.Equal(GcmTag, HexAt(info.Value.pbTag, 16));
        Assert.Equal(0u, info.Value.dwFlags);
        Assert.Equal((20u, 60ul), (info.Value.cbAAD, info.Value.cbData));
    });

    [Fact]
    public void A_chained_decryption_ends_with_the_tag_that_differs() => KernelWorld.Simulate(world =>
    {
        var key = world.Key(AesGcm, GcmKey);
        var info = Info(world, GcmNonce, "", 16);
        (info.Value.pbMacContext, info.Value.cbMacContext, info.Value.dwFlags) = (world.Memory(16), 16, 1);
        var (buffer, vector, length) = (world.Memory(16), world.Memory(16), world.Memory(4));
        Assert.Equal(0ul, world.Cng(
            "BCryptDecrypt", key, buffer, 16, info.Address, vector, 16, buffer, 16, length, 0));
        info.Value.dwFlags = 2;
        Assert.Equal((uint)NTSTATUS.STATUS_AUTH_TAG_MISMATCH, world.Cng(
            "BCryptDecrypt", key, 0, 0, info.Address, vector, 16, 0, 0, length, 0));
    });

    [Fact]
    public void Ccm_is_the_published_one() => KernelWorld.Simulate(world =>
    {
        var key = world.Key(AesCcm, "404142434445464748494a4b4c4d4e4f");
        var info = Info(world, "10111213141516", "0001020304050607", 4);
        var buffer = world.Hex("20212223");
        Assert.Equal(0ul, Seal(world, "BCryptEncrypt", key, info, buffer, 4, world.Memory(4)));
        Assert.Equal("7162015b", HexAt(buffer, 4));
        Assert.Equal("4dac255d", HexAt(info.Value.pbTag, 4));
    });

    [Fact]
    public void ChaCha20_Poly1305_is_the_published_one() => KernelWorld.Simulate(world =>
    {
        var key = world.Key(world.Open("CHACHA20_POLY1305"),
            "808182838485868788898a8b8c8d8e8f909192939495969798999a9b9c9d9e9f");
        var info = Info(world, "070000004041424344454647", "50515253c0c1c2c3c4c5c6c7", 16);
        var text = "Ladies and Gentlemen of the class of '99: If I could offer you only one tip for "
            + "the future, sunscreen would be it.";
        var buffer = world.Bytes(System.Text.Encoding.ASCII.GetBytes(text));
        Assert.Equal(0ul, Seal(world, "BCryptEncrypt", key, info, buffer, (uint)text.Length,
            world.Memory(4)));
        Assert.StartsWith("d31a8d34648e60db7b86afbc53ef7ec2", HexAt(buffer, text.Length),
            StringComparison.Ordinal);
        Assert.Equal("1ae10b594f09e26a7e902ecbd0600691", HexAt(info.Value.pbTag, 16));
        info.Value.dwFlags = 1;
        Assert.Equal((uint)NTSTATUS.STATUS_NOT_SUPPORTED,
            Seal(world, "BCryptEncrypt", key, info, buffer, 16, world.Memory(4)));
    });

    [Fact]
    public void Modes_and_lengths_are_properties() => KernelWorld.Simulate(world =>
    {
        var algorithm = world.Open("AES");
        var place = world.Memory(64);
        ulong Get(string name, uint room) => world.Cng(
            "BCryptGetProperty", algorithm, Texts.Wide(world, name), place, room, place + 48, 0);
        ulong Set(string mode) => world.Cng("BCryptSetProperty", algorithm, Texts.Wide(world, "ChainingMode"),
            Texts.Wide(world, mode), (uint)(mode.Length * 2) + 2, 0);

        Assert.Equal(0ul, Get("ChainingMode", 48));
        Assert.Equal("ChainingModeCBC", GuestMemory.WideZ(place).ToString());
        Assert.Equal((uint)NTSTATUS.STATUS_NOT_SUPPORTED, Get("AuthTagLength", 48));
        Assert.Equal((uint)NTSTATUS.STATUS_NOT_SUPPORTED, Set("ChainingModeXYZ"));
        Assert.Equal(0ul, Set("ChainingModeGCM"));
        Assert.Equal(0ul, Get("AuthTagLength", 48));
        Assert.Equal("0c0000001000000001000000", HexAt(place, 12));
        Assert.Equal((uint)NTSTATUS.STATUS_BUFFER_TOO_SMALL, Get("AuthTagLength", 11));
        Assert.Equal(0ul, Get("KeyLengths", 48));
        Assert.Equal("800000000001000040000000", HexAt(place, 12));
        Assert.Equal(0ul, Get("BlockLength", 4));
        Assert.Equal(16u, GuestMemory.Read<uint>(place));
    });

    [Fact]
    public void A_key_goes_through_a_blob_and_bad_ones_are_refused() => KernelWorld.Simulate(world =>
    {
        var (place, length, blob) = (world.Memory(8), world.Memory(4), world.Memory(64));
        var type = Texts.Wide(world, "KeyDataBlob");
        Assert.Equal(0ul, world.Cng(
            "BCryptExportKey", world.Key(AesEcb, Key), 0, type, blob, 64, length, 0));
        Assert.Equal(28u, GuestMemory.Read<uint>(length));
        ulong Import(uint bytes) => world.Cng(
            "BCryptImportKey", AesEcb, 0, type, place, 0, 0, blob, bytes, 0);
        Assert.Equal((uint)NTSTATUS.STATUS_INVALID_PARAMETER, Import(27));
        Assert.Equal(0ul, Import(28));
        var buffer = world.Hex(Plain);
        world.Cng("BCryptEncrypt", GuestMemory.Read<ulong>(place), buffer, 16, 0, 0, 0, buffer, 16, length,
            0);
        Assert.Equal("3ad77bb40d7a3660a89ecaf32466ef97", HexAt(buffer, 16));
        GuestMemory.Write(blob + 8, 0xFFFF_FFFFu);
        Assert.Equal((uint)NTSTATUS.STATUS_INVALID_PARAMETER, Import(28));
        Assert.Equal((uint)NTSTATUS.STATUS_INVALID_PARAMETER, world.Cng(
            "BCryptGenerateSymmetricKey", AesEcb, place, 0, 0, blob, 15, 0));
    });

    private static ulong Seal(
        KernelWorld world,
        string name,
        ulong key,
        GuestPtr<BCRYPT_AUTHENTICATED_CIPHER_MODE_INFO> info,
        nuint buffer,
        uint bytes,
        nuint length) =>
        world.Cng(name, key, buffer, bytes, info.Address, 0, 0, buffer, bytes, length, 0);

    private static GuestPtr<BCRYPT_AUTHENTICATED_CIPHER_MODE_INFO> Info(
        KernelWorld world, string nonce, string data, uint tagBytes)
    {
        var info = world.New<BCRYPT_AUTHENTICATED_CIPHER_MODE_INFO>();
        info.Value = new BCRYPT_AUTHENTICATED_CIPHER_MODE_INFO
        {
            cbSize = 88,
            dwInfoVersion = 1,
            pbNonce = world.Hex(nonce),
            cbNonce = (uint)nonce.Length / 2,
            pbAuthData = world.Hex(data),
            cbAuthData = (uint)data.Length / 2,
            pbTag = world.Memory(16),
            cbTag = tagBytes,
        };
        return info;
    }
}
