// Unwinding from every instruction of prologues and epilogues gives the caller's state: for all functions of
// our compiled test drivers and of gcc's own libraries. The functions are executed on paper; see
// SimulatedFunction.Unsafe.cs.
using System.Diagnostics;
using System.Runtime.InteropServices;
using Iced.Intel;

namespace OpenWsk.Loader.Tests;

public sealed unsafe class UnwindPropertyTests : IDisposable
{
    private readonly byte* _stack = (byte*)NativeMemory.AlignedAlloc(
        (nuint)SimulatedFunction.RoomBytes, 4096);

    private readonly CONTEXT* _context = (CONTEXT*)NativeMemory.AlignedAlloc((nuint)sizeof(CONTEXT), 16);
    private readonly List<string> _wrong = [];
    private int _points;

    public static TheoryData<string, string> Drivers
    {
        get
        {
            var data = new TheoryData<string, string>();
            foreach (var level in (string[])["-O0", "-O1", "-O2", "-Os"])
            {
                foreach (var name in (string[])["exceptions", "prologues"])
                    data.Add(name, level);
            }
            return data;
        }
    }

    public void Dispose()
    {
        NativeMemory.AlignedFree(_stack);
        NativeMemory.AlignedFree(_context);
    }

    [CapabilityTheory(Capability.Clang, Capability.Lld, Capability.Llvm)]
    [MemberData(nameof(Drivers))]
    public void Every_point_of_clangs_prologues_and_epilogues_unwinds_to_the_caller(string name, string level)
    {
        var path = ExceptionDrivers.PathOf(name, level);
        Check(DriverImage.Read(File.ReadAllBytes(path), path));
        Assert.Empty(_wrong);
        Assert.InRange(_points, 40, int.MaxValue);
    }

    [CapabilityFact(Capability.Mingw)]
    public void Every_point_of_a_driver_of_gccs_unwinds_to_the_caller()
    {
        var path = TestDrivers.MingwPathOf("calls");
        Check(DriverImage.Read(File.ReadAllBytes(path), path));
        Assert.Empty(_wrong);
        Assert.InRange(_points, 100, int.MaxValue);
    }

    // The drivers are committed, so their points are counted once and for all.
    [Theory]
    [InlineData("conditional", 431)]
    [InlineData("connect", 175)]
    [InlineData("echo-calls", 342)]
    [InlineData("echo-events", 427)]
    [InlineData("lookup", 123)]
    [InlineData("nmr", 153)]
    [InlineData("stream-client", 227)]
    [InlineData("stress", 165)]
    [InlineData("udp-echo", 345)]
    public void Every_point_of_the_sample_drivers_unwinds_to_the_caller(string sample, int points)
    {
        var path = Repository.PathOf("samples", sample, sample + ".sys");
        Check(DriverImage.Read(File.ReadAllBytes(path), path));
        Assert.Empty(_wrong);
        Assert.Equal(points, _points);
    }

    // libgcc comes with gcc itself, the large one with g++.
    [CapabilityTheory(Capability.Mingw)]
    [InlineData("libgcc_s_seh-1.dll")]
    [InlineData("libstdc++-6.dll")]
    public void Nearly_every_point_of_gccs_own_libraries_unwinds_to_the_caller(string library)
    {
        var start = new ProcessStartInfo(
            Capability.Program(Capability.Mingw)!, [$"-print-file-name={library}"])
        {
            RedirectStandardOutput = true,
        };
        using var process = Process.Start(start)!;
        var path = process.StandardOutput.ReadToEnd().Trim();
        process.WaitForExit();
        if (!File.Exists(path) && library.Contains('+'))
            return;
        Check(DriverImage.Read(AsDriver(File.ReadAllBytes(path)), path));
        // Hand-written code and functions in pieces cannot be followed in a straight line.
        Assert.InRange(_points, 500, int.MaxValue);
        Assert.InRange(_wrong.Count, 0, _points / 200);
    }

    // The loader refuses what is not for the kernel; the functions are the same.
    private static byte[] AsDriver(byte[] file)
    {
        var optional = BitConverter.ToInt32(file, 0x3C) + 24;
        BitConverter.TryWriteBytes(file.AsSpan(optional + 68), (ushort)1);
        return file;
    }

    private void Check(DriverImage image)
    {
        var table = image.Functions;
        foreach (var entry in table.Entries)
        {
            if (table.InfoOf(entry) is { Chained: null } info)
                Check(table, entry, info);
        }
    }

    private void Check(FunctionTable table, FunctionEntry entry, UnwindInfo info)
    {
        var code = new byte[entry.End - entry.Begin];
        if (!table.View.TryCopy(entry.Begin, code))
            return;
        var instructions = Decode(code, entry.Begin);
        var function = new SimulatedFunction(_stack);
        var index = 0;
        for (; index < instructions.Count; index++)
        {
            var at = (uint)instructions[index].IP;
            Compare(table, entry, function, at);
            if (at - entry.Begin >= info.PrologBytes)
                break;
            if (!function.TryExecute(instructions[index]))
                return;
        }
        CheckEpilogues(table, entry, info, instructions, index, function);
    }

    private static List<Instruction> Decode(byte[] code, uint begin)
    {
        var decoder = Decoder.Create(64, code, begin);
        var instructions = new List<Instruction>();
        while (decoder.IP < begin + (uint)code.Length)
        {
            var instruction = decoder.Decode();
            if (instruction.IsInvalid)
                break;
            instructions.Add(instruction);
        }
        return instructions;
    }

    // Each return: back over its pops and the stack adjustment, and from there on forward again with the
    // state that the prologue has left.
    private void CheckEpilogues(
        FunctionTable table, FunctionEntry entry, UnwindInfo info, List<Instruction> instructions, int body,
        SimulatedFunction function)
    {
        var general = (ulong[])function.General.Clone();
        for (var end = body; end < instructions.Count; end++)
        {
            if (instructions[end].Mnemonic != Mnemonic.Ret)
                continue;
            var begin = end;
            while (begin > body && instructions[begin - 1].Mnemonic == Mnemonic.Pop)
                begin--;
            if (begin > body && IsAdjustment(instructions[begin - 1], info))
                begin--;
            else if (begin == end || info.Codes.Any(c => c.Operation == UnwindOperation.AllocateLarge
                || c.Operation == UnwindOperation.AllocateSmall))
                continue;
            general.CopyTo(function.General, 0);
            RestoreVectors(info, function);
            for (var i = begin; i <= end; i++)
            {
                Compare(table, entry, function, (uint)instructions[i].IP);
                if (i < end && !function.TryExecute(instructions[i]))
                    break;
            }
        }
    }

    private static bool IsAdjustment(in Instruction i, UnwindInfo info) =>
        i.Op0Register == Register.RSP
        && (i.Mnemonic == Mnemonic.Add
            || (i.Mnemonic == Mnemonic.Lea && info.FrameRegister != 0
                && i.MemoryBase - Register.RAX == info.FrameRegister));

    // Moves back of saved registers come before the epilogue; what they restore is the caller's.
    private static void RestoreVectors(UnwindInfo info, SimulatedFunction function)
    {
        foreach (var code in info.Codes)
        {
            if (code.Operation is UnwindOperation.SaveNonvolatile or UnwindOperation.SaveNonvolatileFar)
                function.General[code.Register] = 0x1111_0000_0000_0000ul + code.Register;
        }
    }

    private void Compare(FunctionTable table, FunctionEntry entry, SimulatedFunction function, uint rva)
    {
        _points++;
        function.Store(_context);
        var isUnwound = VirtualUnwinder.TryUnwind(
            table, entry, rva, _context, function.Stack, null, isReturnAddress: false, out _);
        if (!isUnwound || !function.IsCaller(_context))
            _wrong.Add($"0x{rva:x} in 0x{entry.Begin:x}..0x{entry.End:x}");
    }
}
