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

    /// <summary>The threads that the guest made.</summary>
    public GuestThreads GuestThreads { get; private set; }

    /// <summary>Address of the system process's object.</summary>
    public nuint SystemProcess { get; private set; }

    private void InitializeProcess()
    {
        SystemProcess = Objects.Create(ObjectKind.Process, ProcessObjectBytes);
        DispatcherObject.InitializeHeader(SystemProcess, KOBJECTS.ProcessObject, 0, ProcessObjectBytes);
        AddPointerVariable("PsInitialSystemProcess", SystemProcess);
    }
}
