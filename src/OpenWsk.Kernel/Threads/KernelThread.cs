// A thread of the host as the guest sees it: an ETHREAD, an IRQL, a place to wait. One host thread may serve
// several worlds and has one KernelThread in each. It knows nothing about starting threads or about waits:
// see SystemThreads.cs and Sync/. The IRQL lives in the KPCR, where machine code can read and write it.
using OpenWsk.Abi;
using OpenWsk.Ports;

namespace OpenWsk.Kernel;

/// <summary>One thread in one world.</summary>
public sealed class KernelThread
{
    /// <summary>Offset of the IRQL byte in the KPCR.</summary>
    public const int KpcrIrqlOffset = 0x50;

    [ThreadStatic]
    private static KernelThread? t_current;

    [ThreadStatic]
    private static List<KernelThread>? t_attached;

    private KernelThread(Executive executive)
    {
        Executive = executive;
        Id = executive.NextThreadId();
        Parker = executive.Scheduler.CurrentParker;
        Object = executive.Heap.Allocate(ThreadObjectBytes);
        Kpcr = executive.Code.Native?.AttachThread(this) ?? executive.Heap.Allocate(KpcrBytes);
    }

    // Room for what drivers' inlined code may read of an ETHREAD or a KPCR; all zero but what we set.
    private const int ThreadObjectBytes = 0x900;
    private const int KpcrBytes = 0x1000;

    /// <summary>The thread that runs, in the world whose code it runs; null outside every world.</summary>
    public static KernelThread? Current => t_current;

    public Executive Executive { get; }

    /// <summary>Thread id as PsGetCurrentThreadId reports it: a multiple of 4.</summary>
    public int Id { get; }

    public string Name { get; set; } = "";

    public IParker Parker { get; }

    /// <summary>Address of the fake ETHREAD.</summary>
    public nuint Object { get; }

    /// <summary>Address of the KPCR.</summary>
    public nuint Kpcr { get; }

    /// <summary>The thread's interrupt request level.</summary>
    public ref byte Irql => ref GuestMemory.Ref<byte>(Kpcr + KpcrIrqlOffset);

    /// <summary>How many calls into guest code or callbacks are on the stack.</summary>
    public int CallDepth { get; set; }

    /// <summary>True for threads that the guest made (PsCreateSystemThread).</summary>
    public bool IsGuestMade { get; set; }

    /// <summary>The calling thread in a world; attached on first use.</summary>
    public static KernelThread For(Executive executive)
    {
        var current = t_current;
        return current is not null && ReferenceEquals(current.Executive, executive) ? current : Switch(executive);
    }

    /// <summary>Forgets the calling thread in a world: called at the root of each thread that the world started.</summary>
    public static void Detach(Executive executive)
    {
        var thread = t_attached?.Find(t => ReferenceEquals(t.Executive, executive));
        if (thread is null)
            return;
        t_attached!.Remove(thread);
        if (ReferenceEquals(t_current, thread))
            t_current = null;
        executive.ForgetThread(thread);
        thread.Free();
    }

    internal void Free()
    {
        if (Executive.Code.Native is { } native)
            native.DetachThread(this);
        else
            Executive.Heap.Free(Kpcr);
        Executive.Heap.Free(Object);
    }

    private static KernelThread Switch(Executive executive)
    {
        t_attached ??= [];
        t_attached.RemoveAll(t => t.Executive.IsDisposed);
        var thread = t_attached.Find(t => ReferenceEquals(t.Executive, executive));
        if (thread is null)
        {
            thread = new KernelThread(executive);
            t_attached.Add(thread);
            executive.RememberThread(thread);
        }
        return t_current = thread;
    }
}
