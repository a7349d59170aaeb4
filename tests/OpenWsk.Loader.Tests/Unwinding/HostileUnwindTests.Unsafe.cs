// Damaged .pdata and .xdata, and damaged stacks: whatever an image claims, unwinding ends and touches nothing
// but the stack. Mutations come from seeds. It knows nothing about what sensible information is; see
// UnwindPropertyTests.cs.
using System.Runtime.InteropServices;

namespace OpenWsk.Loader.Tests;

public sealed unsafe class HostileUnwindTests : IDisposable
{
    private const int StackBytes = 0x4000;
    private const int StepsMax = 4000;
    private readonly byte* _stack = (byte*)NativeMemory.AlignedAlloc(StackBytes, 4096);
    private readonly CONTEXT* _context = (CONTEXT*)NativeMemory.AlignedAlloc((nuint)sizeof(CONTEXT), 16);

    public void Dispose()
    {
        NativeMemory.AlignedFree(_stack);
        NativeMemory.AlignedFree(_context);
    }

    [CapabilityTheory(Capability.Clang, Capability.Lld, Capability.Llvm)]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    public void Mutated_unwind_information_ends_and_stays_inside_the_stack(int seed)
    {
        var random = new Random(seed);
        var path = ExceptionDrivers.PathOf("prologues", "-O1");
        var original = File.ReadAllBytes(path);
        var image = DriverImage.Read(original, path);
        for (var round = 0; round < 300; round++)
        {
            var bytes = (byte[])original.Clone();
            foreach (var section in image.Sections)
            {
                if (section.Name is ".pdata" or ".rdata" or ".xdata")
                    Mutate(random, bytes, section);
            }
            var mutated = TryRead(bytes, path);
            if (mutated is not null)
                UnwindAll(random, mutated);
        }
    }

    [Fact]
    public void A_table_that_claims_to_be_huge_or_elsewhere_is_cut_to_the_image()
    {
        var image = DriverImage.Read(TestImage.Right().Write(), "tiny.sys");
        foreach (var rva in (uint[])[0, 1, 0x1000, 0xFFFF_FFF0, uint.MaxValue])
        {
            image.FunctionTableRva = rva;
            image.FunctionTableBytes = uint.MaxValue;
            var table = new FunctionTable(image);
            foreach (var entry in table.Entries)
            {
                Assert.InRange(entry.End, entry.Begin + 1, image.SizeBytes);
                table.InfoOf(entry);
            }
        }
    }

    private static void Mutate(Random random, byte[] bytes, ImageSection section)
    {
        for (var i = random.Next(1, 40); i > 0; i--)
        {
            var at = section.FileOffset + random.Next((int)section.FileBytes);
            bytes[at] = random.Next(3) switch
            {
                0 => (byte)random.Next(256),
                1 => (byte)(bytes[at] ^ 1 << random.Next(8)),
                _ => random.Next(2) == 0 ? (byte)0xFF : (byte)0,
            };
        }
    }

    private static DriverImage? TryRead(byte[] bytes, string path)
    {
        try
        {
            return DriverImage.Read(bytes, path);
        }
        catch (ImageFormatException)
        {
            return null;
        }
    }

    // From every few bytes of the code, with registers that lead into the stack, beside it and nowhere.
    private void UnwindAll(Random random, DriverImage image)
    {
        var table = image.Functions;
        var stack = new GuestStack((nuint)_stack, (nuint)_stack + StackBytes);
        random.NextBytes(new Span<byte>(_stack, StackBytes));
        foreach (var entry in table.Entries)
        {
            for (var steps = 0; steps < 4; steps++)
            {
                FillRegisters(random);
                var rva = entry.Begin + (uint)random.NextInt64(entry.End - entry.Begin);
                for (var depth = 0; depth < StepsMax; depth++)
                {
                    if (!VirtualUnwinder.TryUnwind(
                        table, entry, rva, _context, stack, null, depth != 0, out _))
                        break;
                }
            }
        }
    }

    private void FillRegisters(Random random)
    {
        for (var i = 0; i < 16; i++)
        {
            VirtualUnwinder.General(_context)[i] = random.Next(4) switch
            {
                0 => (ulong)random.NextInt64(),
                1 => (ulong)_stack + StackBytes - 8,
                2 => ulong.MaxValue - (ulong)random.Next(64),
                _ => (ulong)_stack + (ulong)random.Next(StackBytes),
            };
        }
    }
}
