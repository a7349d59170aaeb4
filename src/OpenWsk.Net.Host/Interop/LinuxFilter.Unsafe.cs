// A filter of one instruction for incoming packets (linux/filter.h): let nothing through. The system copies
// it during the call. It knows nothing about why.
using System.Net.Sockets;
using System.Runtime.InteropServices;

namespace OpenWsk.Net.Host;

/// <summary>Socket filters of Linux.</summary>
internal static unsafe class LinuxFilter
{
    // BPF_RET | BPF_K with k = 0: keep no byte of the packet.
    private const ushort Return = 0x06;

    /// <summary>Has the system drop whatever comes to the socket from now on.</summary>
    public static Errno DropEverything(SafeSocketHandle socket)
    {
        var instruction = new Instruction { Code = Return };
        var program = new Filter { Length = 1, Instructions = &instruction };
        return LinuxOptions.Set(
            socket,
            LinuxNumbers.SolSocket,
            LinuxNumbers.SoAttachFilter,
            new ReadOnlySpan<byte>(&program, sizeof(Filter)));
    }

    // struct sock_filter.
    [StructLayout(LayoutKind.Sequential)]
    private struct Instruction
    {
        public ushort Code;
        public byte JumpIfTrue;
        public byte JumpIfFalse;
        public uint Value;
    }

    // struct sock_fprog of 64-bit Linux.
    [StructLayout(LayoutKind.Sequential)]
    private struct Filter
    {
        public ushort Length;
        public Instruction* Instructions;
    }
}
