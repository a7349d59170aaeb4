// A thread of the host as the guest sees it: an ETHREAD, an IRQL, a place to wait. One host thread may serve
// several worlds and has one KernelThread in each. It knows nothing about starting threads or about waits:
// see SystemThreads.cs and Sync/. The IRQL lives in the KPCR, where machine code can read and write it.
using OpenWsk.Abi;
using OpenWsk.Ports;

namespace OpenWsk.Kernel;

/// <summary>One thread in one world.</summary>
public sealed partial class KernelThread
{
    /// <summary>Offset of the IRQL byte in the KPCR.</summary>
    public const int KpcrIrqlOffset = 0x50;

    // Room for what drivers' inlined code may read of an ETHREAD or a KPCR; all zero but what we set.
    private const int ThreadObjectBytes = 0x900;
    private const int KpcrBytes = 0x1000;

    [ThreadStatic]
    private static KernelThread? t_current;

    [ThreadStatic]
    private static List<KernelThread>? t_attached;

    private int _isFreed;

    private KernelThread(Executive executive, ThreadRecord record, nuint threadObject)
    {
        Executive = executive;
        Id = record.Id;
        Record = record;
        Object = threadObject;
        Parker = executive.Scheduler.CurrentParker;
        Waiter = new Waiter(this);
        Spin = new Spin(this);
        Kpcr = executive.Code.Native?.AttachThread(this) ?? executive.Heap.Allocate(KpcrBytes);
        FindProcessor();
        Flight = executive.TakeFlightRing(Id);
    }

    /// <summary>The thread that runs, in the world whose code it runs; null outside every world.</summary>
    public static KernelThread? Current => t_current;

    public Executive Executive { get; }

    /// <summary>Thread id as PsGetCurrentThreadId reports it: a multiple of 4.</summary>
    public int Id { get; }

    public string Name { get; set; } = "";

    public IParker Parker { get; }

    /// <summary>Address of the fake ETHREAD, an object of kind Thread.</summary>
    public nuint Object { get; }

    /// <summary>Address of the KPCR.</summary>
    public nuint Kpcr { get; }

    /// <summary>What the world's machine code keeps for the thread; its own.</summary>
    public object? NativeState
    {
        get;
        set
        {
            GuestState = null;
            field = value;
        }
    }

    /// <summary>
    /// The same while guest code that runs on the host's thread would be this one's, else null: see
    /// GuestBoundary.
    /// </summary>
    public object? GuestState { get; internal set; }

    /// <summary>Where the thread writes down what it does; null in a world without a recorder.</summary>
    public FlightRing? Flight { get; internal set; }

    /// <summary>The thread's interrupt request level.</summary>
    public ref byte Irql => ref GuestMemory.Ref<byte>(Kpcr + KpcrIrqlOffset);

    /// <summary>Whether DriverEntry runs on the thread.</summary>
    public bool IsInDriverEntry { get; set; }

    /// <summary>How many calls into guest code or callbacks are on the stack.</summary>
    public int CallDepth { get; set; }

    /// <summary>
    /// Rises with each call of guest code and each completion of an IRP that ended on the thread.
    /// </summary>
    internal long Ended { get; set; }

    /// <summary>True for threads that the guest made (PsCreateSystemThread).</summary>
    public bool IsGuestMade { get; private set; }

    /// <summary>The process whose request the thread carries out.</summary>
    public uint ProcessId { get; set; } = Kernel.Executive.SystemProcessId;

    // Numbers are taken from the world's counter some at a time: threads of several processors would meet
    // there otherwise, with every IRP.
    private const int SequencesAtOnce = 256;
    private long _sequence;
    private long _sequenceEnd;

    /// <summary>A number that rises with every call on this thread, and roughly over all threads.</summary>
    internal long NextSequence(ref long last)
    {
        if (_sequence == _sequenceEnd)
        {
            _sequenceEnd = Interlocked.Add(ref last, SequencesAtOnce);
            _sequence = _sequenceEnd - SequencesAtOnce;
        }
        return ++_sequence;
    }

    /// <summary>What a part above the kernel keeps for the thread; its own.</summary>
    public object? ProviderState { get; set; }

    /// <summary>What the thread waits for.</summary>
    internal Waiter Waiter { get; }

    /// <summary>The calling thread in a world; attached on first use.</summary>
    public static KernelThread For(Executive executive)
    {
        var current = t_current;
        return current is not null && ReferenceEquals(current.Executive, executive) ? current
            : Switch(executive);
    }

    /// <summary>
    /// Forgets the calling thread in a world: called at the root of each thread that the world started.
    /// </summary>
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

    /// <summary>Makes the object of a thread; its one reference belongs to the caller.</summary>
    internal static nuint MakeObject(Executive executive, ThreadRecord record)
    {
        var address = executive.Objects.Create(ObjectKind.Thread, ThreadObjectBytes, record);
        DispatcherObject.InitializeHeader(address, KOBJECTS.ThreadObject, 0, ThreadObjectBytes);
        return address;
    }

    /// <summary>Makes the calling thread the guest thread whose object was made before it started.</summary>
    internal static KernelThread Adopt(Executive executive, ThreadRecord record, nuint threadObject)
    {
        var thread = new KernelThread(executive, record, threadObject) { IsGuestMade = true };
        (t_attached ??= []).Add(thread);
        executive.RememberThread(thread);
        return t_current = thread;
    }

    // The world's end and the thread's own may meet; one of them frees.
    internal void Free()
    {
        if (Interlocked.Exchange(ref _isFreed, 1) != 0)
            return;
        if (Flight is { } flight)
            Executive.ReturnFlightRing(flight);
        if (Executive.Code.Native is { } native)
            native.DetachThread(this);
        else
            Executive.Heap.TryFree(Kpcr);
        Executive.Objects.Dereference(Object);
    }

    private static KernelThread Switch(Executive executive)
    {
        t_attached ??= [];
        t_attached.RemoveAll(t => t.Executive.IsDisposed);
        var thread = t_attached.Find(t => ReferenceEquals(t.Executive, executive));
        if (thread is null)
        {
            var record = new ThreadRecord(executive.NextThreadId());
            thread = new KernelThread(executive, record, MakeObject(executive, record));
            t_attached.Add(thread);
            executive.RememberThread(thread);
        }
        return t_current = thread;
    }
}
