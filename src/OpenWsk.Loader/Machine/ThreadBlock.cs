// What one thread needs in one world to run guest code: a guest stack with guards, and the block that gs
// points to. Above gs lies the fake KPCR that drivers read; below it our own words, which the thunks read and
// write. It knows nothing about threads or worlds. Blocks are pooled: a stack and its guards are costly to
// map. The offsets are one contract with EntryThunks.cs and ImportThunks.cs.
using System.Runtime.InteropServices;
using OpenWsk.Kernel;

namespace OpenWsk.Loader;

/// <summary>A guest stack and a KPCR.</summary>
internal sealed unsafe partial class ThreadBlock
{
    /// <summary>Lowest address of the guest stack. Offset from gs.</summary>
    public const int StackLow = -0x80;

    /// <summary>End of the guest stack. Offset from gs.</summary>
    public const int StackHigh = -0x78;

    /// <summary>
    /// Not 0 when import thunks keep the vector registers. Offset from gs, 32 bits.
    /// </summary>
    public const int KeepsVectors = -0x88;

    /// <summary>The block's number, which import thunks hand over. Offset from gs, 32 bits.</summary>
    public const int Number = -0x90;

    /// <summary>What a spin lock of the thread's holds; see SpinLocks. Offset from gs.</summary>
    public const int SpinLockOwner = -0x38;

    /// <summary>Address of the world's shared page, for accesses that are trapped. Offset from gs.</summary>
    public const int SharedPageAddress = -0x30;

    /// <summary>How many calls into guest code are on the thread's stacks. Offset from gs, 32 bits.</summary>
    public const int GuestDepth = -0x28;

    /// <summary>Not 0 when the thunk must not return to the guest. Offset from gs, 32 bits.</summary>
    public const int Pending = -0x20;

    /// <summary>Where the guest stack is free, while no guest code runs. Offset from gs.</summary>
    public const int GuestRsp = -0x18;

    /// <summary>
    /// Stack pointer of the innermost entry frame on the host stack; 0 outside. Offset from gs.
    /// </summary>
    public const int HostRsp = -0x10;

    /// <summary>Value of Pending: leave the guest frames up to the innermost entry.</summary>
    public const int Abandon = 2;

    // Windows gives a driver 24 KB. Signals that have no stack of their own are pushed on the guest's, the
    // runtime's activation among them: measured 2026-09, it survives with 8 KB below the guest's stack
    // pointer and not with 6; the kernel's frame grows with the processor's vector state.
    private const int WindowsStackBytes = 24 << 10;
    private const int SignalReserveBytes = 16 << 10;
    private const int LowGuardBytes = 64 << 10;
    private const int HighGuardBytes = 4 << 10;
    private const int BlockBytes = 64 << 10;
    private const int GsOffset = 0x4000;
    private const int ClearedBytes = 0x1000;

    // Room above the first frame, all zero: a stack walk that goes too far reads this and ends.
    private const int TopBytes = 0x100;

    private static int s_blocks;

    // Blocks are never given back to the system, so there are as many numbers as threads have been attached
    // at a time.
    private readonly int _number = Interlocked.Increment(ref s_blocks) - 1;

    public ThreadBlock()
    {
        var stackBytes = (nuint)(
            WindowsStackBytes + SignalReserveBytes) + Arena.PageUp(Interop.SignalFrameBytes);
        var start = GuestRegion.Map(
            LowGuardBytes + stackBytes + HighGuardBytes + BlockBytes, Interop.ProtNone);
        StackStart = start + LowGuardBytes;
        StackEnd = StackStart + stackBytes;
        var block = StackEnd + HighGuardBytes;
        Interop.Protect(StackStart, stackBytes, Interop.ProtRead | Interop.ProtWrite);
        Interop.Protect(block, BlockBytes, Interop.ProtRead | Interop.ProtWrite);
        Gs = block + GsOffset;
    }

    /// <summary>What gs points to: the KPCR.</summary>
    public nuint Gs { get; }

    /// <summary>Whose block it is; null in the pool.</summary>
    public KernelThread? Owner { get; set; }

    /// <summary>Managed id of the host thread that attached it.</summary>
    public int OwnerHostThread { get; set; }

    /// <summary>
    /// The section of guest code that the thread called last, and the list of images that had it then.
    /// </summary>
    public MappedImage[]? CodeImages { get; set; }

    public nuint CodeStart { get; set; }

    public nuint CodeBytes { get; set; }

    public nuint StackStart { get; }

    public nuint StackEnd { get; }

    /// <summary>
    /// Makes the block ready for a thread whose ETHREAD is at that address, in the world of that shared page.
    /// </summary>
    public void Prepare(nuint threadObject, nuint sharedPage)
    {
        // The block belongs to nobody here: it comes from the pool and is not published yet.
        NativeMemory.Clear((void*)(Gs - ClearedBytes), 2 * ClearedBytes);
        Word(StackLow) = StackStart;
        Word(StackHigh) = StackEnd;
        Word(GuestRsp) = StackEnd - TopBytes;
        Word(SharedPageAddress) = sharedPage;
        Int32(Number) = _number;
        CodeImages = null;
        WriteKpcr(threadObject);
    }

    // What inlined code reads of KPCR and KPRCB: both pointers to itself, the version, the current thread.
    // Processor numbers (0x52, 0x184, 0x1A4) and the IRQL (0x50) are 0 in the cleared block; the kernel's
    // thread writes its own.
    private void WriteKpcr(nuint threadObject)
    {
        const int Mxcsr = 0x1F80;
        Word(0x18) = Gs;
        Word(0x20) = Gs + 0x180;
        Word(0x30) = Gs;
        Int32(0x60) = 0x0001_0001;
        Int32(0x180) = Mxcsr;
        Word(0x188) = threadObject;
    }

    /// <summary>One of our words or of the KPCR's, by its offset from gs.</summary>
    public ref nuint Word(int offset) => ref *(nuint*)((nint)Gs + offset);

    /// <summary>One of our 32-bit words, by its offset from gs.</summary>
    public ref int Int32(int offset) => ref *(int*)((nint)Gs + offset);
}
