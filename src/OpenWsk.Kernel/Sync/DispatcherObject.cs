// The signal state of a dispatcher object in guest memory: when it ends a wait, and what taking it changes.
// The caller holds WaitService's gate. It knows nothing about queues.
using System.Runtime.CompilerServices;
using OpenWsk.Abi;

namespace OpenWsk.Kernel;

/// <summary>Reads and changes DISPATCHER_HEADER.</summary>
internal static class DispatcherObject
{
    // Header.Size counts 32-bit words.
    public static void Initialize<T>(nuint target, KOBJECTS kind, int signalState) where T : unmanaged
    {
        GuestMemory.Span(target, Unsafe.SizeOf<T>()).FillGuest((byte)0);
        InitializeHeader(target, kind, signalState, Unsafe.SizeOf<T>());
    }

    public static void InitializeHeader(nuint target, KOBJECTS kind, int signalState, int sizeBytes)
    {
        ref var header = ref GuestMemory.Ref<DISPATCHER_HEADER>(target);
        header.Type = (byte)kind;
        header.Size = (byte)(sizeBytes / 4);
        header.SignalState = signalState;
        var list = new GuestPtr<LIST_ENTRY>(target + 8);
        header.WaitListHead.Flink = list;
        header.WaitListHead.Blink = list;
    }

    public static ref int State(nuint target) => ref GuestMemory.Ref<DISPATCHER_HEADER>(target).SignalState;

    /// <summary>Whether a thread that waits for the object may go on.</summary>
    public static bool IsSignaledFor(nuint target, KernelThread thread)
    {
        ref var header = ref GuestMemory.Ref<DISPATCHER_HEADER>(target);
        return header.SignalState > 0
            || header.Type == (byte)KOBJECTS.MutantObject
            && GuestMemory.Ref<KMUTANT>(target).OwnerThread == thread.Object;
    }

    /// <summary>
    /// What the end of a wait does to the object; true when its last owner has abandoned it.
    /// </summary>
    public static bool Take(nuint target, KernelThread thread)
    {
        ref var header = ref GuestMemory.Ref<DISPATCHER_HEADER>(target);
        switch ((KOBJECTS)header.Type)
        {
            case KOBJECTS.EventSynchronizationObject:
            case KOBJECTS.TimerSynchronizationObject:
                header.SignalState = 0;
                break;
            case KOBJECTS.SemaphoreObject:
            case KOBJECTS.QueueObject:
                header.SignalState--;
                break;
            case KOBJECTS.MutantObject:
                return TakeMutant(target, thread);
        }
        return false;
    }

    private static bool TakeMutant(nuint target, KernelThread thread)
    {
        ref var mutant = ref GuestMemory.Ref<KMUTANT>(target);
        if (--mutant.Header.SignalState != 0)
            return false;
        mutant.OwnerThread = thread.Object;
        thread.OwnedMutants.Add(target);
        if (mutant.ApcDisable != 0)
            thread.CriticalRegions++;
        var wasAbandoned = mutant.Abandoned != 0;
        mutant.Abandoned = 0;
        return wasAbandoned;
    }
}
