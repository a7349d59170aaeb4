// Pairs of keys of BCrypt: agreement against the vector of RFC 5903 section 8.1, signatures and blobs against
// .NET as the other party, and their errors. It knows nothing about hashes; see HashTests.cs.
using System.Security.Cryptography;
using static OpenWsk.Kernel.Tests.CryptoWorld;

namespace OpenWsk.Kernel.Tests;

public sealed class KeyPairTests
{
    private const ulong Rsa = 0xE1;
    private const ulong EcdhP256 = 0x2A1;
    private const ulong EcdsaP256 = 0x2E1;
    private const ulong EcdsaP521 = 0x301;
    private const uint Pkcs1 = 2;
    private const uint Oaep = 4;
    private const uint Pss = 8;
    private const ulong InvalidParameter = (uint)NTSTATUS.STATUS_INVALID_PARAMETER;
    private const ulong InvalidHandle = (uint)NTSTATUS.STATUS_INVALID_HANDLE;
    private const ulong InvalidSignature = (uint)NTSTATUS.STATUS_INVALID_SIGNATURE;

    private const string Own = "c88f01f510d9ac3f70a292daa2316de544e9aab8afe84049c62a9c57862d1433";
    private const string OwnPoint = "dad0b65394221cf9b051e1feca5787d098dfe637fc90b9ef945d0c3772581180"
        + "5271a0461cdb8252d61f1c456fa3e59ab1f45b33accf5f58389e0577b8990bb3";
    private const string OtherPoint = "d12dfb5289c8d4f81208b70270398c342296970a0bccb74c736fc7554494bf63"
        + "56fbf3ca366cc23e8157854c13c58d6aac23f046ada30f8353e74f33039872ab";
    private const string Agreed = "d6840f6b42f6edafd13116e0e12565202fef8e9ece7dce03812464d04b9442de";

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Two_parties_agree_on_the_published_secret(bool hasPoint) => KernelWorld.Simulate(world =>
    {
        var point = hasPoint ? OwnPoint : new string('0', OwnPoint.Length);
        var own = Import(world, EcdhP256, "ECCPRIVATEBLOB", "45434b3220000000" + point + Own);
        var other = Import(world, EcdhP256, "ECCPUBLICBLOB", "45434b3120000000" + OtherPoint);
        Assert.Equal("45434b3120000000" + OwnPoint, Export(world, own, "ECCPUBLICBLOB"));
        var (place, result, length) = (world.Memory(8), world.Memory(64), world.Memory(4));
        Assert.Equal(InvalidHandle, world.Cng("BCryptSecretAgreement", other, own, place, 0));
        Assert.Equal(0ul, world.Cng("BCryptSecretAgreement", own, other, place, 0));
        var secret = GuestMemory.Read<ulong>(place);
        ulong Derive(string function, nuint parameters, uint flags = 0) => world.Cng(
            "BCryptDeriveKey", secret, Texts.Wide(world, function), parameters, result, 64, length, flags);
        Assert.Equal(0ul, Derive("TRUNCATE", 0));
        Assert.Equal(32u, GuestMemory.Read<uint>(length));
        var raw = Convert.FromHexString(Agreed);
        Assert.Equal(Agreed, Convert.ToHexStringLower([.. GuestMemory.Span(result, 32).ToArray().Reverse()]));
        Assert.Equal(0ul, Derive("HASH", Parameters(world, (0, "SHA256\0"), (1, "a"), (2, "b"))));
        byte[] text = [.. Wide("a"), .. raw, .. Wide("b")];
        Assert.Equal(Convert.ToHexStringLower(SHA256.HashData(text)), HexAt(result, 32));
        Assert.Equal(0ul, Derive("HASH", 0));
#pragma warning disable CA5350 // SHA-1 is what BCryptDeriveKey hashes with when nothing is said.
        Assert.Equal(Convert.ToHexStringLower(SHA1.HashData(raw)), HexAt(result, 20));
#pragma warning restore CA5350
        Assert.Equal(0ul, Derive("HMAC", Parameters(world, (0, "SHA256\0"), (3, "key"))));
        Assert.Equal(Convert.ToHexStringLower(HMACSHA256.HashData(Wide("key"), raw)), HexAt(result, 32));
        Assert.Equal(0ul, Derive("HMAC", Parameters(world, (0, "SHA256\0")), 1));
        Assert.Equal(Convert.ToHexStringLower(HMACSHA256.HashData(raw, raw)), HexAt(result, 32));
        Assert.Equal((uint)NTSTATUS.STATUS_NOT_SUPPORTED, Derive("TLS_PRF", 0));
        Assert.Equal(0ul, world.Cng("BCryptDestroySecret", secret));
        Assert.Equal(InvalidHandle, Derive("TRUNCATE", 0));
    });

    [Theory]
    [InlineData(EcdsaP256, 32)]
    [InlineData(EcdsaP521, 66)]
    public void A_signature_by_a_curve_is_one_for_everybody(ulong algorithm, int bytes) =>
        KernelWorld.Simulate(world =>
        {
            var key = Generate(world, algorithm, 0);
            Assert.Equal(2u * (uint)bytes, Number(world, key, "SignatureLength"));
            var blob = Convert.FromHexString(Export(world, key, "ECCPUBLICBLOB"));
            var point = new ECPoint { X = blob[8..(8 + bytes)], Y = blob[(8 + bytes)..] };
            var curve = bytes == 32 ? ECCurve.NamedCurves.nistP256 : ECCurve.NamedCurves.nistP521;
            using var peer = ECDsa.Create(new ECParameters { Curve = curve, Q = point });
            var hash = SHA256.HashData("text"u8);
            var (signature, status) = Sign(world, key, 0, hash, 0);
            Assert.Equal(0ul, status);
            Assert.True(peer.VerifyHash(hash, signature));
            Assert.Equal(0ul, Verify(world, key, 0, hash, signature, 0));
            signature[5] ^= 1;
            Assert.Equal(InvalidSignature, Verify(world, key, 0, hash, signature, 0));
            Assert.Equal(InvalidSignature, Verify(world, key, 0, hash, signature[1..], 0));
            var copy = Import(world, algorithm, "ECCPRIVATEBLOB", Export(world, key, "ECCPRIVATEBLOB"));
            Assert.Equal(Export(world, key, "ECCPUBLICBLOB"), Export(world, copy, "ECCPUBLICBLOB"));
        });

    [Theory]
    [InlineData("RSAPRIVATEBLOB", Pkcs1)]
    [InlineData("RSAFULLPRIVATEBLOB", Pss)]
    public void A_signature_by_RSA_is_one_for_everybody(string kind, uint padding) =>
        KernelWorld.Simulate(world =>
        {
            using var peer = RSA.Create(1024);
            var p = peer.ExportParameters(true);
            var isFull = kind == "RSAFULLPRIVATEBLOB";
            byte[] rest = isFull ? [.. p.DP!, .. p.DQ!, .. p.InverseQ!, .. p.D!] : [];
            byte[] numbers = [.. p.Exponent!, .. p.Modulus!, .. p.P!, .. p.Q!, .. rest];
            uint[] head = [isFull ? 0x33415352u : 0x32415352, 1024, 3, 128, 64, 64];
            var text = Convert.ToHexStringLower([.. head.SelectMany(BitConverter.GetBytes), .. numbers]);
            var key = Import(world, Rsa, kind, text);
            Assert.Equal(text, Export(world, key, kind));
            Assert.Equal((1024u, 128u), (Number(world, key, "KeyLength"), Number(world, key, "BlockLength")));
            var info = world.Memory(16);
            GuestMemory.Write(info, (ulong)Texts.Wide(world, "SHA256"));
            GuestMemory.Write(info + 8, 32u);
            var hash = SHA256.HashData("text"u8);
            var (signature, status) = Sign(world, key, info, hash, padding);
            Assert.Equal(0ul, status);
            var net = padding == Pss ? RSASignaturePadding.Pss : RSASignaturePadding.Pkcs1;
            Assert.True(peer.VerifyHash(hash, signature, HashAlgorithmName.SHA256, net));
            var open = Import(world, Rsa, "RSAPUBLICBLOB", Export(world, key, "RSAPUBLICBLOB"));
            Assert.Equal(0ul, Verify(world, open, info, hash, signature, padding));
            var other = SHA256.HashData([1]);
            Assert.Equal(InvalidSignature, Verify(world, open, info, other, signature, padding));
            Assert.Equal(InvalidHandle, Sign(world, open, info, hash, padding).Status);
            Assert.Equal(InvalidParameter, Sign(world, key, 0, hash, padding).Status);
            Assert.Equal(InvalidParameter, Sign(world, key, info, hash[1..], padding).Status);
        });

    [Theory]
    [InlineData(Pkcs1)]
    [InlineData(Oaep)]
    public void RSA_encrypts_for_the_holder_of_the_private_key(uint padding) => KernelWorld.Simulate(world =>
    {
        var key = Generate(world, Rsa, 1024);
        var open = Import(world, Rsa, "RSAPUBLICBLOB", Export(world, key, "RSAPUBLICBLOB"));
        var (info, text, length) = (world.Memory(24), world.Bytes("secret"u8), world.Memory(4));
        var (sealed_, opened) = (world.Memory(128), world.Memory(128));
        GuestMemory.Write(info, (ulong)Texts.Wide(world, "SHA256"));
        ulong Run(string name, ulong k, nuint from, uint bytes, nuint to) => world.Cng(
            name, k, from, bytes, info, 0, 0, to, to == 0 ? 0u : 128, length, padding);
        Assert.Equal(0ul, Run("BCryptEncrypt", open, text, 6, 0));
        Assert.Equal(128u, GuestMemory.Read<uint>(length));
        Assert.Equal(0ul, Run("BCryptEncrypt", open, text, 6, sealed_));
        Assert.Equal((uint)NTSTATUS.STATUS_NOT_SUPPORTED, Run("BCryptDecrypt", open, sealed_, 128, opened));
        Assert.Equal(0ul, Run("BCryptDecrypt", key, sealed_, 128, opened));
        Assert.Equal("secret"u8.ToArray(), GuestMemory.Span(opened, 6).ToArray());
        Assert.Equal(InvalidParameter, Run("BCryptDecrypt", key, sealed_, 127, opened));
    });

    [Fact]
    public void A_pair_of_a_curve_comes_from_the_worlds_entropy() =>
        Assert.Equal(MakeInAWorld(), MakeInAWorld());

    [Fact]
    public void What_is_no_key_is_refused() => KernelWorld.Simulate(world =>
    {
        ulong Try(ulong algorithm, string kind, string hex) => world.Cng("BCryptImportKeyPair", algorithm, 0,
            Texts.Wide(world, kind), world.Memory(8), world.Hex(hex), (uint)hex.Length / 2, 0);
        var beside = OtherPoint[..^2] + "ac";
        Assert.Equal(InvalidParameter, Try(EcdhP256, "ECCPUBLICBLOB", "45434b3120000000" + beside));
        Assert.Equal(InvalidParameter, Try(EcdhP256, "ECCPUBLICBLOB", "4543533120000000" + OtherPoint));
        Assert.Equal(InvalidParameter, Try(EcdhP256, "ECCPUBLICBLOB", "45434b3120000000" + Own));
        Assert.Equal((uint)NTSTATUS.STATUS_NOT_SUPPORTED, Try(EcdhP256, "RSAPUBLICBLOB", Own));
        Assert.Equal(InvalidParameter, Try(Rsa, "RSAPRIVATEBLOB",
            "525341320002000001000000ffffffff4000000040000000" + Own));
        Assert.Equal(InvalidParameter, Try(Rsa, "RSAPRIVATEBLOB",
            "525341320002000001000000020000000100000001000000" + "03" + "0021" + "03" + "0b"));
        Assert.Equal(InvalidHandle, Try(Sha256, "RSAPUBLICBLOB", Own));
        Assert.Equal(InvalidParameter, world.Cng("BCryptGenerateKeyPair", Rsa, world.Memory(8), 513, 0));
        var place = world.Memory(8);
        Assert.Equal(0ul, world.Cng("BCryptGenerateKeyPair", EcdsaP256, place, 256, 0));
        var unmade = GuestMemory.Read<ulong>(place);
        Assert.Equal(InvalidHandle, Sign(world, unmade, 0, new byte[32], 0).Status);
        Assert.Equal(0ul, world.Cng("BCryptFinalizeKeyPair", unmade, 0));
        Assert.Equal(InvalidHandle, world.Cng("BCryptFinalizeKeyPair", unmade, 0));
        Assert.Equal(0ul, world.Cng("BCryptDestroyKey", unmade));
        Assert.Equal(InvalidHandle, world.Cng("BCryptDestroyKey", unmade));
    });

    private static string MakeInAWorld()
    {
        var made = "";
        KernelWorld.Simulate(world => made = Export(world, Generate(world, EcdsaP521, 521), "ECCPUBLICBLOB"));
        return made;
    }

    private static ulong Generate(KernelWorld world, ulong algorithm, uint bits)
    {
        var place = world.Memory(8);
        Assert.Equal(0ul, world.Cng("BCryptGenerateKeyPair", algorithm, place, bits, 0));
        Assert.Equal(0ul, world.Cng("BCryptFinalizeKeyPair", GuestMemory.Read<ulong>(place), 0));
        return GuestMemory.Read<ulong>(place);
    }

    private static ulong Import(KernelWorld world, ulong algorithm, string kind, string hex)
    {
        var place = world.Memory(8);
        Assert.Equal(0ul, world.Cng("BCryptImportKeyPair", algorithm, 0, Texts.Wide(world, kind), place,
            world.Hex(hex), (uint)hex.Length / 2, 0));
        return GuestMemory.Read<ulong>(place);
    }

    private static string Export(KernelWorld world, ulong key, string kind)
    {
        var (buffer, length) = (world.Memory(4096), world.Memory(4));
        Assert.Equal(0ul, world.Cng(
            "BCryptExportKey", key, 0, Texts.Wide(world, kind), buffer, 4096, length, 0));
        return HexAt(buffer, GuestMemory.Read<int>(length));
    }

    private static (byte[] Signature, ulong Status) Sign(
        KernelWorld world, ulong key, nuint info, byte[] hash, uint flags)
    {
        var (output, length) = (world.Memory(256), world.Memory(4));
        var status = world.Cng("BCryptSignHash", key, info, world.Bytes(hash), (uint)hash.Length, output, 256,
            length, flags);
        return (status == 0 ? GuestMemory.Span(output, GuestMemory.Read<int>(length)).ToArray() : [], status);
    }

    private static ulong Verify(
        KernelWorld world, ulong key, nuint info, byte[] hash, byte[] signature, uint flags) => world.Cng(
            "BCryptVerifySignature", key, info, world.Bytes(hash), (uint)hash.Length, world.Bytes(signature),
            (uint)signature.Length, flags);

    private static uint Number(KernelWorld world, ulong target, string property)
    {
        var (value, length) = (world.Memory(4), world.Memory(4));
        Assert.Equal(0ul, world.Cng(
            "BCryptGetProperty", target, Texts.Wide(world, property), value, 4, length, 0));
        return GuestMemory.Read<uint>(value);
    }

    // BCryptBufferDesc with its buffers.
    private static nuint Parameters(KernelWorld world, params (uint Type, string Text)[] parameters)
    {
        var (list, buffers) = (world.Memory(16), world.Memory(16 * parameters.Length));
        GuestMemory.Write(list + 4, (uint)parameters.Length);
        GuestMemory.Write(list + 8, (ulong)buffers);
        for (var i = 0; i < parameters.Length; i++)
        {
            var bytes = Wide(parameters[i].Text);
            var at = buffers + (nuint)(16 * i);
            GuestMemory.Write(at, (uint)bytes.Length);
            GuestMemory.Write(at + 4, parameters[i].Type);
            GuestMemory.Write(at + 8, (ulong)world.Bytes(bytes));
        }
        return list;
    }

    private static byte[] Wide(string text) => System.Text.Encoding.Unicode.GetBytes(text);
}
