// Installs the signal stub for the process, once: before the runtime's handlers, which it calls for what is
// not the guest's. It knows nothing about faults; see Machine/SignalStub.cs and NativeCode.Faults.cs.
using System.Runtime.InteropServices;

namespace OpenWsk.Loader;

/// <summary>The process's signal handlers.</summary>
internal static unsafe class FaultSignals
{
    public const int IllegalInstruction = 4;
    public const int Trap = 5;
    public const int Bus = 7;
    public const int Float = 8;
    public const int Segmentation = 11;

    // The runtime has the first real-time signal; debuggers and profilers like the ones that follow.
    private const int KickSignalFirst = 40;
    private const int KickSignalLast = 60;
    private const int DataBytes = 0x1000;

    private static readonly int[] s_signals = [IllegalInstruction, Trap, Bus, Float, Segmentation];

    /// <summary>The signal that takes a thread out of guest code; 0 when the process has none free.</summary>
    public static int KickSignal { get; private set; }

    /// <summary>Emits the stub and makes it the handler.</summary>
    public static void Install(MachineCode machine, nuint dispatch, nuint safeCopy, nuint safeCopyFailed)
    {
        // Lives as long as the process: a signal can come at any time.
        var data = (nuint)NativeMemory.AlignedAlloc(DataBytes, DataBytes);
        NativeMemory.Clear((void*)data, DataBytes);
        var table = (nuint*)(data + SignalStub.RegisterTable);
        for (var i = 0; i < SignalFrame.Registers.Length; i++)
            table[i] = (nuint)SignalFrame.Registers[i];
        KickSignal = FindFree();
        var layout = new SignalStubLayout(
            machine.Arena.Start,
            Arena.ReservedBytes,
            machine.Code.Start,
            CodeHeap.HeapBytes,
            safeCopy,
            safeCopyFailed,
            dispatch,
            data,
            KickSignal,
            Interop.CanWriteGsBase,
            LibraryCopies.Find());
        var stub = machine.Code.Emit(a => new SignalStub(a, layout).Write());
        var handlers = (nuint*)(data + SignalStub.Handlers);
        foreach (var signal in s_signals)
        {
            // Known before the stub can be called for it.
            handlers[signal] = Interop.HandlerOf(signal);
            Interop.ReplaceHandler(signal, stub);
        }
        // A kick may come late, to a thread that has left its world: it is ignored there.
        handlers[KickSignal] = 1;
        if (KickSignal != 0 && !Interop.TrySetHandler(KickSignal, stub))
            KickSignal = 0;
    }

    /// <summary>Asks a thread to leave guest code.</summary>
    public static void Kick(ThreadBlock block)
    {
        Volatile.Write(ref block.Int32(ThreadBlock.Kick), 1);
        if (KickSignal != 0 && block.HostThreadId != 0)
            Interop.SignalThread(block.HostThreadId, KickSignal);
    }

    private static int FindFree()
    {
        for (var signal = KickSignalFirst; signal <= KickSignalLast; signal++)
        {
            if (Interop.HandlerOf(signal) == 0)
                return signal;
        }
        return 0;
    }
}
