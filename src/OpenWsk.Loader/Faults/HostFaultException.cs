// A wild pointer of a driver's that a routine of ours used. On Windows the routine faults in the kernel, and
// the exception reaches the driver's handlers through the routine's frame; here it is raised in the caller.
// It knows nothing about how the fault was caught; see NativeCode.HostFaults.cs.
using OpenWsk.Abi;
using OpenWsk.Kernel;

namespace OpenWsk.Loader;

/// <summary>An access violation inside a routine.</summary>
internal sealed class HostFaultException(FaultInfo fault, string routine, nuint address, Exception inner)
    : GuestRaiseException(NTSTATUS.STATUS_ACCESS_VIOLATION, fault.Operation, fault.Cr2)
{
    /// <summary>The fault as the processor told it.</summary>
    public FaultInfo Fault { get; } = fault;

    /// <summary>The routine's name.</summary>
    public string Routine { get; } = routine;

    /// <summary>The routine's address.</summary>
    public nuint Address { get; } = address;

    /// <summary>What the runtime made of it, with the C# stack.</summary>
    public Exception Original { get; } = inner;
}
