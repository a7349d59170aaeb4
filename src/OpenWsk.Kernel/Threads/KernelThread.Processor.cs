// Part of KernelThread: the processor that guest code on it takes itself to run on. A dispatcher's thread has
// the dispatcher's number for good. Every other thread has number 0 until a driver binds it to processors. It
// knows nothing about dispatching: see ../Timers/DpcService.cs.
using System.Numerics;
using OpenWsk.Abi;

namespace OpenWsk.Kernel;

public sealed partial class KernelThread
{
    // KPCR.ObsoleteNumber, KPRCB.LegacyNumber and KPRCB.Number of x64, which inlined code reads through gs.
    private const int ObsoleteNumberOffset = 0x52;
    private const int LegacyNumberOffset = 0x184;
    private const int NumberOffset = 0x1A4;

    /// <summary>Number of the processor that the thread runs on, in the guest's eyes.</summary>
    public int Processor { get; private set; }

    /// <summary>Whether the thread is a dispatcher's.</summary>
    public bool IsDispatcher { get; private set; }

    /// <summary>Makes the thread run on one of some processors in the guest's eyes; 0 for any.</summary>
    /// <remarks>A dispatcher stays what it is.</remarks>
    internal void Bind(nuint affinity)
    {
        Record.SystemAffinity = affinity;
        if (!IsDispatcher && ((affinity >> Processor) & 1) == 0)
            SetProcessor(affinity == 0 ? 0 : BitOperations.TrailingZeroCount(affinity));
    }

    internal void SetProcessor(int number)
    {
        Processor = number;
        GuestMemory.Write(Kpcr + ObsoleteNumberOffset, (byte)number);
        GuestMemory.Write(Kpcr + LegacyNumberOffset, (byte)number);
        GuestMemory.Write(Kpcr + NumberOffset, (uint)number);
    }

    private void FindProcessor()
    {
        var current = Executive.Scheduler.CurrentProcessor;
        IsDispatcher = current >= 0;
        if (current > 0)
            SetProcessor(current);
    }
}
