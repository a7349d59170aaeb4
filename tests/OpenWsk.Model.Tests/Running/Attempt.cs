// A call that was made and what came of it so far. The model reads a snapshot, so that one judgement sees one
// state even while completions arrive. It knows nothing about which outcome is right.
using OpenWsk.Abi;
using OpenWsk.Provider.Tests;

namespace OpenWsk.Model.Tests;

/// <summary>One call in flight or done.</summary>
internal sealed class Attempt(Operation operation)
{
    public Operation Operation { get; } = operation;

    /// <summary>The call's IRP; null for one that has none.</summary>
    public TestIrp? Irp { get; set; }

    public TestBuffer? Buffer { get; set; }

    /// <summary>Output memory of the call, freed with it.</summary>
    public nuint Memory { get; set; }

    /// <summary>The attempt that a Cancel is about.</summary>
    public Attempt? Cancelled { get; set; }

    /// <summary>Slot of the listener or datagram socket that the call addresses; -1 for nobody.</summary>
    public int TargetSlot { get; set; } = -1;

    /// <summary>Family of the addresses that the call names.</summary>
    public bool IsV6 { get; set; }

    /// <summary>The call's target has the other address family.</summary>
    public bool IsOtherFamily { get; set; }

    /// <summary>What the function returned.</summary>
    public NTSTATUS Returned { get; set; }

    /// <summary>Snapshot: the IRP was completed.</summary>
    public bool IsSeen { get; private set; }

    /// <summary>Snapshot: the IRP's status, or what the function returned when there is no IRP.</summary>
    public NTSTATUS Status { get; private set; }

    /// <summary>Snapshot: IoStatus.Information.</summary>
    public nuint Information { get; private set; }

    public void TakeSnapshot()
    {
        if (Irp is null)
        {
            IsSeen = true;
            Status = Returned;
            return;
        }
        IsSeen = Irp.IsCompleted;
        if (!IsSeen)
            return;
        Status = Irp.Status;
        Information = Irp.Information;
    }

    /// <summary>What holds for every call, whatever its outcome; null, or what is wrong.</summary>
    public string? FindProblem()
    {
        if (Irp is null || !IsSeen)
            return null;
        if (Irp.Completions != 1)
            return $"{Operation}: the IRP was completed {Irp.Completions} times";
        if (Irp.PendingReturned != (Returned == NTSTATUS.STATUS_PENDING))
            return $"{Operation}: returned {Returned} with PendingReturned {Irp.PendingReturned}";
        if (Returned != NTSTATUS.STATUS_PENDING && Returned != Status)
            return $"{Operation}: returned {Returned} and completed {Status}";
        if (!Status.IsSuccess() && Information != 0)
            return $"{Operation}: failed with {Status} and Information {Information}";
        return null;
    }

    public override string ToString() =>
        $"{Operation} -> returned {Returned}"
        + (Irp is null ? "" : IsSeen ? $", completed {Status} ({Information})" : ", pending");
}
