// Randomness that follows from a seed. Each concern (network, schedule, entropy for the guest) has its own
// stream, so that one more draw in one of them does not reshuffle the others. The generator is xoshiro256**
// (Blackman and Vigna, "Scrambled linear pseudorandom number generators", 2018), its state is filled by
// splitmix64 as they advise. It is not for cryptography.
using System.Buffers.Binary;
using System.Numerics;
using OpenWsk.Ports;

namespace OpenWsk.Simulation;

/// <summary>One stream of pseudo-random numbers: the same seed and concern give the same numbers.</summary>
public sealed class SimEntropy : IEntropy
{
    private ulong _s0;
    private ulong _s1;
    private ulong _s2;
    private ulong _s3;

    public SimEntropy(ulong seed, string concern)
    {
        var mixer = seed ^ Hash(concern);
        _s0 = SplitMix(ref mixer);
        _s1 = SplitMix(ref mixer);
        _s2 = SplitMix(ref mixer);
        _s3 = SplitMix(ref mixer);
    }

    /// <summary>The next 64 random bits.</summary>
    public ulong Next()
    {
        var result = BitOperations.RotateLeft(_s1 * 5, 7) * 9;
        var shifted = _s1 << 17;
        _s2 ^= _s0;
        _s3 ^= _s1;
        _s1 ^= _s2;
        _s0 ^= _s3;
        _s2 ^= shifted;
        _s3 = BitOperations.RotateLeft(_s3, 45);
        return result;
    }

    /// <summary>A number from 0 up to, not including, <paramref name="count"/>.</summary>
    /// <remarks>Multiplication takes the place of a remainder; its bias is below count / 2^64.</remarks>
    public int Below(int count)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(count);
        return (int)Math.BigMul(Next(), (ulong)count, out _);
    }

    public void Fill(Span<byte> destination)
    {
        Span<byte> last = stackalloc byte[8];
        while (destination.Length >= 8)
        {
            BinaryPrimitives.WriteUInt64LittleEndian(destination, Next());
            destination = destination[8..];
        }
        if (destination.IsEmpty)
            return;
        BinaryPrimitives.WriteUInt64LittleEndian(last, Next());
        last[..destination.Length].CopyTo(destination);
    }

    // FNV-1a: the string hash of .NET differs from process to process.
    private static ulong Hash(string text)
    {
        var hash = 14695981039346656037UL;
        foreach (var character in text)
            hash = (hash ^ character) * 1099511628211UL;
        return hash;
    }

    private static ulong SplitMix(ref ulong state)
    {
        state += 0x9E3779B97F4A7C15;
        var z = state;
        z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
        z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
        return z ^ (z >> 31);
    }
}
