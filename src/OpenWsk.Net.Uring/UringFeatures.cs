// What the io_uring of this kernel can do, asked feature by feature on a ring that is made for the question
// and thrown away. What must be there: a ring of one issuer with deferred task work (Linux 6.1, which has
// multishot accept and receive too), provided buffer rings, and the operations of the data path. What may be
// missing is done otherwise. It knows nothing about sockets. Next: UringTransport.cs.
using System.Runtime.InteropServices;
using OpenWsk.Net.Uring.Interop;
using OpenWsk.Net.Uring.Ring;

namespace OpenWsk.Net.Uring;

/// <summary>What the kernel offers, or why it is not enough.</summary>
/// <param name="Refusal">Null when io_uring can be used; else the reason, in words.</param>
/// <param name="HasIncrementalBuffers">A buffer can serve several messages (Linux 6.12).</param>
/// <param name="HasZeroCopySend">Large sends can go without a copy (Linux 6.0).</param>
public sealed record UringFeatures(string? Refusal, bool HasIncrementalBuffers, bool HasZeroCopySend)
{
    private const int Eperm = 1;
    private const int Enosys = 38;
    private const int OperationsMax = 64;
    private const int ProbeHeaderBytes = 16;

    private static readonly Lazy<UringFeatures> s_current = new(Ask);

    /// <summary>The kernel that this process runs on; asked once.</summary>
    public static UringFeatures Current => s_current.Value;

    /// <summary>Whether io_uring can be used.</summary>
    public bool IsUsable => Refusal is null;

    /// <summary>One line for people.</summary>
    public override string ToString() => Refusal
        ?? $"usable; buffers for several messages: {(HasIncrementalBuffers ? "yes" : "no")}; "
        + $"sends without a copy: {(HasZeroCopySend ? "yes" : "no")}";

    private static UringFeatures Refuse(string why) => new(why, false, false);

    private static UringFeatures Ask()
    {
        if (!OperatingSystem.IsLinux() || !Environment.Is64BitProcess)
        {
            return Refuse("io_uring is of 64-bit Linux only");
        }
        using var ring = UringRing.TryCreate(4, 8, out var errno);
        if (ring is null)
        {
            return Refuse(errno switch
            {
                Eperm => "io_uring is forbidden here (container profile or kernel.io_uring_disabled)",
                Enosys => "this kernel has no io_uring, or a filter of system calls hides it",
                22 => "the io_uring of this kernel is older than Linux 6.1",
                _ => $"io_uring_setup fails with errno {errno}",
            });
        }
        var operations = AskOperations(ring);
        UringOpcode[] needed =
        [
            UringOpcode.PollAdd, UringOpcode.SendMessage, UringOpcode.Accept, UringOpcode.AsyncCancel,
            UringOpcode.Connect, UringOpcode.Send, UringOpcode.Receive,
        ];
        foreach (var operation in needed)
        {
            if (!operations[(int)operation])
            {
                return Refuse($"the io_uring of this kernel lacks or forbids {operation}");
            }
        }
        var hasIncremental = HasBuffers(ring, mayBeIncremental: true);
        using var second = UringRing.TryCreate(4, 8, out _);
        return hasIncremental || (second is not null && HasBuffers(second, mayBeIncremental: false))
            ? new UringFeatures(null, hasIncremental, operations[(int)UringOpcode.SendZeroCopy])
            : Refuse("the io_uring of this kernel has no rings of buffers");
    }

    // The memory is freed while the ring, which is never enabled, still has the registration: nothing can be
    // received into it.
    private static unsafe bool HasBuffers(UringRing ring, bool mayBeIncremental)
    {
        var memory = (byte*)NativeMemory.AlignedAlloc(4096, 4096);
        var buffers = ProvidedBuffers.TryRegister(ring, memory, 4096, 1, mayBeIncremental, out _);
        ring.Dispose();
        buffers?.Dispose();
        NativeMemory.AlignedFree(memory);
        return buffers is not null;
    }

    // struct io_uring_probe: 16 bytes, then 8 for each operation, flags at 2.
    private static unsafe bool[] AskOperations(UringRing ring)
    {
        var probe = stackalloc byte[ProbeHeaderBytes + OperationsMax * 8];
        new Span<byte>(probe, ProbeHeaderBytes + OperationsMax * 8).Clear();
        var supported = new bool[256];
        if (ring.Register(UringNumbers.RegisterProbe, probe, OperationsMax) < 0)
        {
            return supported;
        }
        for (var i = 0; i < Math.Min((int)probe[1], OperationsMax); i++)
        {
            var entry = probe + ProbeHeaderBytes + i * 8;
            supported[entry[0]] = (*(ushort*)(entry + 2) & UringNumbers.SupportedOperation) != 0;
        }
        return supported;
    }
}
