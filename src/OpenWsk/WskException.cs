// How a failed WSK call reaches C#: the NTSTATUS that the IRP was completed with, or that the call returned.
// It knows nothing about which statuses there are.
using OpenWsk.Abi;

namespace OpenWsk;

/// <summary>A WSK call failed.</summary>
public sealed class WskException : IOException
{
    public WskException(string call, NTSTATUS status)
        : base($"{call} failed with {status.Name()}")
    {
        Call = call;
        Status = status;
    }

    /// <summary>The WSK function that failed.</summary>
    public string Call { get; }

    /// <summary>What it answered.</summary>
    public NTSTATUS Status { get; }
}
