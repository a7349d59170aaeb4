// BCrypt as tests call it: bytes in and out, statuses told. It knows nothing about vectors.
// Next: HashTests.cs, CipherTests.cs.
namespace OpenWsk.Kernel.Tests;

/// <summary>Calls of cng.sys in a world.</summary>
internal static class CryptoWorld
{
    public const ulong Sha256 = 0x41;
    public const ulong HmacSha256 = 0xB1;
    public const ulong AesCbc = 0x1A1;
    public const ulong AesEcb = 0x1B1;
    public const ulong AesCcm = 0x1D1;
    public const ulong AesGcm = 0x1E1;

    public static ulong Cng(this KernelWorld world, string name, params ulong[] arguments) =>
        world.Executive.Routines.Get(Libraries.Cng, name).Invoke(world.Executive, arguments);

    /// <summary>A copy of bytes in guest memory; NULL for none.</summary>
    public static nuint Bytes(this KernelWorld world, ReadOnlySpan<byte> bytes)
    {
        if (bytes.IsEmpty)
            return 0;
        var memory = world.Memory(bytes.Length);
        bytes.CopyTo(GuestMemory.Span(memory, bytes.Length));
        return memory;
    }

    public static nuint Hex(this KernelWorld world, string hex) => world.Bytes(Convert.FromHexString(hex));

    public static string HexAt(nuint address, int lengthBytes) =>
        Convert.ToHexStringLower(GuestMemory.Span(address, lengthBytes));

    /// <summary>Opens an algorithm, which must be there.</summary>
    public static ulong Open(this KernelWorld world, string name, uint flags = 0)
    {
        var place = world.Memory(8);
        Assert.Equal(0ul, world.Cng("BCryptOpenAlgorithmProvider", place, Texts.Wide(world, name), 0, flags));
        return GuestMemory.Read<ulong>(place);
    }

    public static ulong Key(this KernelWorld world, ulong algorithm, string hex)
    {
        var place = world.Memory(8);
        Assert.Equal(0ul, world.Cng("BCryptGenerateSymmetricKey", algorithm, place, 0, 0,
            world.Hex(hex), (uint)hex.Length / 2, 0));
        return GuestMemory.Read<ulong>(place);
    }
}
