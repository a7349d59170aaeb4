// The exceptions that take guest frames down. They are control flow, not errors of ours: they start in a
// routine that never returns to its caller and end at a thread's root. No guest mistake is reported by
// exception otherwise.
namespace OpenWsk.Kernel;

/// <summary>Leaves the guest code of the calling thread.</summary>
public abstract class GuestUnwindException(string message) : Exception(message);

/// <summary>The driver is stopped: it did what no report value can answer.</summary>
public sealed class GuestStoppedException(string message) : GuestUnwindException(message);

/// <summary>PsTerminateSystemThread: the thread ends with a status.</summary>
public sealed class ThreadTerminatedException(Abi.NTSTATUS status) : GuestUnwindException("the thread ends")
{
    public Abi.NTSTATUS Status { get; } = status;
}

/// <summary>
/// A routine raises a structured exception in its caller, as ExRaiseStatus does on Windows. It reaches the
/// guest's handlers as if the call had raised it; unhandled it is a bug check.
/// </summary>
public class GuestRaiseException(Abi.NTSTATUS code, params ulong[] information)
    : GuestUnwindException($"{Abi.NtstatusExtensions.Name(code)} is raised")
{
    public Abi.NTSTATUS Code { get; } = code;

    /// <summary>EXCEPTION_RECORD.ExceptionInformation; at most 15 words.</summary>
    public IReadOnlyList<ulong> Information { get; } = information;

    /// <summary>EXCEPTION_RECORD.ExceptionFlags.</summary>
    public uint Flags { get; init; }
}
