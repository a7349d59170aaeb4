// Routines that call a driver's routine on every processor and wait for all: as a DPC, which stands in the
// queue of each processor, or as an interrupt, which comes between whatever the processor does and is a
// thread of its own here. It knows nothing about queued DPCs: see DpcRoutines.cs.
using OpenWsk.Abi;
using OpenWsk.Ports;

namespace OpenWsk.Kernel;

/// <summary>Calls on every processor.</summary>
public static class EveryProcessorRoutines
{
    // IPI_LEVEL of x64.
    private const byte IpiLevel = 14;

    // A KDPC for each processor, and behind them the count of processors that are not done and the barrier.
    private const int DpcBytes = 64;

    // The barrier: who has come, and which of three phases it is in, one bit for each.
    private const int PhaseOffset = 4;
    private const uint FirstPhase = 1;
    private const uint LastPhase = 4;

    /// <summary>Runs a routine at DISPATCH_LEVEL on every processor and waits for all.</summary>
    /// <remarks>IRQL: &lt; DISPATCH_LEVEL. The routine ends with KeSignalCallDpcDone.</remarks>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full, MaxIrql = Irql.Apc, Class = CallClass.Blocking)]
    public static void KeGenericCallDpc(Executive executive, nuint Routine, nuint Context)
    {
        var processors = executive.ProcessorCount;
        var block = executive.Heap.Allocate((processors * DpcBytes) + (2 * sizeof(long)));
        var count = block + (nuint)(processors * DpcBytes);
        var barrier = count + sizeof(long);
        for (var i = 0; i < processors; i++)
        {
            var dpc = new GuestPtr<KDPC>(block + (nuint)(i * DpcBytes));
            DpcRoutines.KeInitializeDpc(executive, dpc, Routine, Context);
        }
        GuestMemory.Write(count, (long)processors);
        GuestMemory.Write(barrier + PhaseOffset, FirstPhase);
        if (processors == 1)
            CallHere(executive, Routine, [block, Context, count, barrier]);
        else
            CallEverywhere(executive, Routine, [block, Context, count, barrier]);
        if (GuestMemory.Read<long>(count) != 0)
            executive.Breach(
                "PARAMETER", "a routine of KeGenericCallDpc returned without KeSignalCallDpcDone");
        // Not when a stopped guest left by an exception: other processors may look at it still.
        executive.Heap.TryFree(block);
    }

    /// <summary>Says that the processor is done with a KeGenericCallDpc.</summary>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full)]
    public static void KeSignalCallDpcDone(Executive executive, GuestPtr<long> SystemArgument1) =>
        Interlocked.Decrement(ref SystemArgument1.Value);

    /// <summary>Waits until every processor has come here; TRUE for one of them.</summary>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full)]
    public static byte KeSignalCallDpcSynchronize(Executive executive, nuint SystemArgument2)
    {
        if (executive.ProcessorCount == 1)
            return 1;
        ref var came = ref GuestMemory.Ref<int>(SystemArgument2);
        ref var phase = ref GuestMemory.Ref<uint>(SystemArgument2 + PhaseOffset);
        var mine = Volatile.Read(ref phase);
        if (Interlocked.Increment(ref came) < executive.ProcessorCount)
        {
            var thread = executive.CurrentThread;
            while ((Volatile.Read(ref phase) & mine) != 0)
                executive.ProcessorBarriers.ParkWhile(
                    SystemArgument2, thread, ref phase, mine, static () => "the other processors");
            return 0;
        }
        Volatile.Write(ref came, 0);
        Volatile.Write(ref phase, mine == LastPhase ? FirstPhase : mine << 1);
        executive.ProcessorBarriers.WakeAll(SystemArgument2);
        return 1;
    }

    /// <summary>Runs a routine at IPI_LEVEL on every processor; returns what the caller's returned.</summary>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full)]
    public static nuint KeIpiGenericCall(Executive executive, nuint BroadcastFunction, nuint Context)
    {
        var thread = executive.CurrentThread;
        var old = thread.Irql;
        var call = new Call(executive.ProcessorCount - 1, thread.Parker.Unpark);
        thread.Irql = Math.Max(old, IpiLevel);
        try
        {
            for (var i = 0; i < executive.ProcessorCount; i++)
            {
                if (i != thread.Processor)
                    Interrupt(executive, i, call, BroadcastFunction, Context);
            }
            var result = (nuint)executive.Code.Call(BroadcastFunction, [Context]);
            while (!call.IsOver)
            {
                executive.ThrowIfStopped();
                thread.Parker.Park(IParker.Never);
            }
            return result;
        }
        finally
        {
            thread.Irql = old;
        }
    }

    private static void CallHere(Executive executive, nuint routine, ReadOnlySpan<ulong> arguments)
    {
        var thread = executive.CurrentThread;
        var old = thread.Irql;
        thread.Irql = Irql.Dispatch;
        try
        {
            executive.Code.Call(routine, arguments);
        }
        finally
        {
            thread.Irql = old;
        }
    }

    private static void CallEverywhere(Executive executive, nuint routine, ReadOnlySpan<ulong> arguments)
    {
        var over = new ManagedEvent(executive);
        var call = new Call(executive.ProcessorCount, over.Set);
        for (var i = 0; i < executive.ProcessorCount; i++)
        {
            var own = arguments.ToArray();
            own[0] += (ulong)(i * DpcBytes);
            executive.Scheduler.Post(new CallItem(executive, call, routine, own) { Processor = i });
        }
        over.Wait();
        over.Dispose();
    }

    private static void Interrupt(Executive executive, int processor, Call call, nuint routine, nuint context)
    {
        var name = $"interrupt of processor {processor}";
        executive.Scheduler.StartThread(name, () =>
        {
            var thread = executive.CurrentThread;
            thread.Name = name;
            thread.SetProcessor(processor);
            thread.Irql = IpiLevel;
            try
            {
                executive.Code.Call(routine, [context]);
            }
            catch (GuestUnwindException)
            {
                // The guest was stopped, which was reported where it happened.
            }
            finally
            {
                KernelThread.Detach(executive);
                call.End();
            }
        });
    }

    // How many of a call's processors are not done; the last one tells.
    private sealed class Call(int processors, Action over)
    {
        private int _left = processors;

        public bool IsOver => Volatile.Read(ref _left) == 0;

        public void End()
        {
            if (Interlocked.Decrement(ref _left) == 0)
                over();
        }
    }

    private sealed class CallItem(Executive executive, Call call, nuint routine, ulong[] arguments)
        : DispatchItem
    {
        public override void Run()
        {
            try
            {
                executive.Code.Call(routine, arguments);
            }
            finally
            {
                call.End();
            }
        }
    }
}
