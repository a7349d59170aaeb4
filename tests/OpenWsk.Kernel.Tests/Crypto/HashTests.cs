// Hashes, message codes, derivation and random numbers of BCrypt against published vectors, and their errors.
// Vectors: FIPS 180-2 and RFC 1321 ("abc"), RFC 4231 case 2, RFC 7914 section 11, RFC 5869 case 1, RFC 4493
// section 4.
using System.Text;
using static OpenWsk.Kernel.Tests.CryptoWorld;

namespace OpenWsk.Kernel.Tests;

public sealed class HashTests
{
    private const ulong InvalidHandle = (uint)NTSTATUS.STATUS_INVALID_HANDLE;
    private const ulong InvalidParameter = (uint)NTSTATUS.STATUS_INVALID_PARAMETER;

    [Theory]
    [InlineData("MD5", 0x21, "900150983cd24fb0d6963f7d28e17f72")]
    [InlineData("SHA1", 0x31, "a9993e364706816aba3e25717850c26c9cd0d89d")]
    [InlineData("SHA256", 0x41, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad")]
    [InlineData("SHA384", 0x51, "cb00753f45a35e8bb5a03d699ac65007272c32ab0eded1631a8b605a43ff5bed"
        + "8086072ba1e7cc2358baeca134c825a7")]
    [InlineData("SHA512", 0x61, "ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a"
        + "2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f")]
    public void A_hash_is_the_published_one(string name, uint pseudo, string expected) =>
        KernelWorld.Simulate(world =>
        {
            var text = world.Bytes("abc"u8);
            var length = (uint)expected.Length / 2;
            var result = world.Memory(64);
            Assert.Equal(0ul, world.Cng("BCryptHash", pseudo, 0, 0, text, 3, result, length));
            Assert.Equal(expected, HexAt(result, (int)length));
            var algorithm = world.Open(name);
            Assert.Equal(length, Number(world, algorithm, "HashDigestLength"));
            var hash = Create(world, algorithm);
            Assert.Equal(0ul, world.Cng("BCryptHashData", hash, text, 1, 0));
            Assert.Equal(0ul, world.Cng("BCryptHashData", hash, text + 1, 2, 0));
            GuestMemory.Span(result, 64).Clear();
            Assert.Equal(InvalidParameter, world.Cng("BCryptFinishHash", hash, result, length - 1, 0));
            Assert.Equal(0ul, world.Cng("BCryptFinishHash", hash, result, length, 0));
            Assert.Equal(expected, HexAt(result, (int)length));
        });

    [Theory]
    [InlineData(0, "bb1d6929e95937287fa37d129b756746")]
    [InlineData(16, "070a16b46b4d4144f79bdd9dd04a287c")]
    [InlineData(40, "dfa66747de9ae63030ca32611497c827")]
    [InlineData(64, "51f0bebf7e3b9d92fc49741779363cfe")]
    public void A_message_code_of_AES_is_the_published_one(int length, string expected) =>
        KernelWorld.Simulate(world =>
        {
            const ulong pseudo = 0x101;
            var key = world.Hex("2b7e151628aed2a6abf7158809cf4f3c");
            var text = world.Hex("6bc1bee22e409f96e93d7e117393172aae2d8a571e03ac9c9eb76fac45af8e51"
                + "30c81c46a35ce411e5fbc1191a0a52eff69f2445df4f9b17ad2b417be66c3710");
            var result = world.Memory(16);
            Assert.Equal(0ul, world.Cng("BCryptHash", pseudo, key, 16, text, (uint)length, result, 16));
            Assert.Equal(expected, HexAt(result, 16));
            Assert.Equal(InvalidParameter, world.Cng("BCryptHash", pseudo, 0, 0, text, 1, result, 16));
            var algorithm = world.Open("AES-CMAC");
            Assert.Equal(1u, Number(world, algorithm, "IsKeyedHash"));
            // In pieces, by a copy, twice.
            var hash = Create(world, world.Open("AES-CMAC", 0x20), key, 16);
            world.Cng("BCryptHashData", hash, text, (uint)(length / 3), 0);
            var place = world.Memory(8);
            Assert.Equal(0ul, world.Cng("BCryptDuplicateHash", hash, place, 0, 0, 0));
            foreach (var one in (ulong[])[hash, GuestMemory.Read<ulong>(place)])
            {
                var rest = (uint)(length - length / 3);
                world.Cng("BCryptHashData", one, text + (nuint)(length / 3), rest, 0);
                GuestMemory.Span(result, 16).Clear();
                Assert.Equal(0ul, world.Cng("BCryptFinishHash", one, result, 16, 0));
                Assert.Equal(expected, HexAt(result, 16));
            }
            world.Cng("BCryptHashData", hash, text, (uint)length, 0);
            world.Cng("BCryptFinishHash", hash, result, 16, 0);
            Assert.Equal(expected, HexAt(result, 16));
        });

    [Fact]
    public void A_message_code_is_the_published_one_and_needs_its_flag() => KernelWorld.Simulate(world =>
    {
        const string expected = "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843";
        var text = world.Bytes("what do ya want for nothing?"u8);
        var key = world.Bytes("Jefe"u8);
        var result = world.Memory(32);
        Assert.Equal(0ul, world.Cng("BCryptHash", HmacSha256, key, 4, text, 28, result, 32));
        Assert.Equal(expected, HexAt(result, 32));
        Assert.Equal(InvalidParameter, world.Cng("BCryptHash", Sha256, key, 4, text, 28, result, 32));
        var hash = Create(world, world.Open("SHA256", 8), key, 4);
        world.Cng("BCryptHashData", hash, text, 28, 0);
        GuestMemory.Span(result, 32).Clear();
        world.Cng("BCryptFinishHash", hash, result, 32, 0);
        Assert.Equal(expected, HexAt(result, 32));
    });

    [Fact]
    public void A_finished_hash_is_used_no_more_unless_it_is_reusable() => KernelWorld.Simulate(world =>
    {
        var result = world.Memory(32);
        var once = Create(world, Sha256);
        Assert.Equal(0ul, world.Cng("BCryptFinishHash", once, result, 32, 0));
        Assert.Equal(InvalidHandle, world.Cng("BCryptHashData", once, result, 1, 0));
        Assert.Equal(InvalidHandle, world.Cng("BCryptFinishHash", once, result, 32, 0));
        Assert.Equal(InvalidHandle, world.Cng("BCryptDuplicateHash", once, result, 0, 0, 0));
        var again = Create(world, world.Open("SHA256", 0x20));
        for (var round = 0; round < 2; round++)
        {
            Assert.Equal(0ul, world.Cng("BCryptHashData", again, world.Bytes("abc"u8), 3, 0));
            Assert.Equal(0ul, world.Cng("BCryptFinishHash", again, result, 32, 0));
            Assert.StartsWith("ba7816bf", HexAt(result, 32), StringComparison.Ordinal);
        }
    });

    [Fact]
    public void A_duplicate_goes_its_own_way() => KernelWorld.Simulate(world =>
    {
        var first = Create(world, Sha256);
        var place = world.Memory(8);
        var result = world.Memory(32);
        world.Cng("BCryptHashData", first, world.Bytes("ab"u8), 2, 0);
        Assert.Equal(0ul, world.Cng("BCryptDuplicateHash", first, place, 0, 0, 0));
        world.Cng("BCryptHashData", first, world.Bytes("x"u8), 1, 0);
        var second = GuestMemory.Read<ulong>(place);
        world.Cng("BCryptHashData", second, world.Bytes("c"u8), 1, 0);
        world.Cng("BCryptFinishHash", second, result, 32, 0);
        Assert.StartsWith("ba7816bf", HexAt(result, 32), StringComparison.Ordinal);
    });

    [Fact]
    public void What_is_no_handle_no_algorithm_or_no_buffer_is_refused() => KernelWorld.Simulate(world =>
    {
        var place = world.Memory(8);
        Assert.Equal((uint)NTSTATUS.STATUS_NOT_FOUND, world.Cng(
            "BCryptOpenAlgorithmProvider", place, Texts.Wide(world, "ROT13"), 0, 0));
        Assert.Equal(InvalidParameter, world.Cng(
            "BCryptOpenAlgorithmProvider", place, Texts.Wide(world, "AES"), 0, 8));
        Assert.Equal(InvalidHandle, world.Cng("BCryptCreateHash", 0x1234, place, 0, 0, 0, 0, 0));
        Assert.Equal(InvalidHandle, world.Cng("BCryptHashData", 0x41, place, 1, 0));
        Assert.Equal(InvalidHandle, world.Cng("BCryptDestroyKey", Create(world, Sha256)));
        Assert.Equal(InvalidParameter, world.Cng("BCryptHashData", Create(world, Sha256), 0, 5, 0));
        Assert.Equal(InvalidParameter,
            world.Cng("BCryptHashData", Create(world, Sha256), place, 0x8000_0000, 0));
        Assert.Equal((uint)NTSTATUS.STATUS_BUFFER_TOO_SMALL, world.Cng(
            "BCryptCreateHash", Sha256, place, place, 8, 0, 0, 0));
        Assert.Equal((uint)NTSTATUS.STATUS_NOT_SUPPORTED, world.Cng(
            "BCryptGetProperty", world.Open("SHA256"), Texts.Wide(world, "ChainingMode"), 0, 0, place, 0));
    });

    [Fact]
    public void Handles_that_nobody_closes_are_left_over() => KernelWorld.Simulate(world =>
    {
        var algorithm = world.Open("SHA256");
        var hash = Create(world, algorithm);
        string[] Kinds() => [.. world.Executive.CollectLeftovers().Select(l => l.Kind)];
        Assert.Equal(["BCrypt algorithm", "BCrypt hash"], Kinds());
        Assert.Equal(0ul, world.Cng("BCryptDestroyHash", hash));
        Assert.Equal(0ul, world.Cng("BCryptCloseAlgorithmProvider", algorithm, 0));
        Assert.Equal(InvalidHandle, world.Cng("BCryptCloseAlgorithmProvider", algorithm, 0));
        Assert.Empty(Kinds());
    });

    [Fact]
    public void A_handle_that_was_not_opened_for_it_is_no_handle_for_dispatch_level() =>
        KernelWorld.Simulate(world =>
        {
            var plain = Create(world, world.Open("SHA256"));
            var dispatch = Create(world, world.Open("SHA256", 1));
            world.Executive.CurrentThread.Irql = Irql.Dispatch;
            world.Cng("BCryptHashData", dispatch, world.Memory(4), 4, 0);
            Assert.Empty(world.Breaches);
            world.Cng("BCryptHashData", plain, world.Memory(4), 4, 0);
            world.Executive.CurrentThread.Irql = Irql.Passive;
            Assert.Equal(["IRQL"], world.Breaches);
        });

    [Fact]
    public void A_simulated_world_draws_the_same_numbers_again()
    {
        Assert.Equal(Draw(7), Draw(7));
        Assert.NotEqual(Draw(7), Draw(8));
    }

    [Fact]
    public void Random_numbers_need_a_generator_or_the_preferred_one() => KernelWorld.Simulate(world =>
    {
        var memory = world.Memory(16);
        Assert.Equal(InvalidHandle, world.Cng("BCryptGenRandom", 0, memory, 16, 0));
        Assert.Equal(InvalidHandle, world.Cng("BCryptGenRandom", Sha256, memory, 16, 0));
        Assert.Equal(0ul, world.Cng("BCryptGenRandom", 0x81, memory, 16, 0));
        Assert.Equal(0ul, world.Cng("BCryptGenRandom", world.Open("RNG"), memory, 16, 0));
    });

    [Fact]
    public void Pbkdf2_is_the_published_one() => KernelWorld.Simulate(world =>
    {
        const string expected = "55ac046e56e3089fec1691c22544b605f94185216dde0465e68b9d57c20dacbc";
        var result = world.Memory(64);
        Assert.Equal(0ul, world.Cng("BCryptDeriveKeyPBKDF2", HmacSha256, world.Bytes("passwd"u8), 6,
            world.Bytes("salt"u8), 4, 1, result, 64, 0));
        Assert.StartsWith(expected, HexAt(result, 64), StringComparison.Ordinal);
        Assert.Equal(InvalidParameter, world.Cng("BCryptDeriveKeyPBKDF2", Sha256, 0, 0, 0, 0, 1, result, 64,
            0));
        Assert.Equal(InvalidParameter,
            world.Cng("BCryptDeriveKeyPBKDF2", HmacSha256, 0, 0, 0, 0, 0, result, 64, 0));
    });

    [Fact]
    public void Hkdf_is_the_published_one() => KernelWorld.Simulate(world =>
    {
        var key = world.Key(world.Open("HKDF"), string.Concat(Enumerable.Repeat("0b", 22)));
        Assert.Equal(0ul, Set(world, key, "HkdfHashAlgorithm", Encoding.Unicode.GetBytes("SHA256\0")));
        Assert.Equal(0ul, Set(world, key, "HkdfSaltAndFinalize",
            Convert.FromHexString("000102030405060708090a0b0c")));
        var buffer = world.Memory(16);
        GuestMemory.Write(buffer, 10u);
        GuestMemory.Write(buffer + 4, 0x14u);
        GuestMemory.Write(buffer + 8, world.Hex("f0f1f2f3f4f5f6f7f8f9"));
        var list = world.Memory(16);
        GuestMemory.Write(list + 4, 1u);
        GuestMemory.Write(list + 8, buffer);
        var result = world.Memory(42);
        Assert.Equal(0ul, world.Cng("BCryptKeyDerivation", key, list, result, 42, world.Memory(4), 0));
        Assert.Equal("3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf34007208d5b887185865",
            HexAt(result, 42));
    });

    private static string Draw(ulong seed)
    {
        using var world = KernelWorld.OnSim(seed);
        var drawn = "";
        world.Run(() =>
        {
            var memory = world.Memory(16);
            Assert.Equal(0ul, world.Cng("BCryptGenRandom", 0, memory, 16, 2));
            drawn = HexAt(memory, 16);
        });
        return drawn;
    }

    private static ulong Set(KernelWorld world, ulong target, string property, byte[] value) =>
        world.Cng("BCryptSetProperty", target, Texts.Wide(world, property), world.Bytes(value),
            (uint)value.Length, 0);

    private static uint Number(KernelWorld world, ulong target, string property)
    {
        var place = world.Memory(8);
        Assert.Equal(0ul, world.Cng(
            "BCryptGetProperty", target, Texts.Wide(world, property), place, 4, place + 4, 0));
        Assert.Equal(4u, GuestMemory.Read<uint>(place + 4));
        return GuestMemory.Read<uint>(place);
    }

    private static ulong Create(KernelWorld world, ulong algorithm, nuint secret = 0, uint secretBytes = 0)
    {
        var place = world.Memory(8);
        Assert.Equal(0ul, world.Cng("BCryptCreateHash", algorithm, place, 0, 0, secret, secretBytes, 0));
        return GuestMemory.Read<ulong>(place);
    }
}
