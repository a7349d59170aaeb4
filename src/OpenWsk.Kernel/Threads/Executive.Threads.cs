// The thread services of the executive and the one process that all threads belong to.
// It knows nothing about single threads. Next: GuestThreads.cs, SystemThreads.cs.
using OpenWsk.Abi;

namespace OpenWsk.Kernel;

public sealed partial class Executive
{
    /// <summary>Id of the system process, as on Windows.</summary>
    public const uint SystemProcessId = 4;

    // Room for what drivers' code may read of an EPROCESS; all zero but the header.
    private const int ProcessObjectBytes = 0xC00;

    // Fifteen characters and a terminator, in an EPROCESS too.
    private const int ProcessNameBytes = 16;

    /// <summary>The threads that the guest made.</summary>
    public GuestThreads GuestThreads { get; private set; }

    /// <summary>Address of the system process's object.</summary>
    public nuint SystemProcess { get; private set; }

    /// <summary>Address of the name of the system process's image.</summary>
    internal nuint SystemProcessName { get; private set; }

    private void InitializeProcess()
    {
        SystemProcessName = Heap.Allocate(ProcessNameBytes);
        "System"u8.CopyTo(GuestMemory.Span(SystemProcessName, ProcessNameBytes));
        SystemProcess = Objects.Create(ObjectKind.Process, ProcessObjectBytes);
        DispatcherObject.InitializeHeader(SystemProcess, KOBJECTS.ProcessObject, 0, ProcessObjectBytes);
        AddPointerVariable("PsInitialSystemProcess", SystemProcess);
    }
}
